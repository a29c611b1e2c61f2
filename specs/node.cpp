// How the tree is searched, and how messages speak of it.
#include "specs/node.h"

#include <fmt/format.h>

#include <algorithm>

namespace dayfly::specs {

Node const* Node::find(std::string_view key) const {
    auto const found =
        std::ranges::find_if(entries, [&](Entry const& entry) { return entry.key.is_scalar() && entry.key.text == key; });
    return found == entries.end() ? nullptr : &found->value;
}

std::string excerpt(std::string_view text) {
    constexpr std::size_t longest = 60;
    std::string shown;
    for (char const letter : text) {
        if (shown.size() >= longest && (static_cast<unsigned char>(letter) & 0xC0) != 0x80) return shown + "…";
        if (letter == '\n') {
            shown += "\\n";
        } else if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F) {
            shown += '?';
        } else {
            shown += letter;
        }
    }
    return shown;
}

std::string what_is(Node const& node) {
    switch (node.kind) {
        case Node::Kind::Null: return "nothing";
        case Node::Kind::Sequence: return "a list";
        case Node::Kind::Map: return "a map of fields";
        case Node::Kind::Scalar: break;
    }
    return fmt::format("{}'{}'", node.quoted ? "the text " : "", excerpt(node.text));
}

}  // namespace dayfly::specs
