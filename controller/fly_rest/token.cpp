// Takes token text apart and puts the header together.
#include "controller/fly_rest/token.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <vector>

namespace dayfly::fly_rest {
namespace {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    auto const first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool starts_with_word(std::string_view text, std::string_view word) {
    if (text.size() <= word.size() || text[word.size()] != ' ') return false;
    return std::ranges::equal(text.substr(0, word.size()), word, [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
    });
}

/// The token without "Bearer" and "FlyV1" in front, of which there may be two: "Bearer FlyV1 fm2_…".
std::string_view without_scheme(std::string_view token) {
    for (;;) {
        token = trimmed(token);
        if (starts_with_word(token, "bearer")) {
            token.remove_prefix(6);
        } else if (starts_with_word(token, "flyv1")) {
            token.remove_prefix(5);
        } else {
            return token;
        }
    }
}

bool fits_a_header(std::string_view token) {
    return !token.empty() && std::ranges::all_of(token, [](char c) { return c > 0x20 && c < 0x7f; });
}

bool is_macaroon(std::string_view token) {
    constexpr std::array prefixes{std::string_view("fm2_"), std::string_view("fm1r_"), std::string_view("fm1a_")};
    return std::ranges::any_of(prefixes, [&](std::string_view prefix) { return token.starts_with(prefix); });
}

std::string joined(std::vector<std::string_view> const& tokens) {
    std::string text;
    for (auto const token : tokens) {
        if (!text.empty()) text += ',';
        text += token;
    }
    return text;
}

}  // namespace

Secret authorization_for(Secret const& token, Host host) {
    std::vector<std::string_view> macaroons;
    std::vector<std::string_view> others;
    std::string_view rest = token.reveal();
    while (!rest.empty()) {
        auto const comma = rest.find(',');
        auto const one = without_scheme(rest.substr(0, comma));
        rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
        if (fits_a_header(one)) (is_macaroon(one) ? macaroons : others).push_back(one);
    }
    if (macaroons.empty()) return others.empty() ? Secret() : Secret("Bearer " + joined(others));
    if (host == Host::GraphQl) macaroons.insert(macaroons.end(), others.begin(), others.end());
    return Secret("FlyV1 " + joined(macaroons));
}

}  // namespace dayfly::fly_rest
