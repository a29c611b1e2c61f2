// Expansion of $(NAME).
#include "specs/references.h"

#include <algorithm>

namespace dayfly::specs {

std::string expand(std::string_view value, std::function<std::string(std::string_view name)> const& lookup) {
    std::string expanded;
    bool any_end_ahead = true;
    while (!value.empty()) {
        if (value.starts_with("$$(")) {
            expanded += "$(";
            value.remove_prefix(3);
            continue;
        }
        auto const end = any_end_ahead && value.starts_with("$(") ? value.find(')') : std::string_view::npos;
        if (end == std::string_view::npos) {
            if (value.starts_with("$(")) any_end_ahead = false;
            auto const plain = std::min(value.find('$', 1), value.size());
            expanded += value.substr(0, plain);
            value.remove_prefix(plain);
            continue;
        }
        expanded += lookup(value.substr(2, end - 2));
        value.remove_prefix(end + 1);
    }
    return expanded;
}

std::set<std::string, std::less<>> referenced_names(std::string_view value) {
    std::set<std::string, std::less<>> names;
    (void)expand(value, [&](std::string_view name) {
        if (!names.contains(name)) names.emplace(name);
        return std::string();
    });
    return names;
}

}  // namespace dayfly::specs
