// From the configured path to the one real directory behind it. Publishers switch by flipping a link (git-sync's worktree link,
// ConfigMap's ..data), so the links on the way are part of what is read, and their places are what has to be watched.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "controller/source/file_system.h"

namespace dayfly::source {

struct FollowedLink {
    std::string path;
    std::string target;
    friend bool operator==(FollowedLink const&, FollowedLink const&) = default;
};

/// A real directory, the links that led to it, and its identity. Equal roots: nothing was flipped, remounted or recreated.
struct Root {
    std::string path;
    std::vector<FollowedLink> links;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    friend bool operator==(Root const&, Root const&) = default;

    /// The git hash or the ConfigMap generation in the links; empty when they hold none.
    [[nodiscard]] std::string revision() const;
};

/// A name in a directory whose change can make the path lead elsewhere.
struct WatchedName {
    std::string directory;
    std::string name;
    friend auto operator<=>(WatchedName const&, WatchedName const&) = default;
};

struct RootFailure {
    int error = 0;     ///< an errno; EXDEV when ..data points out of its directory
    std::string path;  ///< the component that failed
    [[nodiscard]] std::string text() const;
};

struct Resolution {
    std::expected<Root, RootFailure> root;
    std::vector<WatchedName> watched;  ///< also filled on failure: where the missing piece would appear
};

/// Follows every link once, at most 16 of them.
[[nodiscard]] Resolution resolve_root(FileSystem& files, std::string const& path);

/// Checks the target of a ..data link: one name that starts with "..", in the same directory.
[[nodiscard]] bool is_published_target(std::string const& target);

}  // namespace dayfly::source
