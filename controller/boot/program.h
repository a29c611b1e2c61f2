// What a git-sourced machine runs: one POSIX shell program delivered as a machine file. Every value reaches it through the
// environment, none by text substitution, so a branch named `$(reboot)` is just a branch.
#pragma once

#include <string>

#include "controller/fly/types.h"
#include "specs/environment.h"

namespace dayfly::boot {

inline constexpr char program_path[] = "/dayfly/boot.sh";

/// The program's text; the same for every environment.
[[nodiscard]] std::string const& program_text();

/// The image that a git source runs in.
[[nodiscard]] std::string image_for(specs::Runtime const& runtime);

/// The variables that tell the program what to clone, install, build and start. `start` overrides the runtime's start command
/// (other processes of the same source).
[[nodiscard]] fly::StringMap environment_for(specs::Git const& git, specs::Runtime const& runtime, std::string const& workspace,
                                             std::string const* start);

/// The machine file that carries the program.
[[nodiscard]] fly::File program_file();

}  // namespace dayfly::boot
