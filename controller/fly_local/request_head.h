// The head of an HTTP/1 request as the preview proxy needs it: who is asked, and how it is passed on. No input or output.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dayfly::fly_local {

struct RequestHead {
    static constexpr std::size_t largest = 32u << 10;  ///< bytes

    std::string method;
    std::string target;
    std::string version;
    std::vector<std::pair<std::string, std::string>> fields;

    /// The app in its Host: "shop" of shop.localhost:8081 and of shop.fly.dev; empty for other names.
    [[nodiscard]] std::string app() const;
    /// Asks to speak another protocol, as websockets do.
    [[nodiscard]] bool upgrades() const;
    /// As the machine gets it: one request per connection unless it upgrades, and where it came from.
    [[nodiscard]] std::string forwarded(std::string_view client) const;
};

/// Reads a head without its empty line. Unexpected: what is wrong with it.
[[nodiscard]] std::expected<RequestHead, std::string> read_head(std::string_view text);

/// The status in the first line of a response; 0 when it is not there.
[[nodiscard]] int status_of(std::string_view response);

}  // namespace dayfly::fly_local
