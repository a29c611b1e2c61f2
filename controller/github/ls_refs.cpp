#include "controller/github/ls_refs.h"

#include <fmt/format.h>

#include <algorithm>

#include "controller/github/address.h"
#include "controller/github/pkt_line.h"

namespace dayfly::github {
namespace {

std::unexpected<Error> no_git(std::string_view why) {
    return failure(ErrorKind::Unavailable, fmt::format("the answer is not a Git server's: {}", why));
}

/// The next word of a line, taken off it.
std::string_view take_word(std::string_view& line) {
    auto const word = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(line.size(), word.size() + 1));
    return word;
}

/// "HASH refs/tags/v1^{}" is the commit of the tag in the line before.
void add_line(References& references, std::string_view hash, std::string_view name) {
    if (name.ends_with("^{}")) name.remove_suffix(3);
    references.commits.insert_or_assign(std::string(name), std::string(hash));
}

}  // namespace

Result<Advertisement> read_advertisement(std::string_view body) {
    auto const packets = read_packets(body);
    if (!packets) return std::unexpected(packets.error());
    Advertisement advertisement;
    bool first = true;
    for (auto const& packet : *packets) {
        if (packet.kind != Packet::Kind::Line || packet.text.starts_with("# service=")) continue;
        auto line = packet.text;
        if (first && line == "version 2") {
            advertisement.speaks_v2 = true;
        } else if (first && line.starts_with("version ")) {
            continue;
        } else if (advertisement.speaks_v2) {
            if (line.starts_with("object-format=")) advertisement.object_format = line.substr(14);
        } else {
            auto capabilities =
                line.find('\0') == std::string_view::npos ? std::string_view() : line.substr(line.find('\0') + 1);
            line = line.substr(0, line.find('\0'));
            auto const hash = take_word(line);
            if (!is_commit(hash)) return no_git("a line holds no hash");
            // A repository without commits says "0000… capabilities^{}".
            if (line != "capabilities^{}") add_line(advertisement.references, hash, line);
            while (!capabilities.empty()) {
                auto const word = take_word(capabilities);
                if (word.starts_with("symref=HEAD:")) advertisement.references.head = word.substr(12);
            }
        }
        first = false;
    }
    if (first) return no_git("it is empty");
    return advertisement;
}

std::string ls_refs_request(std::vector<std::string> const& prefixes, std::string const& object_format) {
    auto request = pkt_line("command=ls-refs") + pkt_line("agent=dayfly");
    if (!object_format.empty()) request += pkt_line("object-format=" + object_format);
    request += delimiter_packet;
    request += pkt_line("peel") + pkt_line("symrefs");
    for (auto const& prefix : prefixes) request += pkt_line("ref-prefix " + prefix);
    request += flush_packet;
    return request;
}

Result<References> read_ls_refs(std::string_view body) {
    auto const packets = read_packets(body);
    if (!packets) return std::unexpected(packets.error());
    if (packets->empty() || packets->back().kind != Packet::Kind::Flush) return no_git("it ends too early");
    References references;
    for (auto const& packet : *packets) {
        if (packet.kind != Packet::Kind::Line) continue;
        auto line = packet.text;
        if (line.starts_with("ERR ")) return no_git(line.substr(4, 200));
        auto hash = take_word(line);
        auto const name = take_word(line);
        if (hash == "unborn") continue;
        if (!is_commit(hash) || name.empty()) return no_git("a line holds no hash");
        while (!line.empty()) {
            auto const word = take_word(line);
            if (word.starts_with("peeled:") && is_commit(word.substr(7))) hash = word.substr(7);
            if (name == "HEAD" && word.starts_with("symref-target:")) references.head = word.substr(14);
        }
        add_line(references, hash, name);
    }
    return references;
}

}  // namespace dayfly::github
