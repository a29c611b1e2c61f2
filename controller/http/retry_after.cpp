// Reads Retry-After.
#include "controller/http/retry_after.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace dayfly::http {
namespace {

constexpr std::chrono::hours longest{1};

std::optional<int> number(std::string_view text) {
    int value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

std::optional<WallTime> http_date(std::string_view text) {
    // Fixed columns: "Sun, 06 Nov 1994 08:49:37 GMT".
    constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    if (text.size() != 29 || !text.ends_with(" GMT") || text.substr(3, 2) != ", ") return std::nullopt;
    auto const month = std::ranges::find(months, text.substr(8, 3));
    auto const day = number(text.substr(5, 2));
    auto const year = number(text.substr(12, 4));
    auto const hour = number(text.substr(17, 2));
    auto const minute = number(text.substr(20, 2));
    auto const second = number(text.substr(23, 2));
    if (month == months.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
    auto const date = std::chrono::year_month_day(std::chrono::year(*year),
                                                  std::chrono::month(static_cast<unsigned>(month - months.begin()) + 1),
                                                  std::chrono::day(static_cast<unsigned>(*day)));
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
           std::chrono::seconds(*second);
}

}  // namespace

std::optional<milliseconds> parse_retry_after(std::string_view text, WallTime now) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    if (text.empty()) return std::nullopt;
    if (std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) {
        // Digits beyond int are simply more than the longest wait.
        return std::min<milliseconds>(number(text).transform([](int s) { return seconds(s); }).value_or(longest), longest);
    }
    auto const when = http_date(text);
    if (!when) return std::nullopt;
    return std::clamp<milliseconds>(std::chrono::ceil<milliseconds>(*when - now), milliseconds(0), longest);
}

std::optional<milliseconds> retry_after(Headers const& headers, WallTime now) {
    auto const* const header = headers.find("Retry-After");
    return header == nullptr ? std::nullopt : parse_retry_after(*header, now);
}

}  // namespace dayfly::http
