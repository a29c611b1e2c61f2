// Scanning of UTF-8, lines and document marks.
#include "specs/plain_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace dayfly::specs {
namespace {

/// Length of the valid UTF-8 sequence at the front of `text`; 0 when there is none.
std::size_t sequence_length(std::string_view text) {
    auto const byte = [&](std::size_t at) { return static_cast<unsigned char>(at < text.size() ? text[at] : 0); };
    auto const continues = [&](std::size_t at) { return (byte(at) & 0xC0) == 0x80; };
    if (byte(0) < 0x80) return 1;
    if (byte(0) >= 0xC2 && byte(0) <= 0xDF) return continues(1) ? 2 : 0;
    if (byte(0) >= 0xE0 && byte(0) <= 0xEF) {
        if (!continues(1) || !continues(2)) return 0;
        bool const overlong = byte(0) == 0xE0 && byte(1) < 0xA0;
        bool const surrogate = byte(0) == 0xED && byte(1) >= 0xA0;
        return overlong || surrogate ? 0 : 3;
    }
    if (byte(0) >= 0xF0 && byte(0) <= 0xF4) {
        if (!continues(1) || !continues(2) || !continues(3)) return 0;
        bool const overlong = byte(0) == 0xF0 && byte(1) < 0x90;
        bool const beyond = byte(0) == 0xF4 && byte(1) >= 0x90;
        return overlong || beyond ? 0 : 4;
    }
    return 0;
}

bool is_inner_byte(char letter) { return (static_cast<unsigned char>(letter) & 0xC0) == 0x80; }

bool is_control(char letter) {
    auto const byte = static_cast<unsigned char>(letter);
    return (byte < 0x20 && letter != '\t' && letter != '\n') || byte == 0x7F;
}

/// JSON writes a character beyond the first 65,536 as two escapes, which YAML does not join; they become one escape of YAML's.
/// Only for JSON, where no text but a quoted one can hold them. Columns behind one on its line are two too small.
void join_surrogates(std::string& text) {
    auto const first = text.find_first_not_of(" \n\t");
    if (first == std::string::npos || (text[first] != '{' && text[first] != '[')) return;
    constexpr std::size_t escape_length = 6;
    auto const half = [&](std::size_t at) -> unsigned {
        unsigned value = 0;
        if (text.compare(at, 2, "\\u") != 0 || at + escape_length > text.size()) return 0;
        auto const* const begin = text.data() + at + 2;
        return std::from_chars(begin, begin + 4, value, 16).ptr == begin + 4 ? value : 0;
    };
    for (auto at = text.find('\\'); at != std::string::npos; at = text.find('\\', at + 2)) {
        auto const high = half(at);
        if (high < 0xD800 || high > 0xDBFF) continue;
        auto const low = half(at + escape_length);
        if (low < 0xDC00 || low > 0xDFFF) continue;
        text.replace(at, 2 * escape_length, fmt::format("\\U{:08X}", 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)));
    }
}

bool begins_document(std::string_view line) {
    return line.starts_with("---") && (line.size() == 3 || line[3] == ' ' || line[3] == '\t');
}

bool says_nothing(std::string_view line) {
    auto const first = line.find_first_not_of(" \t");
    return first == std::string_view::npos || line[first] == '#' || line[0] == '%';
}

}  // namespace

std::expected<std::string, TextProblem> plain_text(std::string_view bytes) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (bytes.starts_with(byte_order_mark)) bytes.remove_prefix(byte_order_mark.size());
    std::string text;
    text.reserve(bytes.size());
    Mark mark;
    while (!bytes.empty()) {
        auto const length = sequence_length(bytes);
        if (length == 0) {
            return std::unexpected(TextProblem{mark, "the file is not UTF-8 text; save it as UTF-8"});
        }
        if (bytes[0] == '\r') {
            bytes.remove_prefix(bytes.starts_with("\r\n") ? 2 : 1);
            text += '\n';
        } else if (is_control(bytes[0])) {
            return std::unexpected(
                TextProblem{mark, "the file holds a control character, so it is no YAML; is it a binary file?"});
        } else {
            text += bytes.substr(0, length);
            bytes.remove_prefix(length);
        }
        // Files that were written one after the other into this one may each have had a mark of their own.
        if (text.back() == '\n' && bytes.starts_with(std::string(byte_order_mark) + "---")) bytes.remove_prefix(3);
        if (text.back() == '\n') {
            ++mark.line;
            mark.column = 1;
        } else {
            ++mark.column;
        }
    }
    join_surrogates(text);
    return text;
}

std::vector<Piece> split_documents(std::string_view text) {
    std::vector<Piece> pieces;
    std::size_t begin = 0;
    int first_line = 1;
    bool has_begun = false;
    int line = 1;
    for (std::size_t at = 0; at < text.size(); ++line) {
        auto const end = std::min(text.find('\n', at), text.size());
        auto const current = text.substr(at, end - at);
        if (begins_document(current)) {
            if (has_begun) {
                pieces.push_back({text.substr(begin, at - begin), first_line});
                begin = at;
                first_line = line;
            }
            has_begun = true;
        } else if (!says_nothing(current)) {
            has_begun = true;
        }
        at = end + 1;
    }
    pieces.push_back({text.substr(begin), first_line});
    return pieces;
}

CharacterColumns::CharacterColumns(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (is_inner_byte(text[at])) inner_bytes_.push_back(at);
    }
}

int CharacterColumns::column(std::size_t position, std::size_t byte_column) const {
    auto const first = std::ranges::lower_bound(inner_bytes_, position - std::min(position, byte_column));
    auto const last = std::ranges::lower_bound(inner_bytes_, position);
    return static_cast<int>(byte_column) + 1 - static_cast<int>(last - first);
}

}  // namespace dayfly::specs
