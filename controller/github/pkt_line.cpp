#include "controller/github/pkt_line.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace dayfly::github {
namespace {

constexpr std::size_t prefix_size = 4;

std::optional<std::size_t> read_length(std::string_view stream) {
    if (stream.size() < prefix_size) return std::nullopt;
    std::size_t length = 0;
    auto const [end, error] = std::from_chars(stream.data(), stream.data() + prefix_size, length, 16);
    if (error != std::errc() || end != stream.data() + prefix_size) return std::nullopt;
    return length;
}

}  // namespace

std::string pkt_line(std::string_view text) { return fmt::format("{:04x}{}\n", text.size() + prefix_size + 1, text); }

Result<std::vector<Packet>> read_packets(std::string_view stream) {
    std::vector<Packet> packets;
    while (!stream.empty()) {
        auto const length = read_length(stream);
        if (!length || *length == 3 || *length > stream.size()) {
            return failure(ErrorKind::Unavailable, "the answer is not git's, or not whole");
        }
        if (*length < prefix_size) {
            constexpr Packet::Kind kinds[] = {Packet::Kind::Flush, Packet::Kind::Delimiter, Packet::Kind::ResponseEnd};
            packets.push_back({.kind = kinds[*length]});
            stream.remove_prefix(prefix_size);
            continue;
        }
        auto text = stream.substr(prefix_size, *length - prefix_size);
        if (text.ends_with('\n')) text.remove_suffix(1);
        packets.push_back({.text = text});
        stream.remove_prefix(*length);
    }
    return packets;
}

}  // namespace dayfly::github
