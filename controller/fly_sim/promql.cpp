#include "controller/fly_sim/promql.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <set>

#include "controller/base/time_text.h"

namespace dayfly::fly_sim {
namespace {

constexpr std::size_t longest_query = 16'384;
constexpr int deepest = 8;

std::set<std::string_view> const aggregations{"sum", "max", "min", "count", "avg"};
std::set<std::string_view> const range_functions{"increase",      "rate",           "max_over_time", "min_over_time",
                                                 "avg_over_time", "last_over_time", "sum_over_time", "count_over_time"};

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':'; }

class Parser {
public:
    explicit Parser(std::string_view text) : rest_(text) {}

    std::unique_ptr<Query> whole() {
        auto query = expression(0);
        skip();
        if (problem.empty() && !rest_.empty()) fail("unexpected \"" + std::string(rest_.substr(0, 20)) + "\"");
        return query;
    }

    std::string problem;

private:
    void fail(std::string text) {
        if (problem.empty()) problem = std::move(text);
    }
    void skip() {
        while (!rest_.empty() && std::isspace(static_cast<unsigned char>(rest_.front())) != 0) rest_.remove_prefix(1);
    }
    bool take(std::string_view token) {
        skip();
        if (!rest_.starts_with(token)) return false;
        rest_.remove_prefix(token.size());
        return true;
    }
    void want(std::string_view token) {
        if (!take(token)) fail("expected \"" + std::string(token) + "\"");
    }
    std::string word() {
        skip();
        auto const end = std::ranges::find_if_not(rest_, is_name);
        std::string found(rest_.begin(), end);
        rest_.remove_prefix(found.size());
        return found;
    }
    std::string quoted() {
        skip();
        if (rest_.empty() || (rest_.front() != '"' && rest_.front() != '\'')) {
            fail("expected a quoted text");
            return {};
        }
        char const quote = rest_.front();
        std::string found;
        for (std::size_t i = 1; i < rest_.size(); ++i) {
            if (rest_[i] == quote) {
                rest_.remove_prefix(i + 1);
                return found;
            }
            if (rest_[i] == '\\' && i + 1 < rest_.size()) ++i;
            found += rest_[i];
        }
        fail("a text has no end");
        return {};
    }

    std::unique_ptr<Query> expression(int depth) {
        auto query = operand(depth);
        for (std::string_view const operation : {">=", "<=", "==", "!=", ">", "<"}) {
            if (!problem.empty() || !take(operation)) continue;
            skip();
            auto compared = std::make_unique<Query>(Query{.kind = std::string(operation)});
            auto const read = std::from_chars(rest_.data(), rest_.data() + rest_.size(), compared->number);
            if (read.ec != std::errc()) fail("expected a number");
            rest_.remove_prefix(static_cast<std::size_t>(read.ptr - rest_.data()));
            compared->inner = std::move(query);
            return compared;
        }
        return query;
    }

    std::unique_ptr<Query> operand(int depth) {
        if (depth > deepest) fail("nested too deeply");
        if (!problem.empty()) return nullptr;
        if (take("(")) {
            auto query = expression(depth + 1);
            want(")");
            return query;
        }
        auto const name = word();
        if (aggregations.contains(name)) return aggregation(name, depth);
        if (take("(")) {
            if (!range_functions.contains(name)) fail("unknown function \"" + name + "\"");
            auto query = std::make_unique<Query>(Query{.kind = name});
            query->inner = operand(depth + 1);
            want(")");
            if (problem.empty() && (query->inner->kind != "selector" || query->inner->range.count() == 0)) {
                fail(name + " wants a selector with a range");
            }
            return query;
        }
        return selector(name);
    }

    std::unique_ptr<Query> aggregation(std::string const& name, int depth) {
        auto query = std::make_unique<Query>(Query{.kind = name});
        labels(*query);
        want("(");
        query->inner = expression(depth + 1);
        want(")");
        labels(*query);
        return query;
    }

    void labels(Query& query) {
        if (!take("by")) return;
        want("(");
        while (problem.empty() && !take(")")) {
            query.by.push_back(word());
            if (query.by.back().empty()) fail("expected a label");
            take(",");
        }
    }

    std::unique_ptr<Query> selector(std::string const& name) {
        auto query = std::make_unique<Query>(Query{.kind = "selector", .name = name});
        if (name.empty()) fail("expected a metric");
        if (take("{")) {
            while (problem.empty() && !take("}")) {
                query->matchers.push_back(matcher());
                take(",");
            }
        }
        if (take("[")) {
            skip();
            auto const end = std::min(rest_.find(']'), rest_.size());
            auto const range = parse_duration(rest_.substr(0, end));
            if (!range || range->count() <= 0) fail("expected a range such as 30m");
            query->range = range.value_or(std::chrono::nanoseconds(0));
            rest_.remove_prefix(end);
            want("]");
        }
        return query;
    }

