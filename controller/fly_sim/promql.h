// The part of PromQL that a controller asks in: aggregations by label over functions of one selector, and comparisons with a
// number.
#pragma once

#include <chrono>
#include <expected>
#include <map>
#include <memory>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "controller/fly_sim/traffic.h"

namespace dayfly::fly_sim {

struct Matcher {
    std::string label;
    std::string operation;  ///< =, !=, =~ or !~
    std::string value;
    std::regex pattern = {};  ///< of the last two, which match as a whole
};

/// One node: a selector, a function or aggregation of `inner`, or a comparison of it.
struct Query {
    std::string kind;       ///< selector; increase, rate, max_over_time, …; sum, max, …; or a comparison: >, >=, <, <=, ==, !=
    std::string name = {};  ///< of the selector's metric
    std::vector<Matcher> matchers = {};  ///< of a selector
    std::chrono::nanoseconds range{};    ///< of a selector: 0 without one
    std::vector<std::string> by = {};    ///< of an aggregation
    double number = 0;                   ///< of a comparison
    std::unique_ptr<Query> inner = {};
};

struct Value {
    std::map<std::string, std::string> labels;
    double value = 0;
};

/// Unexpected: what was not understood. Bounded in length and depth.
[[nodiscard]] std::expected<std::unique_ptr<Query>, std::string> parse_promql(std::string_view text);

/// In the order of the labels. increase() of a counter that began within its range counts from zero, as VictoriaMetrics does.
[[nodiscard]] std::vector<Value> evaluate(Query const& query, Traffic const& traffic, WallTime at);

}  // namespace dayfly::fly_sim
