#include "controller/source/empty_text.h"

#include <algorithm>
#include <array>

namespace dayfly::source {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view blanks = " \t\r\n";

std::string_view trimmed(std::string_view text) {
    auto const first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool says_nothing(std::string_view line) {
    static constexpr std::array<std::string_view, 5> nothing{"", "...", "null", "~", "{}"};
    if (line.starts_with("---")) line.remove_prefix(3);
    line = trimmed(line.substr(0, line.find('#')));
    return std::ranges::find(nothing, line) != nothing.end();
}

std::string_view without_mark(std::string_view text) {
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    return text;
}

}  // namespace

bool is_blank(std::string_view text) { return trimmed(without_mark(text)).empty(); }

bool holds_no_document(std::string_view text) {
    text = without_mark(text);
    while (!text.empty()) {
        auto const end = std::min(text.find('\n'), text.size());
        if (!says_nothing(text.substr(0, end))) return false;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return true;
}

}  // namespace dayfly::source
