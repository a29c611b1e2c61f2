// A YAML document as a tree that remembers where everything stood: what lies between the parser and the typed reader.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dayfly::specs {

/// A place in the text, from 1; columns count characters.
struct Mark {
    int line = 1;
    int column = 1;
    std::string const* defaults = nullptr;  ///< the file name of the defaults that it stands in; null: it stands in the file
};

struct Entry;

struct Node {
    enum class Kind { Null, Scalar, Sequence, Map };

    Kind kind = Kind::Null;
    Mark mark = {};
    std::string text = {};        ///< of a scalar, as written, escapes resolved
    bool quoted = false;          ///< a scalar in quotes or a block: text whatever it looks like
    bool secret = false;          ///< it may hold a secret: messages do not quote it (Field::secret)
    std::string unreadable = {};  ///< why it cannot be taken for what it stands for, such as a tag; empty: it can
    std::vector<Node> items;
    std::vector<Entry> entries;  ///< of a map, in the order of the file; keys may repeat

    /// The first value under `key`; null when there is none or this is no map.
    [[nodiscard]] Node const* find(std::string_view key) const;
    [[nodiscard]] bool is_map() const { return kind == Kind::Map; }
    [[nodiscard]] bool is_scalar() const { return kind == Kind::Scalar; }
};

struct Entry {
    Node key;
    Node value;
};

/// "a list", "the text 'abc'", "nothing": how a message calls what it found.
[[nodiscard]] std::string what_is(Node const& node);

/// The same for what should have fields or items: "text" stays unquoted, since a secret is often written in its place.
[[nodiscard]] std::string shape_of(Node const& node);

/// A scalar's text in a message: "'abc'", or "this value" when it may be a secret.
[[nodiscard]] std::string quote(Node const& scalar);

/// The same for an unexpected key, of which nothing behind a '=' is shown: NAME=value is no field, and the value may be a
/// secret.
[[nodiscard]] std::string quote_key(Node const& key);

/// The node and all below it may hold secrets.
void mark_as_secret(Node& node);

/// `text` short enough and clean enough to stand in a message: no control or direction characters, no password of a URL.
[[nodiscard]] std::string excerpt(std::string_view text);

}  // namespace dayfly::specs
