// What the fleet remembers of one app, and how an index that may trail behind is folded into it. Pure.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/fly/observed.h"

namespace dayfly::fleet {

struct MachineRecord {
    fly::ObservedMachine seen;
    std::optional<Instant> written_at;  ///< our last write or wait; within the list lag it beats an index that says otherwise
    std::string updated_at = {};        ///< as the index says, RFC 3339: when it last started, stopped or was changed
};

struct VolumeRecord {
    fly::Volume seen;
    std::optional<Instant> written_at;
};

/// One look's outcome, kept to prove an absence with a second one.
struct LookMemory {
    Instant at;
    std::set<std::string> ids;  ///< of machines and volumes that were there
};

struct AppRecord {
    fly::App app;
    bool listed = false;
    std::string created_for;                ///< the environment that this process created it for
    std::optional<Instant> deleting_since;  ///< when Fly took our request to delete it
    bool indexed = false;                   ///< a list of apps has shown it, so that its absence there says something
    int looks_without = 0;                  ///< whole looks in a row, begun after `deleting_since`, that showed nothing of it
    bool growing = false;  ///< created here, not yet converged, every answer received: what is missing was never made
    std::optional<Instant> created_at;
    std::map<std::string, MachineRecord> machines;  ///< by id
    std::map<std::string, VolumeRecord> volumes;    ///< by id
    /// Ids that the index stopped showing. A list can lie by omission, so each is asked for by name before anything replaces
    /// it.
    std::set<std::string> missing_machines;
    std::set<std::string> missing_volumes;
    std::set<std::string> made_volumes;      ///< ids that answers to this process's own creates named
    std::map<std::string, Instant> removed;  ///< ids that we removed: an index that still shows them trails behind
    std::optional<std::vector<fly::Ip>> ips;
    std::optional<std::vector<fly::AppSecret>> secrets;
    std::optional<std::vector<fly::Certificate>> certificates;
    std::optional<LookMemory> last_look;
    std::optional<Instant> machines_asked_at;  ///< when the app itself last said which machines it has
    bool absence_proven = false;

    /// Fold in what the index says of this app; true when anything that planning depends on changed.
    bool fold_machines(std::vector<fly::OrgMachine const*> const& listed_machines, std::set<std::string> const& error_regions,
                       Instant now, std::chrono::seconds lag);
    bool fold_volumes(std::vector<fly::Volume const*> const& listed_volumes, Instant now, std::chrono::seconds lag);

    /// The picture at Depth::Index.
    [[nodiscard]] fly::Observed observed() const;
};

/// The parts of a machine that the planner reads.
[[nodiscard]] fly::ObservedMachine observed_machine(fly::Machine const& machine);
/// destroyed, or an old version's end state.
[[nodiscard]] bool is_gone(std::string_view machine_state);
/// Volumes on their way out: invisible to Fly's own client too.
[[nodiscard]] bool is_leaving(std::string_view volume_state);

}  // namespace dayfly::fleet
