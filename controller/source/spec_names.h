// Which names in a directory are specs, which are directories worth entering, and which are the litter of editors and
// publishers.
#pragma once

#include <string_view>

namespace dayfly::source {

/// The link through which kubelet publishes all files of a ConfigMap at once.
inline constexpr std::string_view published_data = "..data";

/// Dotfiles (so .git and .worktrees too), "*~", "*.swp", vim's "4913", git-sync's half-made "tmp-link", and the
/// "lost+found" of a volume, which only root may read.
[[nodiscard]] bool is_litter(std::string_view name);

/// "*.yaml", "*.yml" or "*.json", and no litter.
[[nodiscard]] bool is_spec_name(std::string_view name);

}  // namespace dayfly::source
