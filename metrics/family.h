// A metric family as plain values: what is collected, what is written out, and what the documentation is made of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/base/clock.h"

namespace dayfly::metrics {

/// Name and value, both held elsewhere: by the program's text, the catalogue, or the state. A scrape of thousands of
/// environments copies neither; its families are good until one of these changes.
using Label = std::pair<std::string_view, std::string_view>;

enum class Type { Counter, Gauge, Histogram };

/// A label and the values it takes.
struct Dimension {
    std::string name;
    std::vector<std::string> values;  ///< all of them, when they are few and known beforehand
    std::string meaning = {};         ///< else what the value is
};

struct Description {
    Type type = Type::Gauge;
    std::string name;  ///< counters end in _total
    std::string help;  ///< one sentence
    std::vector<Dimension> labels = {};
};

/// One occurrence that a count can be traced back to.
struct Exemplar {
    std::pair<std::string_view, std::string> label;
    double value = 0;
    WallTime at{};
};

struct Bucket {
    double upper_bound = 0;
    std::uint64_t cumulative_count = 0;
    std::optional<Exemplar> exemplar = {};
};

/// One series. Counters and gauges have a value, histograms the rest.
struct Sample {
    std::vector<Label> labels;
    double value = 0;  ///< of a histogram: the sum of all that was observed
    std::optional<Exemplar> exemplar = {};
    std::vector<Bucket> buckets = {};  ///< ascending; the last one has no upper bound
};

struct Family {
    Description description;
    std::vector<Sample> samples = {};

    Family& add(double value, std::vector<Label> labels = {}) {
        samples.push_back({.labels = std::move(labels), .value = value});
        return *this;
    }
};

[[nodiscard]] inline double seconds_since_epoch(WallTime time) {
    return std::chrono::duration<double>(time.time_since_epoch()).count();
}

}  // namespace dayfly::metrics