    Matcher matcher() {
        Matcher found{.label = word(), .operation = {}, .value = {}};
        for (std::string_view const operation : {"=~", "!~", "!=", "="}) {
            if (!take(operation)) continue;
            found.operation = operation;
            break;
        }
        if (found.label.empty() || found.operation.empty()) fail("expected a label matcher");
        found.value = quoted();
        if (found.operation.ends_with('~')) {
            // The library reports a broken pattern by throwing; this is the edge where that ends.
            try {
                found.pattern = std::regex(found.value, std::regex::ECMAScript | std::regex::optimize);
            } catch (std::regex_error const&) {
                fail("\"" + found.value + "\" is not a regular expression");
            }
        }
        return found;
    }

    std::string_view rest_;
};

bool matches(Series const& series, Query const& selector) {
    return series.name == selector.name && std::ranges::all_of(selector.matchers, [&](Matcher const& matcher) {
               auto const label = series.labels.find(matcher.label);
               auto const value = label == series.labels.end() ? std::string() : label->second;
               if (matcher.operation == "=") return value == matcher.value;
               if (matcher.operation == "!=") return value != matcher.value;
               return std::regex_match(value, matcher.pattern) == (matcher.operation == "=~");
           });
}

/// One number for what the series was within (from, to]; nothing when it was not there.
std::optional<double> over_range(std::string_view function, Series const& series, WallTime from, WallTime to) {
    auto const last = series.at(to);
    if (!last) return std::nullopt;
    auto const first = series.at(from);
    auto const grown = *last - first.value_or(0);
    if (function == "increase") return grown;
    if (function == "rate") return grown / std::chrono::duration<double>(to - from).count();
    if (function == "last_over_time") return last;
    std::vector<double> values;
    if (first) values.push_back(*first);
    for (auto const& sample : series.samples) {
        if (sample.at > from && sample.at <= to) values.push_back(sample.value);
    }
    if (function == "max_over_time") return std::ranges::max(values);
    if (function == "min_over_time") return std::ranges::min(values);
    double sum = 0;
    for (double const value : values) sum += value;
    if (function == "sum_over_time") return sum;
    auto const count = static_cast<double>(values.size());
    return function == "count_over_time" ? count : sum / count;
}

double merged(std::string_view aggregation, std::vector<double> const& values) {
    if (aggregation == "max") return std::ranges::max(values);
    if (aggregation == "min") return std::ranges::min(values);
    if (aggregation == "count") return static_cast<double>(values.size());
    double sum = 0;
    for (double const value : values) sum += value;
    return aggregation == "avg" ? sum / static_cast<double>(values.size()) : sum;
}

bool holds(std::string_view operation, double value, double number) {
    if (operation == ">") return value > number;
    if (operation == ">=") return value >= number;
    if (operation == "<") return value < number;
    if (operation == "<=") return value <= number;
    return (std::fabs(value - number) < 1e-12) == (operation == "==");
}

}  // namespace

std::expected<std::unique_ptr<Query>, std::string> parse_promql(std::string_view text) {
    if (text.size() > longest_query) return std::unexpected("too long");
    Parser parser(text);
    auto query = parser.whole();
    if (!parser.problem.empty()) return std::unexpected(parser.problem);
    if (query->kind == "selector" && query->range.count() > 0) return std::unexpected("a range needs a function");
    return query;
}

std::vector<Value> evaluate(Query const& query, Traffic const& traffic, WallTime at) {
    std::vector<Value> found;
    if (query.kind == "selector" || range_functions.contains(query.kind)) {
        auto const& selector = query.inner ? *query.inner : query;
        auto const from = at - std::chrono::duration_cast<WallTime::duration>(selector.range);
        for (auto const& [key, series] : traffic.series()) {
            if (!matches(series, selector)) continue;
            auto const value = query.inner ? over_range(query.kind, series, from, at) : series.at(at);
            if (!value) continue;
            auto labels = series.labels;
            if (!query.inner) labels["__name__"] = series.name;
            found.push_back({.labels = std::move(labels), .value = *value});
        }
        return found;
    }
    auto const inner = evaluate(*query.inner, traffic, at);
    if (!aggregations.contains(query.kind)) {
        std::ranges::copy_if(inner, std::back_inserter(found),
                             [&](Value const& value) { return holds(query.kind, value.value, query.number); });
        return found;
    }
    std::map<std::map<std::string, std::string>, std::vector<double>> groups;
    for (auto const& value : inner) {
        std::map<std::string, std::string> group;
        for (auto const& label : query.by) {
            if (auto const has = value.labels.find(label); has != value.labels.end()) group.insert(*has);
        }
        groups[std::move(group)].push_back(value.value);
    }
    for (auto const& [labels, values] : groups) found.push_back({.labels = labels, .value = merged(query.kind, values)});
    return found;
}

}  // namespace dayfly::fly_sim
