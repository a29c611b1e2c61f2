// Reads both forms; the obsolete date formats are not read.
#include "controller/source/retry_after.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace dayfly::source {
namespace {

constexpr milliseconds longest = std::chrono::hours(1);

std::optional<int> read_number(std::string_view text) {
    int number = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
    return number;
}

/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::optional<WallTime> read_date(std::string_view text) {
    constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    if (text.size() != 29 || !text.ends_with(" GMT")) return std::nullopt;
    auto const* const month = std::ranges::find(months, text.substr(8, 3));
    auto const day = read_number(text.substr(5, 2));
    auto const year = read_number(text.substr(12, 4));
    auto const hour = read_number(text.substr(17, 2));
    auto const minute = read_number(text.substr(20, 2));
    auto const second = read_number(text.substr(23, 2));
    if (month == months.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
    std::chrono::year_month_day const date(std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(month - months.begin()) + 1),
                                           std::chrono::day(static_cast<unsigned>(*day)));
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) + seconds(*second);
}

}  // namespace

std::optional<milliseconds> retry_after(http::Headers const& headers, WallTime now) {
    auto const* const header = headers.find("Retry-After");
    if (header == nullptr) return std::nullopt;
    if (auto const number = read_number(*header)) return std::min<milliseconds>(seconds(*number), longest);
    auto const date = read_date(*header);
    if (!date) return std::nullopt;
    return std::clamp(std::chrono::duration_cast<milliseconds>(*date - now), milliseconds(0), longest);
}

}  // namespace dayfly::source
