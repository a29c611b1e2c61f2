// The kinds with units: durations and quantities.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "controller/base/time_text.h"
#include "specs/kinds.h"

namespace dayfly::specs {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view duration_pattern = "([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h|d))+";
constexpr int mi_per_gi = 1024;

/// Bytes of a quantity's unit; nothing for one that is not read.
std::optional<double> bytes_of(std::string_view suffix) {
    constexpr double step = 1024;
    if (suffix.empty()) return 1;
    if (suffix == "Ki") return step;
    if (suffix == "Mi") return step * step;
    if (suffix == "Gi") return step * step * step;
    if (suffix == "Ti") return step * step * step * step;
    return {};
}

/// The unit that "GB", "G" or "gb" was meant for; empty for letters that say nothing.
std::string_view meant_unit(std::string_view suffix) {
    constexpr std::array<std::pair<char, std::string_view>, 4> units{{{'k', "Ki"}, {'m', "Mi"}, {'g', "Gi"}, {'t', "Ti"}}};
    for (auto const& [letter, unit] : units) {
        if ((suffix.front() | 0x20) == letter) return unit;
    }
    return {};
}

bool all_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// "write 72m or 72h": a number without a unit, with the units that bring it into the range.
std::string unit_advice(std::string const& digits, Span const& span) {
    std::vector<std::string> fitting;
    for (char const unit : {'s', 'm', 'h', 'd'}) {
        auto const text = digits + unit;
        auto const duration = parse_duration(text);
        if (duration && *duration >= span.shortest && *duration <= span.longest) fitting.push_back(text);
    }
    return fmt::format("{}", fmt::join(fitting, " or "));
}

std::string range_advice(Span const& span) {
    return fmt::format("write {} to {}", short_duration(span.shortest), short_duration(span.longest));
}

Json span_schema(Span const& span, std::string_view pattern) {
    return {{"type", "string"},
            {"pattern", pattern},
            {"x-minimum", short_duration(span.shortest)},
            {"x-maximum", short_duration(span.longest)}};
}

}  // namespace

Verdict Span::read(Node const& node, Duration& value) const {
    if (!node.is_scalar()) return fmt::format("{} is not a duration; {}", what_is(node), range_advice(*this));
    auto const duration = parse_duration(node.text);
    if (!duration) {
        if (all_digits(node.text)) {
            auto const units = unit_advice(node.text, *this);
            return fmt::format("'{}' has no unit; {}", excerpt(node.text),
                               units.empty() ? range_advice(*this) : "write " + units);
        }
        return fmt::format("'{}' is not a duration; {}", excerpt(node.text), range_advice(*this));
    }
    if (*duration < shortest) return fmt::format("'{}' is too short; {}", excerpt(node.text), range_advice(*this));
    if (*duration > longest) return fmt::format("'{}' is too long; {}", excerpt(node.text), range_advice(*this));
    value = *duration;
    return {};
}

Json Span::write(Duration const& value) const { return short_duration(value); }
Json Span::schema() const { return span_schema(*this, fmt::format("^{}$", duration_pattern)); }

Verdict SpanOrNever::read(Node const& node, std::optional<Duration>& value) const {
    if (node.is_scalar() && node.text == "never") {
        value.reset();
        return {};
    }
    Duration duration{};
    auto verdict = span.read(node, duration);
    if (verdict) return *verdict + ", or never";
    value = duration;
    return {};
}

Json SpanOrNever::write(std::optional<Duration> const& value) const { return value ? short_duration(*value) : "never"; }
Json SpanOrNever::schema() const { return span_schema(span, fmt::format("^(never|{})$", duration_pattern)); }

Verdict SleepAfter::read(Node const& node, Sleep& value) const {
    if (node.is_scalar() && (node.text == "off" || node.text == "auto")) {
        value.policy = node.text == "off" ? SleepPolicy::Off : SleepPolicy::Auto;
        return {};
    }
    auto verdict = span.read(node, value.after);
    if (verdict) return *verdict + ", or off, or auto";
    value.policy = SleepPolicy::After;
    return {};
}

Json SleepAfter::write(Sleep const& value) const {
    switch (value.policy) {
        case SleepPolicy::Off: return "off";
        case SleepPolicy::Auto: return "auto";
        case SleepPolicy::After: break;
    }
    return short_duration(value.after);
}

Json SleepAfter::schema() const { return span_schema(span, fmt::format("^(off|auto|{})$", duration_pattern)); }

Verdict Quantity::read(Node const& node, int& value) const {
    auto const advice = fmt::format("write {} to {}", text(minimum), text(maximum));
    if (!node.is_scalar()) return fmt::format("{} is not an amount of bytes; {}", what_is(node), advice);
    double number = 0;
    auto const* const end = node.text.data() + node.text.size();
    auto const [stop, error] = std::from_chars(node.text.data(), end, number, std::chars_format::fixed);
    std::string_view const suffix(stop, static_cast<std::size_t>(end - stop));
    if (error != std::errc() || number < 0)
        return fmt::format("'{}' is not an amount of bytes; {}", excerpt(node.text), advice);
    auto const shown = excerpt(node.text);
    auto const bytes_of_suffix = bytes_of(suffix);
    auto const digits = std::string_view(node.text).substr(0, node.text.size() - suffix.size());
    auto const amount = number * bytes_of_suffix.value_or(0) / *bytes_of(unit == Unit::Mi ? "Mi" : "Gi");
    bool const fits = amount >= minimum && amount <= maximum;
    if (suffix.empty() && !fits && number >= minimum && number <= maximum)
        return fmt::format("'{}' has no unit; write {}{}", shown, digits, unit == Unit::Mi ? "Mi" : "Gi");
    if (!bytes_of_suffix) {
        auto const right = meant_unit(suffix);
        return fmt::format("'{}' has a unit that is not known here; {}", shown,
                           right.empty() ? advice : fmt::format("write {}{}", digits, right));
    }
    if (!fits) return fmt::format("'{}' is out of range; {}", shown, advice);
    if (amount != std::floor(amount))
        return fmt::format("'{}' is not a whole number of {}; {}", shown, unit == Unit::Mi ? "Mi" : "Gi", advice);
    value = static_cast<int>(amount);
    return {};
}

Json Quantity::write(int const& value) const { return text(value); }

Json Quantity::schema() const {
    return {{"type", {"string", "integer"}},
            {"pattern", "^[0-9]+(\\.[0-9]+)?(Ki|Mi|Gi|Ti)?$"},
            {"x-minimum", text(minimum)},
            {"x-maximum", text(maximum)}};
}

std::string Quantity::text(int value) const { return unit == Unit::Gi ? fmt::format("{}Gi", value) : memory_text(value); }

std::string memory_text(int memory_mb) {
    if (memory_mb != 0 && memory_mb % mi_per_gi == 0) return fmt::format("{}Gi", memory_mb / mi_per_gi);
    return fmt::format("{}Mi", memory_mb);
}

}  // namespace dayfly::specs
