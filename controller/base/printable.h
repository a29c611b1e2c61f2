// What may go to a terminal: text from files and from other people's services must not move its cursor or turn its direction.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dayfly {

/// Bytes of the control character (C0 with line ends and tabs, DEL, C1) or direction mark (of Unicode's bidirectional text)
/// that `text` begins with; 0 when it begins with anything else.
[[nodiscard]] std::size_t unprintable_at(std::string_view text);

/// `text` with each of these characters as a question mark.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace dayfly
