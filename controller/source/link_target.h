// Where a link inside the tree leads, as long as it stays inside: a link that leaves the root could show any file of the
// machine.
#pragma once

#include <expected>
#include <string>

#include "controller/source/file_system.h"

namespace dayfly::source {

struct LinkTarget {
    std::string path;  ///< from the root, free of links
    FileInfo info;
};

/// Follows `path` (from the root) to its end, or says why it must not be followed: it leaves the root, points to nothing, or
/// runs in a circle.
[[nodiscard]] std::expected<LinkTarget, std::string> link_target(FileSystem& files, int root, std::string const& path);

}  // namespace dayfly::source
