// The merge of two trees, before anything is read from them.
#include "specs/layering.h"

#include <algorithm>

namespace dayfly::specs {
namespace {

/// A choice: once the object has chosen one of its fields, the other ones of the defaults have nothing to add.
constexpr std::string_view choice_field = "source";

void merge(Node& own, Node const& under, bool is_choice) {
    bool const chosen = is_choice && !own.entries.empty();
    for (auto const& entry : under.entries) {
        auto const written = std::ranges::find_if(own.entries, [&](Entry const& candidate) {
            return candidate.key.is_scalar() && candidate.key.text == entry.key.text;
        });
        if (written == own.entries.end()) {
            if (!chosen) own.entries.push_back(entry);
        } else if (written->value.is_map() && entry.value.is_map()) {
            merge(written->value, entry.value, entry.key.text == choice_field);
        }
    }
}

}  // namespace

void lay_under(Node& object, Node const& defaults) {
    for (auto& [key, value] : object.entries) {
        if (key.text == "spec" && value.is_map()) {
            merge(value, defaults, false);
            return;
        }
    }
}

void mark_as_defaults(Node& node, std::string const& file) {
    node.mark.defaults = &file;
    for (auto& item : node.items) mark_as_defaults(item, file);
    for (auto& [key, value] : node.entries) {
        mark_as_defaults(key, file);
        mark_as_defaults(value, file);
    }
}

}  // namespace dayfly::specs
