#include "controller/fly_sim/exchange.h"

#include <algorithm>

namespace dayfly::fly_sim {
namespace {

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string decode(std::string_view text, bool plus_is_space) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
            decoded += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        } else {
            decoded += plus_is_space && text[i] == '+' ? ' ' : text[i];
        }
    }
    return decoded;
}

bool same_name(std::string_view a, std::string_view b) {
    auto const lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

void add_pairs(std::vector<std::pair<std::string, std::string>>& query, std::string_view text) {
    for (auto const& pair : split(text, '&')) {
        auto const equals = pair.find('=');
        query.emplace_back(decode(std::string_view(pair).substr(0, equals), true),
                           equals == std::string::npos ? "" : decode(std::string_view(pair).substr(equals + 1), true));
    }
}

}  // namespace

std::vector<std::string> split(std::string_view text, char at) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        auto const end = text.find(at);
        if (end != 0) parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return parts;
}

Exchange::Exchange(http::Request const& request) : method(request.method), headers(request.headers) {
    std::string_view const target = request.target;
    auto const mark = target.find('?');
    path = std::string(target.substr(0, mark));
    for (auto const& part : split(path, '/')) segments.push_back(decode(part, false));
    if (mark != std::string_view::npos) add_pairs(query, target.substr(mark + 1));
    // Only the metrics take forms; elsewhere `curl -d` sends JSON under a form's name.
    if (path.starts_with("/prometheus/") && header("content-type").starts_with("application/x-www-form-urlencoded")) {
        add_pairs(query, request.body);
    } else if (!request.body.empty()) {
        body = Json::parse(request.body, nullptr, false);
        if (body.is_discarded()) {
            body_is_broken = true;
            body = nullptr;
        }
    }
    nonce = header("fly-machine-lease-nonce");
}

std::optional<std::string> Exchange::param(std::string_view name) const {
    for (auto const& [key, value] : query) {
        if (key == name) return value;
    }
    return std::nullopt;
}

std::vector<std::string> Exchange::list(std::string_view name) const {
    std::vector<std::string> values;
    for (auto const& [key, value] : query) {
        if (key != name) continue;
        for (auto& part : split(value, ',')) values.push_back(std::move(part));
    }
    return values;
}

bool Exchange::flag(std::string_view name) const {
    auto const value = param(name);
    return value && *value != "false" && *value != "0";
}

std::string Exchange::header(std::string_view name) const {
    for (auto const& [key, value] : headers.fields) {
        if (same_name(key, name)) return value;
    }
    return {};
}

Json const* Exchange::member(std::string_view name) const {
    if (!body.is_object()) return nullptr;
    auto const found = body.find(name);
    return found == body.end() || found->is_null() ? nullptr : &*found;
}

std::string Exchange::text(std::string_view name) const {
    auto const* const value = member(name);
    return value != nullptr && value->is_string() ? value->get<std::string>() : "";
}

bool Exchange::boolean(std::string_view name, bool otherwise) const {
    auto const* const value = member(name);
    return value != nullptr && value->is_boolean() ? value->get<bool>() : otherwise;
}

std::optional<std::int64_t> Exchange::number(std::string_view name) const {
    auto const* const value = member(name);
    if (value == nullptr || !value->is_number()) return std::nullopt;
    return value->get<std::int64_t>();
}

}  // namespace dayfly::fly_sim
