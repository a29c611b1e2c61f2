#include "controller/reconcile/path_pattern.h"

#include <algorithm>

namespace dayfly::reconcile {
namespace {

std::string_view first_part(std::string_view path) { return path.substr(0, path.find('/')); }

std::string_view after_first_part(std::string_view path) {
    auto const slash = path.find('/');
    return slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
}

/// Wildcards within one part, without backtracking further than to the last `*`.
bool matches_part(std::string_view pattern, std::string_view part) {
    std::size_t p = 0;
    std::size_t at = 0;
    std::size_t star = std::string_view::npos;
    std::size_t star_at = 0;
    while (at < part.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            star_at = at;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == part[at])) {
            ++p;
            ++at;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            at = ++star_at;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

/// The same over the parts, where `**` is what `*` is within one.
bool matches_parts(std::string_view pattern, std::string_view path) {
    std::string_view star;
    std::string_view star_path;
    bool starred = false;
    while (!path.empty()) {
        if (first_part(pattern) == "**") {
            pattern = after_first_part(pattern);
            if (pattern.empty()) return true;
            star = pattern;
            star_path = path;
            starred = true;
        } else if (!pattern.empty() && matches_part(first_part(pattern), first_part(path))) {
            pattern = after_first_part(pattern);
            path = after_first_part(path);
        } else if (starred) {
            star_path = after_first_part(star_path);
            pattern = star;
            path = star_path;
        } else {
            return false;
        }
    }
    return pattern.empty() || pattern == "**";
}

}  // namespace

bool matches_path(std::string_view pattern, std::string_view path) {
    while (pattern.starts_with("./")) pattern.remove_prefix(2);
    while (pattern.starts_with('/')) pattern.remove_prefix(1);
    while (pattern.ends_with('/')) pattern.remove_suffix(1);
    if (pattern.empty()) return true;
    if (matches_parts(pattern, path)) return true;
    bool const is_plain = pattern.find_first_of("*?") == std::string_view::npos;
    return is_plain && path.starts_with(pattern) && path.substr(pattern.size()).starts_with('/');
}

bool any_watched(std::vector<std::string> const& patterns, std::vector<std::string> const& paths) {
    return std::ranges::any_of(patterns, [&](std::string const& pattern) {
        return std::ranges::any_of(paths, [&](std::string const& path) { return matches_path(pattern, path); });
    });
}

}  // namespace dayfly::reconcile
