// What needs no template: finding fields, and telling what is missing, unknown or written twice.
#include "specs/object_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "specs/nearest.h"

namespace dayfly::specs {

ObjectReader::ObjectReader(Findings& findings, Node const& map, std::string path)
    : findings_(findings), map_(map), path_(std::move(path)) {
    std::map<std::string_view, Mark> seen;
    for (auto const& [key, value] : map.entries) {
        if (!key.is_scalar()) {
            findings_.report(key.mark, path_, fmt::format("{} is no name for a field; write text", what_is(key)));
            continue;
        }
        auto const [first, inserted] = seen.try_emplace(key.text, key.mark);
        if (!inserted) {
            findings_.report(key.mark, path_of_key(key),
                             fmt::format("duplicate key {}, first written in line {}; keep one of them", quote_key(key),
                                         first->second.line));
        }
    }
}

std::string ObjectReader::path_of(std::string_view name) const {
    return path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name);
}

std::string ObjectReader::path_of_key(Node const& key) const {
    bool const may_hold_a_value = key.secret || key.text.contains('=');
    return may_hold_a_value ? path_ : path_of(excerpt(key.text));
}

std::string ObjectReader::path_of(std::string_view name, std::size_t index) const {
    return fmt::format("{}[{}]", path_of(name), index);
}

Node const* ObjectReader::take(Field const& field) {
    known_.push_back(field.name);
    if (field.presence == Presence::Alternative) alternatives_.push_back(field.name);
    auto const entry = std::ranges::find_if(
        map_.entries, [&](Entry const& candidate) { return candidate.key.is_scalar() && candidate.key.text == field.name; });
    if (entry == map_.entries.end()) {
        if (field.presence == Presence::Required) {
            findings_.report(map_.mark, path_of(field.name), fmt::format("is missing; {}", field.doc));
        }
        return nullptr;
    }
    if (!field.unfit.empty()) {
        // In the defaults a field may well be meant for other objects only.
        if (entry->key.mark.defaults == nullptr)
            findings_.report(entry->key.mark, path_of(field.name), std::string(field.unfit));
        return nullptr;
    }
    if (field.presence == Presence::Alternative) chosen_.push_back(&*entry);
    findings_.record(path_of(field.name), entry->value.mark);
    if (!field.secret || entry->value.secret) return &entry->value;
    mark_as_secret(secrets_.emplace_back(entry->value));
    return &secrets_.back();
}

void ObjectReader::constant(Field const& field, std::string_view text) {
    auto const* node = take(field);
    if (node == nullptr || (node->is_scalar() && node->text == text)) return;
    findings_.report(node->mark, path_of(field.name), fmt::format("{} is not known here; write {}", what_is(*node), text));
}

bool ObjectReader::check_list(Node const& node, std::string_view name, std::size_t most) {
    if (node.kind != Node::Kind::Sequence) {
        findings_.report(node.mark, path_of(name),
                         fmt::format("{} is not a list; write [a, b] or lines that begin with '- '", shape_of(node)));
        return false;
    }
    if (node.items.size() > most) {
        findings_.report(node.mark, path_of(name), fmt::format("has {} items; write at most {}", node.items.size(), most));
        return false;
    }
    return true;
}

bool ObjectReader::check_map(Node const& node, std::string_view name, std::size_t most) {
    if (!is_object(findings_, node, path_of(name))) return false;
    if (node.entries.size() > most) {
        findings_.report(node.mark, path_of(name), fmt::format("has {} entries; write at most {}", node.entries.size(), most));
        return false;
    }
    return true;
}

bool ObjectReader::check_distinct(std::vector<std::string> const& strings, std::string const& text, Node const& node,
                                  std::string const& path) {
    if (std::ranges::find(strings, text) == strings.end()) return true;
    findings_.report(node.mark, path, fmt::format("'{}' stands in the list twice; keep one of them", excerpt(text)));
    return false;
}

void ObjectReader::finish() {
    for (auto const& [key, value] : map_.entries) {
        if (!key.is_scalar() || std::ranges::find(known_, key.text) != known_.end()) continue;
        if (key.text == merge_key) {
            findings_.report(key.mark, path_of(merge_key), std::string(merge_key_message));
            continue;
        }
        auto const near = findings_.may_suggest() ? nearest(key.text, known_) : std::string_view();
        auto const remedy = near.empty() ? suggestion("", known_) : fmt::format(", did you mean '{}'?", near);
        // In the place of a secret, what is near to a known name is a misspelt field; anything else may be the secret.
        if (key.secret && near.empty()) {
            findings_.report(key.mark, path_, "unknown field" + remedy);
        } else if (key.secret) {
            findings_.report(key.mark, path_of(key.text), fmt::format("unknown field '{}'{}", key.text, remedy));
        } else {
            findings_.report(key.mark, path_of_key(key), fmt::format("unknown field {}{}", quote_key(key), remedy));
        }
    }
    // The first one written is taken for the one that is meant.
    std::ranges::sort(chosen_);
    if (chosen_.size() > 1) {
        findings_.report(
            chosen_[1]->key.mark, path_of(chosen_[1]->key.text),
            fmt::format("stands beside {}; write only one of: {}", chosen_[0]->key.text, fmt::join(alternatives_, ", ")));
    }
    if (chosen_.empty() && needs_alternative_) {
        findings_.report(map_.mark, path_, fmt::format("says nothing; write one of: {}", fmt::join(alternatives_, ", ")));
    }
}

bool is_object(Findings& findings, Node const& node, std::string const& path) {
    if (node.is_map()) return true;
    findings.report(node.mark, path, fmt::format("{} is not a map of fields; write name: value, one a line", shape_of(node)));
    return false;
}

}  // namespace dayfly::specs
