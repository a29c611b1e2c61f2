// Absolute URLs, read strictly: what is refused here never becomes a connection.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>
#include <boost/asio/ip/address.hpp>

#include "controller/http/client.h"

namespace dayfly::http {

namespace {

bool is_host_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_'; }

bool is_port(std::string_view text) {
    std::uint32_t number = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() && text.size() <= 5 && number >= 1 && number <= 65'535;
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return lower;
}

std::string_view default_port(bool tls) { return tls ? "443" : "80"; }

/// What is wrong with host and port, or nothing.
std::string read_authority(std::string_view authority, Origin& origin) {
    std::string_view host = authority;
    std::string_view port;
    if (authority.starts_with('[')) {
        auto const end = authority.find(']');
        if (end == std::string_view::npos) return "the bracket of the IPv6 address is not closed";
        host = authority.substr(1, end - 1);
        port = authority.substr(end + 1);
        if (!port.empty() && !port.starts_with(':')) return "only a port may follow an IPv6 address";
        boost::system::error_code error;
        auto const address = boost::asio::ip::make_address_v6(std::string(host), error);
        if (error) return "what stands in brackets is no IPv6 address";
        origin.host = address.to_string();
    } else {
        host = authority.substr(0, authority.find(':'));
        port = authority.substr(host.size());
        origin.host = lower_case(host);
        if (origin.host.empty()) return "the host is missing";
        if (origin.host.size() > 253 || !std::ranges::all_of(origin.host, is_host_character)) return "the host is not a name";
    }
    if (!port.empty()) port.remove_prefix(1);
    if (!port.empty() && !is_port(port)) return "the port is not a number from 1 to 65535";
    origin.port = port.empty() ? default_port(origin.tls) : port;
    return {};
}

}  // namespace

std::string Origin::text() const {
    auto const bracketed = host.find(':') == std::string::npos ? host : fmt::format("[{}]", host);
    auto const scheme = tls ? "https" : "http";
    return port == default_port(tls) ? fmt::format("{}://{}", scheme, bracketed)
                                     : fmt::format("{}://{}:{}", scheme, bracketed, port);
}

// No message repeats the URL: it may hold a password or a token.
Result<Url> parse_url(std::string_view text) {
    auto const refuse = [](std::string_view reason) {
        return failure(ErrorKind::InvalidInput, fmt::format("URL: {}", reason));
    };
    if (!std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; })) {
        return refuse("spaces, control and non-ASCII characters must be percent-encoded");
    }
    auto const colon = text.find("://");
    auto const scheme = lower_case(text.substr(0, colon == std::string_view::npos ? 0 : colon));
    if (scheme != "http" && scheme != "https") return refuse("it must begin with https:// or http://");
    text.remove_prefix(colon + 3);
    if (text.find('#') != std::string_view::npos) return refuse("a fragment (#...) has no meaning here");

    auto const authority = text.substr(0, text.find_first_of("/?"));
    text.remove_prefix(authority.size());
    if (authority.find('@') != std::string_view::npos) return refuse("a user name or password in it is refused");
    Url url;
    url.origin.tls = scheme == "https";
    if (auto const problem = read_authority(authority, url.origin); !problem.empty()) return refuse(problem);
    url.target = text.starts_with('/') ? std::string(text) : fmt::format("/{}", text);
    return url;
}

bool is_loopback(std::string_view host) {
    if (lower_case(host) == "localhost") return true;
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    boost::system::error_code error;
    auto const address = boost::asio::ip::make_address(std::string(host), error);
    return !error && address.is_loopback();
}

}  // namespace dayfly::http
