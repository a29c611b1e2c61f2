// One app as it was seen, and how well: what the fleet knows and the planner compares with the wish.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/fly/types.h"

namespace dayfly::fly {

/// How the picture was taken.
enum class Depth {
    Index,  ///< the organisation's lists and our own writes: cheap, may lag, never proves absence
    Truth,  ///< the app itself was asked, thing by thing
};

enum class Presence {
    Absent,  ///< Index: not listed. Truth: Fly answered 404.
    Present,
    Foreign,  ///< the name exists, in an organisation that this token cannot read
};

struct ObservedMachine {
    std::string id;
    std::string name;
    std::string state;
    std::string region;
    std::string version;
    std::string image;
    Guest guest;
    StringMap metadata;
    std::optional<MachineConfig> config = {};  ///< with Depth::Truth, unless the host is not ok
    bool host_ok = true;
    bool changed_behind_us = false;  ///< its version is not the one that we last saw or wrote
    std::vector<CheckStatus> checks = {};
    friend bool operator==(ObservedMachine const&, ObservedMachine const&) = default;
};

struct Observed {
    Depth depth = Depth::Index;
    Presence presence = Presence::Absent;
    App app = {};
    std::vector<ObservedMachine> machines = {};                 ///< without destroyed ones
    std::vector<Volume> volumes = {};                           ///< without those on their way out
    std::optional<std::vector<Ip>> ips = {};                    ///< unset: not looked at
    std::optional<std::vector<AppSecret>> secrets = {};         ///< unset: not looked at
    std::optional<std::vector<Certificate>> certificates = {};  ///< unset: not looked at
    std::string created_for = {};                               ///< for which environment this very process created the app
    /// With Presence::Absent at Depth::Index: nobody has ever tried to create it, as far as this process and a complete list
    /// know, so that creating it needs no look. Its name being unique at Fly makes the mistake harmless.
    bool never_attempted = false;
    /// What is missing here may be created without doubling it: either this process created the app itself and no write
    /// since has been left unanswered, or two truthful looks some time apart agreed.
    bool absence_proven = false;
    /// The app itself was asked for its machines a moment ago: nobody's machine hides behind a list that trails behind.
    bool machines_proven = false;
    friend bool operator==(Observed const&, Observed const&) = default;
};

}  // namespace dayfly::fly
