// How the tree is searched, and how messages speak of it.
#include "specs/node.h"

#include <fmt/format.h>

#include <algorithm>

#include "controller/base/printable.h"

namespace dayfly::specs {

Node const* Node::find(std::string_view key) const {
    auto const found =
        std::ranges::find_if(entries, [&](Entry const& entry) { return entry.key.is_scalar() && entry.key.text == key; });
    return found == entries.end() ? nullptr : &found->value;
}

std::string excerpt(std::string_view text) {
    constexpr std::size_t longest = 60;
    std::string shown;
    for (std::size_t at = 0; at < text.size();) {
        if (shown.size() >= longest) return shown + "…";
        auto const rest = text.substr(at);
        if (auto const length = unprintable_at(rest); length > 0) {
            shown += rest.front() == '\n' ? "\\n" : "?";
            at += length;
        } else if (auto const user = rest.starts_with("://") ? rest.substr(0, rest.find_first_of("/ \n", 3)).rfind('@')
                                                             : std::string_view::npos;
                   user != std::string_view::npos) {
            shown += "://***";
            at += user;
        } else {
            do shown += text[at++];
            while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80);
        }
    }
    return shown;
}

std::string shape_of(Node const& node) { return node.is_scalar() ? "text" : what_is(node); }

std::string quote(Node const& scalar) { return scalar.secret ? "this value" : fmt::format("'{}'", excerpt(scalar.text)); }

std::string quote_key(Node const& key) {
    auto shown = key;
    if (auto const equals = key.text.find('='); equals != std::string::npos) shown.text = key.text.substr(0, equals + 1) + "…";
    return quote(shown);
}

std::string what_is(Node const& node) {
    switch (node.kind) {
        case Node::Kind::Null: return "nothing";
        case Node::Kind::Sequence: return "a list";
        case Node::Kind::Map: return "a map of fields";
        case Node::Kind::Scalar: break;
    }
    return node.quoted && !node.secret ? "the text " + quote(node) : quote(node);
}

void mark_as_secret(Node& node) {
    node.secret = true;
    for (auto& item : node.items) mark_as_secret(item);
    for (auto& [key, value] : node.entries) {
        mark_as_secret(key);
        mark_as_secret(value);
    }
}

}  // namespace dayfly::specs
