// The one door through which every write to Fly passes. It asks, in this order: ownership, delete guard, quota, dry run;
// the rate limits stand behind it, at the wire. Nothing else in the program holds a fly::Api.
#pragma once

#include <functional>
#include <string>

#include "controller/base/result.h"
#include "controller/boot/progress.h"
#include "controller/fleet/fleet.h"
#include "controller/fly/api.h"
#include "controller/fly/wire.h"
#include "controller/plan/marks.h"
#include "controller/plan/step.h"
#include "controller/reconcile/deletion_line.h"
#include "controller/reconcile/secret_source.h"

namespace dayfly::reconcile {

/// On whose behalf a step is done.
struct Warrant {
    specs::Key key;
    plan::Ownership ownership;
    std::string app;
    bool removal_released = false;  ///< the delete guard let this environment go
    SecretValues const* secrets = nullptr;
};

struct GateOptions {
    bool dry_run = false;
    std::size_t max_environments = 10'000;  ///< apps of ours; the next create is refused
    /// When one more call of this kind could be sent after `ahead` others; empty: always now.
    std::function<Instant(fly::Action action, std::size_t ahead)> earliest = {};
};

/// What a wanted volume is asked for with.
[[nodiscard]] fly::CreateVolume volume_request(std::string app, std::string region, plan::DesiredVolume const& wanted);

class Gate {
public:
    Gate(fly::Api& api, fleet::Fleet& fleet, Clock& clock, GateOptions options);

    /// How far the program of a git source's machine is. A command run in a machine counts as a write, and this is the one that
    /// we ever run. Refused for a machine that is not ours; NotReadyYet while the machine does not run.
    Task<Result<boot::Progress>> ask_progress(fly::MachineRef machine, std::vector<std::string> report, Warrant warrant);

    /// Does one step and tells the fleet what came of it. Refused by one of our own rules, else Fly's error.
    Task<Result<void>> perform(plan::Step step, Warrant warrant);

    /// When DeleteApp could be sent for `app` without waiting behind the gate; it has a place in the line from now on, until it
    /// is performed or given up.
    [[nodiscard]] Instant deletion_turn(std::string const& app);
    void give_up_deletion(std::string const& app) { deletions_.leave(app); }

private:
    [[nodiscard]] Result<void> admit(plan::Step const& step, Warrant const& warrant) const;
    [[nodiscard]] Result<void> check_ownership(plan::Operation const& operation, Warrant const& warrant) const;
    Task<Result<void>> send(plan::Step step, Warrant warrant);
    Task<Result<void>> create_machine(plan::CreateMachine step, Warrant warrant);
    Task<Result<void>> update_machine(plan::UpdateMachine step, Warrant warrant);
    Task<Result<void>> snapshot(plan::SnapshotVolume step, std::string app);

    fly::Api& api_;
    fleet::Fleet& fleet_;
    Clock& clock_;
    GateOptions options_;
    DeletionLine deletions_;
    std::map<std::string, std::uint64_t> secrets_version_;  ///< by app, of the one that has the name now
};

}  // namespace dayfly::reconcile
