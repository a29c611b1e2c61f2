// Git's pkt-line format: length-prefixed lines and three special packets. Pure.
// Source: git's Documentation/gitprotocol-common.txt and gitprotocol-v2.txt.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/base/result.h"

namespace dayfly::github {

struct Packet {
    enum class Kind { Line, Flush, Delimiter, ResponseEnd };
    Kind kind = Kind::Line;
    std::string_view text = {};  ///< without the trailing newline; a view into what was read
};

inline constexpr std::string_view flush_packet = "0000";
inline constexpr std::string_view delimiter_packet = "0001";

/// "000dhello, me\n" for "hello, me". The text must be shorter than 65,516 bytes.
[[nodiscard]] std::string pkt_line(std::string_view text);

/// Takes a whole stream apart. Unavailable for a length that is no number, lies, or runs past the end.
[[nodiscard]] Result<std::vector<Packet>> read_packets(std::string_view stream);

}  // namespace dayfly::github
