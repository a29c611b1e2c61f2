// How a machine's commands are kept in their machine: in a bubblewrap container, or as plain processes with their paths mapped.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "controller/fly_local/machine_root.h"
#include "controller/fly_local/process.h"

namespace dayfly::fly_local {

enum class Isolation { Bubblewrap, Plain };

/// Tries bubblewrap once, for real. Unavailable with what it says when it is not there or may not do its work.
[[nodiscard]] Result<void> try_bubblewrap(std::string const& path);

/// What one machine's commands run in.
struct Sandbox {
    Isolation isolation = Isolation::Bubblewrap;
    MachineRoot root;
    std::map<std::string, std::string> environment;  ///< as the guest sees it
    std::string readable;                            ///< a folder of this computer, visible at its own path; empty: none
    std::string host_name;

    /// `words` as a command that runs inside. The network is this computer's: ports are told apart by their numbers.
    [[nodiscard]] Command command(std::vector<std::string> const& words) const;
};

}  // namespace dayfly::fly_local
