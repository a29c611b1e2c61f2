#include "controller/source/spec_names.h"

namespace dayfly::source {

bool is_litter(std::string_view name) {
    return name.empty() || name.starts_with('.') || name.ends_with('~') || name.ends_with(".swp") || name == "4913" ||
           name == "tmp-link" || name == "lost+found";
}

bool is_spec_name(std::string_view name) {
    // The generated JSON Schema lies beside the specs that refer to it.
    if (is_litter(name) || name.ends_with(".schema.json")) return false;
    return name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json");
}

}  // namespace dayfly::source
