#include "controller/fly_local/request_head.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace dayfly::fly_local {
namespace {

constexpr std::size_t most_fields = 200;

std::string lower(std::string_view text) {
    std::string out(text);
    for (auto& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

std::string_view next_line(std::string_view& text) {
    auto const end = text.find("\r\n");
    auto const line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 2);
    return line;
}

/// Belongs to one connection, or would let a client claim another address.
bool is_replaced(std::string const& name) {
    static constexpr std::array names{"connection",        "keep-alive",       "proxy-connection", "x-forwarded-for",
                                      "x-forwarded-proto", "x-forwarded-host", "fly-client-ip"};
    return std::ranges::find(names, name) != names.end();
}

}  // namespace

std::expected<RequestHead, std::string> read_head(std::string_view text) {
    RequestHead head;
    auto const line = next_line(text);
    auto const first = line.find(' ');
    auto const last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) return std::unexpected("the request line is not one");
    head.method = line.substr(0, first);
    head.target = line.substr(first + 1, last - first - 1);
    head.version = line.substr(last + 1);
    if (!head.version.starts_with("HTTP/1.")) return std::unexpected("only HTTP/1 is spoken here");
    if (head.target.empty() || head.target.find(' ') != std::string::npos) return std::unexpected("the target is not one");
    int hosts = 0;
    while (!text.empty()) {
        auto const field = next_line(text);
        auto const colon = field.find(':');
        if (colon == 0 || colon == std::string_view::npos || field.find_first_of(" \t") < colon ||
            field.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
            return std::unexpected("a header field is not one");
        }
        if (head.fields.size() == most_fields) return std::unexpected("it has too many header fields");
        head.fields.emplace_back(field.substr(0, colon), trimmed(field.substr(colon + 1)));
        if (lower(head.fields.back().first) == "host") ++hosts;
    }
    if (hosts != 1) return std::unexpected("it needs exactly one Host");
    return head;
}

std::string RequestHead::app() const {
    for (auto const& [name, value] : fields) {
        if (lower(name) != "host") continue;
        auto host = lower(value);
        host.resize(std::min(host.rfind(':'), host.size()));
        if (host.ends_with('.')) host.pop_back();
        for (std::string_view const suffix : {".localhost", ".fly.dev"}) {
            if (host.ends_with(suffix)) return host.substr(0, host.size() - suffix.size());
        }
    }
    return {};
}

bool RequestHead::upgrades() const {
    return std::ranges::any_of(fields, [](auto const& field) { return lower(field.first) == "upgrade"; });
}

std::string RequestHead::forwarded(std::string_view client) const {
    auto text = method + " " + target + " " + version + "\r\n";
    for (auto const& [name, value] : fields) {
        if (!is_replaced(lower(name))) text += name + ": " + value + "\r\n";
        if (lower(name) == "host") text += "X-Forwarded-Host: " + value + "\r\n";
    }
    text += std::string("Connection: ") + (upgrades() ? "Upgrade" : "close") + "\r\n";
    for (auto const* const name : {"X-Forwarded-For: ", "Fly-Client-IP: "}) text += name + std::string(client) + "\r\n";
    return text + "X-Forwarded-Proto: http\r\n\r\n";
}

int status_of(std::string_view response) {
    if (!response.starts_with("HTTP/1.") || response.size() < 12) return 0;
    int status = 0;
    for (char const c : response.substr(9, 3)) {
        if (c < '0' || c > '9') return 0;
        status = status * 10 + (c - '0');
    }
    return status;
}

}  // namespace dayfly::fly_local
