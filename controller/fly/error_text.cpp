// Reads the text and the code out of a failed reply's body.
#include "controller/fly/error_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace dayfly::fly {
namespace {

using Json = nlohmann::json;

constexpr std::size_t longest_body = 64u << 10;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string text_member(Json const& object, char const* key) {
    auto const it = object.find(key);
    return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

/// One line: runs of white space and control characters become one space. Bodies that are not JSON may be of any encoding,
/// so their bytes outside ASCII become question marks.
std::string one_line(std::string_view text, bool utf8) {
    std::string line;
    line.reserve(text.size());
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        if (byte <= 0x20 || byte == 0x7f) {
            if (!line.empty() && line.back() != ' ') line += ' ';
        } else {
            line += byte < 0x80 || utf8 ? c : '?';
        }
    }
    if (!line.empty() && line.back() == ' ') line.pop_back();
    return line;
}

std::string html_title(std::string_view page) {
    auto const find = [&](std::string_view part, std::size_t from) {
        auto const tail = page.substr(from);
        auto const it = std::ranges::search(tail, part, [](char a, char b) { return lower(a) == lower(b); });
        return it.empty() ? std::string_view::npos : from + static_cast<std::size_t>(it.begin() - tail.begin());
    };
    auto const open = find("<title>", 0);
    if (open == std::string_view::npos) return "an HTML page";
    auto const start = open + std::string_view("<title>").size();
    auto const end = find("</title>", start);
    return end == std::string_view::npos ? "an HTML page" : one_line(page.substr(start, end - start), false);
}

}  // namespace

bool mentions(std::string_view text, std::string_view part) {
    return !std::ranges::search(text, part, [](char a, char b) { return lower(a) == lower(b); }).empty();
}

std::string bounded(std::string text, std::size_t limit) {
    if (text.size() <= limit) return text;
    while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xc0) == 0x80) --limit;
    text.resize(limit);
    return text;
}

ErrorText error_text(std::string_view body) {
    body = body.substr(0, longest_body);
    auto const start = body.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos) return {};
    if (body[start] == '<') return {.text = html_title(body)};
    auto const json = body[start] == '{' ? Json::parse(body, nullptr, false) : Json();
    if (!json.is_object()) return {.text = one_line(body, false)};
    auto said = text_member(json, "message");
    if (said.empty()) said = text_member(json, "error");
    auto code = text_member(json, "status");
    if (code == "error" || code == "unknown") code.clear();
    if (said.empty() && code.empty()) return {.text = one_line(body, true)};
    return {.text = one_line(said.empty() ? code : said, true), .code = std::move(code), .from_fly = true};
}

}  // namespace dayfly::fly
