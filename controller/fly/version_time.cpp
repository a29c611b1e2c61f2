// See version_time.h. Source of the format: the ULID specification.
#include "controller/fly/version_time.h"

#include <cstdint>

namespace dayfly::fly {

std::optional<WallTime> version_time(std::string_view version) {
    constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    constexpr std::size_t length = 26;
    constexpr std::size_t time_length = 10;
    if (version.size() != length || version.find_first_not_of(alphabet) != std::string_view::npos) return std::nullopt;
    // The specification's largest ULID begins with 7: more does not fit into 48 bits.
    if (version.front() > '7') return std::nullopt;
    std::uint64_t since_epoch = 0;
    for (char const c : version.substr(0, time_length)) since_epoch = since_epoch * alphabet.size() + alphabet.find(c);
    // A WallTime counts nanoseconds and ends in 2262.
    constexpr std::uint64_t last = 9'200'000'000'000;
    if (since_epoch > last) return std::nullopt;
    return WallTime(milliseconds(since_epoch));
}

}  // namespace dayfly::fly
