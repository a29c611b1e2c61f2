// The visitor that fills a struct from a map of the file and reports what does not fit. Rules between fields come later
// (rules.h).
#pragma once

#include <fmt/format.h>

#include <concepts>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "specs/field.h"
#include "specs/findings.h"
#include "specs/kinds.h"
#include "specs/node.h"

namespace dayfly::specs {

/// Reads `node` as a map whose fields `show_fields(reader)` shows, and reports fields that it did not show.
template <class ShowFields>
void read_object(Findings& findings, Node const& node, std::string const& path, ShowFields const& show_fields);

class ObjectReader {
public:
    /// Reports keys that are no text or written twice.
    ObjectReader(Findings& findings, Node const& map, std::string path);

    void constant(Field const& field, std::string_view text);
    void ignored(Field const& field) { take(field); }

    template <class Member, class Kind>
    void value(Field const& field, Member& member, Kind const& kind) {
        if (auto const* node = take(field)) read_value(*node, path_of(field.name), member, kind);
    }

    template <class Kind>
    void list(Field const& field, std::vector<std::string>& strings, Kind const& kind, std::size_t most) {
        auto const* node = take(field);
        if (node == nullptr || !check_list(*node, field.name, most)) return;
        strings.clear();
        for (std::size_t index = 0; index < node->items.size(); ++index) {
            auto const path = path_of(field.name, index);
            std::string text;
            findings_.record(path, node->items[index].mark);
            if (!read_value(node->items[index], path, text, kind)) continue;
            if (check_distinct(strings, text, node->items[index], path)) strings.push_back(std::move(text));
        }
    }

    template <class KeyKind, class Kind>
    void map(Field const& field, StringMap& strings, KeyKind const& key_kind, Kind const& kind, std::size_t most) {
        read_entries(field, key_kind, most, [&](std::string const& name, Node const& node, std::string const& path) {
            std::string text;
            if (read_value(node, path, text, kind)) strings.insert_or_assign(name, std::move(text));
        });
    }

    template <class T>
    void object(Field const& field, T& member) {
        if (auto const* node = take(field)) read_struct(*node, path_of(field.name), member);
    }

    template <class T>
    void optional(Field const& field, std::optional<T>& member, Null) {
        auto const* node = take(field);
        if (node == nullptr) return;
        member.reset();
        // Choosing an alternative and giving it nothing is no choice.
        bool const absent = node->kind == Node::Kind::Null && field.presence != Presence::Alternative;
        if (!absent) read_struct(*node, path_of(field.name), member.emplace());
    }

    template <class T>
    void objects(Field const& field, std::vector<T>& members, std::size_t most) {
        auto const* node = take(field);
        if (node == nullptr || !check_list(*node, field.name, most)) return;
        members.clear();
        for (std::size_t index = 0; index < node->items.size(); ++index) {
            auto const path = path_of(field.name, index);
            findings_.record(path, node->items[index].mark);
            read_struct(node->items[index], path, members.emplace_back());
        }
    }

    template <class T, class KeyKind>
    void object_map(Field const& field, std::map<std::string, T>& members, KeyKind const& key_kind, std::size_t most) {
        read_entries(field, key_kind, most, [&](std::string const& name, Node const& node, std::string const& path) {
            read_struct(node, path, members[name]);
        });
    }

    template <class ShowFields>
    void group(Field const& field, ShowFields const& show_fields) {
        if (auto const* node = take(field)) read_object(findings_, *node, path_of(field.name), show_fields);
    }

    void exactly_one_alternative() { needs_alternative_ = true; }

    /// To be called once all fields were shown: reports unknown fields and alternatives that exclude each other.
    void finish();

private:
    static constexpr std::string_view merge_key = "<<";
    static constexpr std::string_view merge_key_message = "merge keys are not read; write the fields out";

    template <class Member, class Kind>
    bool read_value(Node const& node, std::string const& path, Member& member, Kind const& kind) {
        typename Kind::Value value{};
        if constexpr (std::same_as<Member, typename Kind::Value>) value = member;
        if (auto problem = kind.read(node, value)) {
            findings_.report(node.mark, path, std::move(*problem));
            return false;
        }
        if constexpr (std::integral<Member> && !std::same_as<Member, bool>) {
            member = static_cast<Member>(value);
        } else {
            member = std::move(value);
        }
        return true;
    }

    template <class T>
    void read_struct(Node const& node, std::string const& path, T& member) {
        read_object(findings_, node, path, [&](ObjectReader& reader) { describe(reader, member); });
    }

    /// The entries of a map with free names; `read_entry(name, node, path)` gets those whose name is good.
    template <class KeyKind, class ReadEntry>
    void read_entries(Field const& field, KeyKind const& key_kind, std::size_t most, ReadEntry const& read_entry) {
        auto const* node = take(field);
        if (node == nullptr || !check_map(*node, field.name, most)) return;
        ObjectReader names(findings_, *node, path_of(field.name));
        for (auto const& entry : node->entries) {
            if (!entry.key.is_scalar()) continue;
            std::string name;
            if (entry.key.text == merge_key) {
                findings_.report(entry.key.mark, names.path_of(merge_key), std::string(merge_key_message));
            } else if (entry.key.text.contains('=')) {
                findings_.report(entry.key.mark, names.path_of_key(entry.key),
                                 fmt::format("{} is no name; write NAME: value", quote_key(entry.key)));
            } else if (auto problem = key_kind.read(entry.key, name)) {
                findings_.report(entry.key.mark, names.path_of_key(entry.key), "the name " + std::move(*problem));
            } else {
                auto const path = names.path_of(name);
                findings_.record(path, entry.value.mark);
                read_entry(name, entry.value, path);
            }
        }
    }

    /// The field's node, null when it is not there; reports that if the field is required. A secret field's is a marked copy.
    Node const* take(Field const& field);
    [[nodiscard]] std::string path_of(std::string_view name) const;
    /// Where an unexpected key stands; around it, when the key may be a secret.
    [[nodiscard]] std::string path_of_key(Node const& key) const;
    [[nodiscard]] std::string path_of(std::string_view name, std::size_t index) const;
    bool check_list(Node const& node, std::string_view name, std::size_t most);
    bool check_map(Node const& node, std::string_view name, std::size_t most);
    bool check_distinct(std::vector<std::string> const& strings, std::string const& text, Node const& node,
                        std::string const& path);

    Findings& findings_;
    Node const& map_;
    std::string path_;
    std::vector<std::string_view> known_;
    std::vector<std::string_view> alternatives_;
    std::vector<Entry const*> chosen_;
    std::list<Node> secrets_;  ///< stable addresses
    bool needs_alternative_ = false;
};

/// Reports when `node` is no map.
[[nodiscard]] bool is_object(Findings& findings, Node const& node, std::string const& path);

template <class ShowFields>
void read_object(Findings& findings, Node const& node, std::string const& path, ShowFields const& show_fields) {
    if (!is_object(findings, node, path)) return;
    ObjectReader reader(findings, node, path);
    show_fields(reader);
    reader.finish();
}

}  // namespace dayfly::specs
