// Headers by name, and the percent-encoding of targets and queries (RFC 3986).
#include "controller/http/message.h"

#include <algorithm>

namespace dayfly::http {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_without_case(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

bool unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
           c == '~';
}

/// -1 for anything but a hex digit.
int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// Forms and most clients write a space in a query as a plus; a real plus is always sent as %2B.
std::string decode_query_part(std::string_view part) {
    std::string text(part);
    std::ranges::replace(text, '+', ' ');
    return percent_decode(text);
}

}  // namespace

std::string const* Headers::find(std::string_view name) const {
    auto const found = std::ranges::find_if(fields, [&](auto const& field) { return same_without_case(field.first, name); });
    return found == fields.end() ? nullptr : &found->second;
}

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

std::vector<std::string> query_values(std::string_view target, std::string_view name) {
    std::vector<std::string> values;
    auto const question = target.find('?');
    if (question == std::string_view::npos) return values;
    auto rest = target.substr(question + 1);
    while (!rest.empty()) {
        auto const pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
        auto const equals = pair.find('=');
        if (pair.empty() || decode_query_part(pair.substr(0, equals)) != name) continue;
        values.push_back(equals == std::string_view::npos ? std::string() : decode_query_part(pair.substr(equals + 1)));
    }
    return values;
}

std::optional<std::string> query_value(std::string_view target, std::string_view name) {
    auto values = query_values(target, name);
    if (values.empty()) return std::nullopt;
    return std::move(values.front());
}

std::string percent_encode(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    encoded.reserve(text.size());
    for (char const c : text) {
        if (unreserved(c)) {
            encoded += c;
            continue;
        }
        auto const byte = static_cast<unsigned char>(c);
        encoded += '%';
        encoded += digits[byte >> 4];
        encoded += digits[byte & 15];
    }
    return encoded;
}

std::string percent_decode(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const high = text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
        auto const low = high >= 0 ? hex_value(text[i + 2]) : -1;
        if (low < 0) {
            decoded += text[i];
            continue;
        }
        decoded += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return decoded;
}

}  // namespace dayfly::http
