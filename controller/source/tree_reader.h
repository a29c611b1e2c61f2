// One consistent look at a tree of spec files: everything is read relative to one root, and then looked at a second time. What
// moved in between makes the look worthless, because a half-removed tree reads exactly like a small one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/base/task.h"
#include "controller/source/file_system.h"
#include "controller/source/root_path.h"

namespace dayfly::source {

struct TreeLimits {
    std::size_t files = 20'000;
    std::size_t depth = 16;                ///< directories below the root
    std::size_t file_bytes = 1u << 20;     ///< of one file; a larger one is an obstacle
    std::size_t total_bytes = 256u << 20;  ///< of all spec files together
};

struct TreeFile {
    std::string real;  ///< path from the root, through ..data where there is one
    FileStamp stamp;
    std::optional<std::string> content;  ///< nothing: the caller already knows this stamp
};

/// Something in the tree that may hide objects.
struct Obstacle {
    std::string path;         ///< as shown to people, empty for the root; a directory's stands for all below it
    std::string reason;       ///< "Permission denied"
    bool unreadable = false;  ///< reading failed, as opposed to: refused by a rule
};

struct TreeDirectory {
    std::string path;   ///< absolute
    std::string shown;  ///< relative to the root and without ..data; empty: the root
    std::uint64_t device = 0;
};

/// True for `place` itself and all below it; the empty place is the root of a tree.
[[nodiscard]] bool is_at_or_below(std::string const& path, std::string const& place);

struct Tree {
    Root root;
    std::map<std::string, TreeFile> files;  ///< by the path shown to people, relative to the root
    std::vector<Obstacle> obstacles;
    std::vector<Obstacle> remarks;           ///< passed over on purpose, hiding nothing
    std::vector<TreeDirectory> directories;  ///< all that were entered
    bool hears_changes = true;               ///< false on network file systems
};

struct LookFailure {
    enum class Kind {
        Moved,    ///< the tree changed while it was read; look again
        NoRoot,   ///< there is no readable directory at the path
        TooLarge  ///< beyond a limit
    };
    Kind kind;
    std::string message;
};

/// True when the content behind this stamp need not be read again.
using KnowsFile = std::function<bool(std::string const& path, FileStamp const& stamp)>;

/// Looks once. Lets the event loop turn every few files.
[[nodiscard]] Task<std::expected<Tree, LookFailure>> read_tree(FileSystem& files, std::string path, TreeLimits limits,
                                                               KnowsFile knows);

}  // namespace dayfly::source
