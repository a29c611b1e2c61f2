// HTTP requests and responses as plain values; the only thing the rest of the program knows of HTTP.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dayfly::http {

struct Headers {
    std::vector<std::pair<std::string, std::string>> fields;

    /// The first value of `name`, compared without case; nullptr when absent.
    [[nodiscard]] std::string const* find(std::string_view name) const;
    void add(std::string name, std::string value) { fields.emplace_back(std::move(name), std::move(value)); }
};

struct Request {
    std::string method = "GET";
    std::string target = "/";  ///< path and query, already percent-encoded
    Headers headers = {};
    std::string body = {};
};

/// How a server puts a response on the wire. Anything but Whole is a fault on purpose, used by the simulator.
enum class Delivery {
    Whole,
    Truncated,  ///< the headers and half the body, then the connection is closed
    Dropped,    ///< the connection is closed without an answer
};

struct Response {
    int status = 200;
    Headers headers = {};
    std::string body = {};
    Delivery delivery = Delivery::Whole;
};

/// The path of a target, without its query.
[[nodiscard]] std::string_view path_of(std::string_view target);

/// The decoded value of query parameter `name`; nothing when absent, "" when it has no value. The first one wins.
[[nodiscard]] std::optional<std::string> query_value(std::string_view target, std::string_view name);

/// All decoded values of a repeated query parameter.
[[nodiscard]] std::vector<std::string> query_values(std::string_view target, std::string_view name);

/// Percent-encodes everything but RFC 3986's unreserved characters.
[[nodiscard]] std::string percent_encode(std::string_view text);
[[nodiscard]] std::string percent_decode(std::string_view text);

}  // namespace dayfly::http
