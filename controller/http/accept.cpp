#include "controller/http/accept.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <string>

namespace dayfly::http {
namespace {

std::string_view trimmed(std::string_view text) {
    auto const space = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && space(text.front())) text.remove_prefix(1);
    while (!text.empty() && space(text.back())) text.remove_suffix(1);
    return text;
}

bool same(std::string_view a, std::string_view b) {
    auto const lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

/// Hands the trimmed parts of `text` between separators to `each`.
void split(std::string_view text, char separator, std::function<void(std::string_view)> const& each) {
    while (!text.empty()) {
        auto const end = std::min(text.find(separator), text.size());
        if (auto const part = trimmed(text.substr(0, end)); !part.empty()) each(part);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

/// One element of either header.
struct Range {
    std::string_view name;
    std::string_view version;
    double weight = 1;
};

Range read_range(std::string_view element) {
    Range range;
    split(element, ';', [&](std::string_view part) {
        if (range.name.empty()) {
            range.name = part;
            return;
        }
        auto const equals = std::min(part.find('='), part.size());
        auto const name = trimmed(part.substr(0, equals));
        auto value = trimmed(part.substr(std::min(equals + 1, part.size())));
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
        if (same(name, "version")) range.version = value;
        if (same(name, "q")) {
            double weight = 0;
            auto const read = std::from_chars(value.data(), value.data() + value.size(), weight);
            // A weight that cannot be read counts as none: better not to send what was perhaps refused.
            range.weight = read.ec == std::errc{} && weight > 0 ? std::min(weight, 1.0) : 0;
        }
    });
    return range;
}

}  // namespace

double media_weight(std::string_view accept, std::string_view type, std::string_view version) {
    if (trimmed(accept).empty()) return 1;
    auto const family = std::string(type.substr(0, type.find('/'))) + "/*";
    int best = 0;
    double weight = 0;
    split(accept, ',', [&](std::string_view element) {
        auto const range = read_range(element);
        if (!range.version.empty() && range.version != version) return;
        int const specific = same(range.name, type)     ? (range.version.empty() ? 3 : 4)
                             : same(range.name, family) ? 2
                             : range.name == "*/*"      ? 1
                                                        : 0;
        if (specific <= best) return;
        best = specific;
        weight = range.weight;
    });
    return weight;
}

bool accepts_encoding(std::string_view accept_encoding, std::string_view coding) {
    int best = 0;
    bool accepted = false;
    split(accept_encoding, ',', [&](std::string_view element) {
        auto const range = read_range(element);
        int const specific = same(range.name, coding) ? 2 : range.name == "*" ? 1 : 0;
        if (specific <= best) return;
        best = specific;
        accepted = range.weight > 0;
    });
    return accepted;
}

}  // namespace dayfly::http
