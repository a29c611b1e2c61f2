#include "controller/source/mount_memory.h"

#include <algorithm>
#include <utility>

namespace dayfly::source {
namespace {

Obstacle lost_mount(std::string shown, std::string what) {
    return {.path = std::move(shown),
            .reason = std::move(what) +
                      ", and files are missing, as after a lost mount; mount it again, or restart the controller "
                      "if they are meant to be gone",
            .unreadable = true};
}

}  // namespace

std::vector<Obstacle> MountMemory::lost(Tree const& tree, LacksFiles const& lacks_files) {
    std::map<std::string, Place> now;
    for (auto const& directory : tree.directories) {
        now[directory.path] = {.shown = directory.shown, .device = directory.device};
    }
    for (auto& [path, place] : now) {
        auto const parent = now.find(path.substr(0, path.rfind('/')));
        place.mounted = parent != now.end() && parent->second.device != place.device;
    }
    std::vector<Obstacle> lost;
    std::vector<std::string> lost_paths;
    for (auto const& [path, before] : places_) {
        // Below another root the same names mean something else.
        if (!is_at_or_below(path, tree.root.path)) continue;
        auto const found = now.find(path);
        bool const changed = found == now.end() ? before.mounted : found->second.device != before.device;
        if (changed && lacks_files(before.shown)) {
            lost.push_back(lost_mount(
                before.shown, found == now.end() ? "the mount point is gone" : "lies on another file system than before"));
            lost_paths.push_back(path);
        }
        // What lay in a lost volume is compared with when the volume is back.
        if (std::ranges::any_of(lost_paths, [&](auto const& place) { return is_at_or_below(path, place); })) {
            now.insert_or_assign(path, before);
        }
    }
    places_ = std::move(now);
    return lost;
}

}  // namespace dayfly::source
