// Compiled patterns, each made on first use.
#include "specs/formats.h"

#include <regex>
#include <unordered_map>

namespace dayfly::specs {

bool matches(Format const& format, std::string_view text) {
    static std::unordered_map<std::string_view, std::regex> compiled;
    auto const [found, inserted] = compiled.try_emplace(format.pattern);
    if (inserted) {
        found->second.assign(format.pattern.data(), format.pattern.size(), std::regex::ECMAScript | std::regex::optimize);
    }
    return std::regex_match(text.begin(), text.end(), found->second);
}

}  // namespace dayfly::specs
