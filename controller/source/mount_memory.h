// Which file system each directory of a tree lies on. A volume that fell off leaves an empty mount point behind, and the rest
// of the tree reads as well as ever.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "controller/source/tree_reader.h"

namespace dayfly::source {

class MountMemory {
public:
    /// True when files are missing that were known at or below this place, as shown to people.
    using LacksFiles = std::function<bool(std::string const& shown)>;

    /// The mounts that are lost: directories on another file system than before, or mount points that are gone, with files
    /// missing. They stay lost until the files or the file system are back.
    [[nodiscard]] std::vector<Obstacle> lost(Tree const& tree, LacksFiles const& lacks_files);

private:
    struct Place {
        std::string shown;
        std::uint64_t device = 0;
        bool mounted = false;  ///< its parent lies on another file system
    };
    std::map<std::string, Place> places_;  ///< by absolute path
};

}  // namespace dayfly::source
