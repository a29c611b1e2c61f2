// `watch` patterns: which paths of a repository an environment cares about. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dayfly::reconcile {

/// `*` and `?` stand for anything within one part of the path, `**` for any number of parts, none included. A pattern without
/// wildcards also means everything below it.
[[nodiscard]] bool matches_path(std::string_view pattern, std::string_view path);

/// Whether one of `patterns` matches one of `paths`.
[[nodiscard]] bool any_watched(std::vector<std::string> const& patterns, std::vector<std::string> const& paths);

}  // namespace dayfly::reconcile
