// Keeps the affinity cookies.
#include "controller/fly_rest/affinity.h"

#include <algorithm>
#include <cctype>

namespace dayfly::fly_rest {
namespace {

constexpr std::string_view cookie_name = "fly_flaps_affinity";
constexpr std::size_t longest_value = 512;

std::string_view trimmed(std::string_view text) {
    auto const first = text.find_first_not_of(" \t");
    return first == std::string_view::npos ? std::string_view() : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

struct Cookie {
    std::string_view name;
    std::string_view value;
    std::string_view path;
    bool expired = false;
};

Cookie parse(std::string_view text) {
    Cookie cookie;
    for (bool first = true; !text.empty(); first = false) {
        auto const end = text.find(';');
        auto const part = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        auto const equals = part.find('=');
        auto const key = trimmed(part.substr(0, equals));
        auto const value = equals == std::string_view::npos ? std::string_view() : trimmed(part.substr(equals + 1));
        if (first) {
            cookie.name = key;
            cookie.value = value;
        } else if (lower(key) == "path") {
            cookie.path = value;
        } else if (lower(key) == "max-age") {
            cookie.expired = value == "0" || value.starts_with('-');
        }
    }
    return cookie;
}

bool fits_a_header(std::string_view value) {
    return value.size() <= longest_value && std::ranges::all_of(value, [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

void AffinityCookies::remember(std::string const& app, std::string_view set_cookie) {
    auto const cookie = parse(set_cookie);
    if (app.empty() || cookie.name != cookie_name || cookie.path != "/v1/apps/" + app) return;
    forget(app);
    if (cookie.expired || cookie.value.empty() || !fits_a_header(cookie.value)) return;
    order_.push_back(app);
    values_.emplace(app, Entry{.value = std::string(cookie.value), .place = std::prev(order_.end())});
    if (values_.size() > most_) forget(std::string(order_.front()));
}

std::string AffinityCookies::header_for(std::string const& app) const {
    auto const it = values_.find(app);
    return it == values_.end() ? std::string() : std::string(cookie_name) + "=" + it->second.value;
}

void AffinityCookies::forget(std::string const& app) {
    auto const it = values_.find(app);
    if (it == values_.end()) return;
    order_.erase(it->second.place);
    values_.erase(it);
}

}  // namespace dayfly::fly_rest
