#include "controller/base/time_text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <ctime>

namespace dayfly {
namespace {

using std::chrono::nanoseconds;

struct Unit {
    std::string_view name;
    double ns;
};

// Longest names first, so that "ms" is not read as minutes.
constexpr std::array units{Unit{"ns", 1},  Unit{"us", 1e3}, Unit{"µs", 1e3},   Unit{"ms", 1e6},
                           Unit{"s", 1e9}, Unit{"m", 60e9}, Unit{"h", 3600e9}, Unit{"d", 86400e9}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
    if (at + count > text.size()) return std::nullopt;
    int value = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        if (!is_digit(text[i])) return std::nullopt;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

/// "1.5": `value` in units of `unit` (a power of ten), without zeros at the end and never in scientific form.
std::string decimal(std::int64_t value, std::int64_t unit) {
    auto text = std::to_string(value / unit);
    if (auto rest = value % unit; rest != 0) {
        text += '.';
        for (auto digit = unit / 10; rest != 0; digit /= 10) {
            text += static_cast<char>('0' + rest / digit);
            rest %= digit;
        }
    }
    return text;
}

/// Years that a WallTime in nanoseconds can hold, whole.
constexpr int first_year = 1678;
constexpr int last_year = 2261;

}  // namespace

std::optional<nanoseconds> parse_duration(std::string_view text) {
    if (text.empty() || text.size() > 64) return std::nullopt;
    if (text == "0") return nanoseconds(0);
    double total = 0;
    while (!text.empty()) {
        std::size_t end = 0;
        double number = 0;
        double scale = 1;
        bool point = false;
        bool any = false;
        for (; end < text.size() && (is_digit(text[end]) || (text[end] == '.' && !point)); ++end) {
            if (text[end] == '.') {
                point = true;
                continue;
            }
            any = true;
            number = number * 10 + (text[end] - '0');
            if (point) scale *= 10;
        }
        if (!any) return std::nullopt;
        text.remove_prefix(end);
        Unit const* unit = nullptr;
        for (auto const& candidate : units) {
            if (text.starts_with(candidate.name)) {
                unit = &candidate;
                break;
            }
        }
        if (unit == nullptr) return std::nullopt;
        text.remove_prefix(unit->name.size());
        total += number / scale * unit->ns;
    }
    if (!(total < 9.2e18)) return std::nullopt;
    return nanoseconds(static_cast<std::int64_t>(std::llround(total)));
}

std::string go_duration(nanoseconds duration) {
    auto const ns = duration.count();
    if (ns == 0) return "0s";
    if (ns < 0) return "-" + go_duration(-duration);
    if (ns < 1'000) return fmt::format("{}ns", ns);
    if (ns < 1'000'000) return decimal(ns, 1'000) + "µs";
    if (ns < 1'000'000'000) return decimal(ns, 1'000'000) + "ms";
    auto const minutes_total = ns / 60'000'000'000;
    auto const second_text = decimal(ns % 60'000'000'000, 1'000'000'000) + "s";
    if (minutes_total == 0) return second_text;
    if (minutes_total < 60) return fmt::format("{}m{}", minutes_total, second_text);
    return fmt::format("{}h{}m{}", minutes_total / 60, minutes_total % 60, second_text);
}

std::string short_duration(nanoseconds duration) {
    auto text = go_duration(duration);
    // "1h0m0s" -> "1h": trailing zero units say nothing.
    if (text.size() > 2 && text.ends_with("m0s")) text.resize(text.size() - 2);
    if (text.size() > 2 && text.ends_with("h0m")) text.resize(text.size() - 2);
    return text;
}

std::string human_age(nanoseconds age) {
    auto const total = std::chrono::duration_cast<seconds>(age).count();
    if (total < 0) return "0s";
    if (total < 120) return fmt::format("{}s", total);
    auto const minutes = total / 60;
    if (minutes < 120) return fmt::format("{}m", minutes);
    auto const hours = minutes / 60;
    if (hours < 48) return fmt::format("{}h", hours);
    auto const days = hours / 24;
    if (days < 8 && hours % 24 != 0) return fmt::format("{}d{}h", days, hours % 24);
    return fmt::format("{}d", days);
}

std::string rfc3339(WallTime time) {
    auto const whole = std::chrono::floor<seconds>(time);
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(whole)));
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
    auto const year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
    auto const hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
    if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
    if (text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't') || text[13] != ':' || text[16] != ':') {
        return std::nullopt;
    }
    std::chrono::year_month_day const date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (*year < first_year || *year > last_year) return std::nullopt;
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    std::size_t at = 19;
    std::int64_t fraction_ns = 0;
    if (at < text.size() && text[at] == '.') {
        std::int64_t scale = 100'000'000;
        std::size_t const first = ++at;
        for (; at < text.size() && is_digit(text[at]); ++at) {
            fraction_ns += (text[at] - '0') * scale;
            scale /= 10;
        }
        if (at == first) return std::nullopt;
    }
    std::chrono::minutes offset{0};
    auto const zone = text.substr(at);
    if (zone != "Z" && zone != "z") {
        auto const zone_hour = digits(zone, 1, 2), zone_minute = digits(zone, 4, 2);
        if (zone.size() != 6 || zone[3] != ':' || !zone_hour || !zone_minute || (zone[0] != '+' && zone[0] != '-')) {
            return std::nullopt;
        }
        if (*zone_hour > 23 || *zone_minute > 59) return std::nullopt;
        offset = std::chrono::minutes(*zone_hour * 60 + *zone_minute) * (zone[0] == '-' ? -1 : 1);
    }
    return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) + seconds(*second) +
           std::chrono::duration_cast<std::chrono::system_clock::duration>(nanoseconds(fraction_ns)) - offset;
}

}  // namespace dayfly
