// What should exist at Fly for one environment: the spec translated into apps, machines and volumes, free of time and of
// secrets.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/fly/types.h"
#include "controller/plan/names.h"
#include "controller/plan/revision.h"
#include "specs/environment.h"

namespace dayfly::plan {

struct DesiredVolume {
    std::string name;
    int size_gb = 1;
    bool snapshots = false;
    std::string from_volume;
    std::string from_snapshot;
    fly::Guest compute;  ///< the guest that will mount it
    friend bool operator==(DesiredVolume const&, DesiredVolume const&) = default;
};

struct DesiredMachine {
    std::string name;
    std::string process;
    fly::MachineConfig config;  ///< marks included; mounts carry the path only, the volume's id is known at execution
    std::optional<DesiredVolume> volume;
    bool may_rest = false;  ///< stopped or suspended is as good as started (it sleeps and wakes on request)
    friend bool operator==(DesiredMachine const&, DesiredMachine const&) = default;
};

struct Desired {
    specs::Key key;
    Ownership ownership;
    std::string app;
    std::string network;
    std::string url;                   ///< empty when nothing is served
    std::vector<std::string> regions;  ///< the preferred one first, then the fallbacks
    std::vector<DesiredMachine> machines;
    std::set<fly::IpType> ips;
    std::set<std::string> domains;
    std::set<std::string> secret_names;
    std::string secrets_digest;  ///< empty without secrets
    std::string revision;        ///< the wanted commit or image
    specs::DriftPolicy drift_policy = specs::DriftPolicy::Correct;
    bool suspend = false;
    bool sleeps_suspended = false;  ///< asleep means suspended instead of stopped, where Fly can do that
    bool allow_replace = false;
    friend bool operator==(Desired const&, Desired const&) = default;
};

/// Whether the machine runs the boot program, which clones, installs, builds and starts a git source.
[[nodiscard]] bool boots_program(DesiredMachine const& machine);

/// Equal for equal wishes: all that a machine's marks say of configs, secrets, revision and addresses, and what they hang on.
[[nodiscard]] std::string fingerprint(Desired const& desired);

/// The object says in so many words that data may be lost when something has to be replaced.
[[nodiscard]] bool allows_replace(specs::PreviewEnvironment const& environment);

/// `secrets_digest`: of the values behind the spec's secret references, in the order of their names; "" without secrets.
/// `revision`: what a git source means now; without a commit the machine resolves the reference when it boots.
[[nodiscard]] Desired desired_state(specs::PreviewEnvironment const& environment, Ownership const& ownership,
                                    std::string const& secrets_digest, Revision const& revision = {});

/// The names of the secrets that code of this revision may have: all, or for a fork those that the spec lists for forks.
[[nodiscard]] std::set<std::string> allowed_secrets(specs::Spec const& spec, Revision const& revision);

/// The value of an `env` entry with `$(NAME)` replaced and `$$(` made literal. Unknown names stay as they are: they were
/// refused at load time.
[[nodiscard]] std::string expand(std::string_view text, fly::StringMap const& names);

}  // namespace dayfly::plan
