// What a git-sourced machine runs: one POSIX shell program (boot.sh), delivered as a machine file. Every value reaches it
// through the environment, none by text substitution, so a branch named `$(reboot)` is just a branch.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/fly/types.h"
#include "specs/environment.h"

namespace dayfly::boot {

inline constexpr char program_path[] = "/dayfly/boot.sh";
/// The app secret that carries the token for a private repository. The program takes it out of the environment before anything
/// of the repository runs.
inline constexpr char git_token[] = "DAYFLY_GIT_TOKEN";

/// The program's text; the same for every environment.
[[nodiscard]] std::string const& program_text();

/// The image that a git source runs in.
[[nodiscard]] std::string image_for(specs::Runtime const& runtime);

/// Where the checkout, the caches and the memory of finished stages go.
struct Workspace {
    std::string path = "/workspace";
    bool kept = false;  ///< it is a volume: what was done there need not be done again after a restart
};

/// The variables that tell the program what to clone, install, build and start. Commands that the spec leaves out are left out:
/// the program finds them in the repository. `start` overrides the runtime's start command (other processes of the same
/// source). `github`: where a repository named owner/name is cloned from, "https://github.com".
[[nodiscard]] fly::StringMap environment_for(specs::Git const& git, specs::Runtime const& runtime, Workspace const& workspace,
                                             std::string const* start, std::string const& github);

/// Adds the digests by which the program knows that a finished stage, or a failure, still stands. `secrets_digest`: of the
/// values of all secrets, "" without. To be called when the config has everything else.
void add_digests(fly::MachineConfig& config, std::string const& secrets_digest);

/// The command that asks the program in a machine of that environment how far it is: the last `lines` lines of each log from
/// stage `from` on; "": of the stage that runs. read_report() reads what it prints.
[[nodiscard]] std::vector<std::string> report_command(fly::StringMap const& environment, unsigned lines, std::string_view from);

/// The machine file that carries the program.
[[nodiscard]] fly::File program_file();

}  // namespace dayfly::boot
