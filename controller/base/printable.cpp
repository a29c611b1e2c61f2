// See printable.h. Works on UTF-8; bytes that are none pass as they are.
#include "controller/base/printable.h"

#include <algorithm>
#include <array>

namespace dayfly {

std::size_t unprintable_at(std::string_view text) {
    constexpr std::array<std::string_view, 13> direction_marks{"\u061C", "\u200E", "\u200F", "\u2028", "\u202A",
                                                               "\u202B", "\u202C", "\u202D", "\u202E", "\u2066",
                                                               "\u2067", "\u2068", "\u2069"};
    if (text.empty()) return 0;
    auto const first = static_cast<unsigned char>(text[0]);
    if (first < 0x20 || first == 0x7F) return 1;
    if (first < 0x80) return 0;
    auto const second = static_cast<unsigned char>(text.size() > 1 ? text[1] : '\0');
    if (first == 0xC2 && second >= 0x80 && second <= 0x9F) return 2;
    auto const mark = std::ranges::find_if(direction_marks, [&](std::string_view one) { return text.starts_with(one); });
    return mark == direction_marks.end() ? 0 : mark->size();
}

std::string printable(std::string_view text) {
    std::string shown;
    shown.reserve(text.size());
    while (!text.empty()) {
        auto const length = unprintable_at(text);
        shown += length == 0 ? text.front() : '?';
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return shown;
}

}  // namespace dayfly
