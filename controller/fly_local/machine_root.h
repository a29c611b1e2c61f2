// The folders that a machine takes for its disk: a root that is made anew at each start, as at Fly, and its volume's folder,
// which stays with the volume.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "controller/base/result.h"
#include "controller/fly_sim/runtime.h"

namespace dayfly::fly_local {

/// Where a machine's guest paths are on this computer.
struct MachineRoot {
    std::filesystem::path root;       ///< of its file system
    std::filesystem::path volume;     ///< the mounted volume's folder; empty: none
    std::string mount_path;           ///< where the volume is seen; empty: none
    std::vector<std::string> guests;  ///< the guest paths that plain processes have mapped, longest first

    /// The place of an absolute guest path. It is below `volume` or `root`, also for a path with "..".
    [[nodiscard]] std::filesystem::path place_of(std::string const& guest) const;
    /// `text` with a guest path at its beginning replaced by its place; any other text unchanged.
    [[nodiscard]] std::string mapped(std::string const& text) const;
};

/// The folders of a system beside /usr; on a merged one they are links into it.
inline constexpr std::array system_folders{"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt"};

/// `directory` holds `machines/` and `volumes/`. Nothing is touched yet.
[[nodiscard]] MachineRoot root_for(std::filesystem::path const& directory, fly_sim::Launch const& launch);
/// Empties the root, makes its usual folders and links and writes the config's files. Unavailable with the path when that
/// fails; InvalidInput for a file whose content is not base 64 or whose secret is not there.
[[nodiscard]] Result<void> prepare(MachineRoot const& root, fly_sim::Launch const& launch);

/// The init.exec of a config; empty: the image decides.
[[nodiscard]] std::vector<std::string> program_of(fly_sim::Json const& config);
/// The config's program is a file that comes with it, so that it needs no image.
[[nodiscard]] bool runs_delivered_program(fly_sim::Json const& config);

}  // namespace dayfly::fly_local
