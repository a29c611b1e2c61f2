// One pass over one environment: observe, plan, execute. Level-triggered: it takes no hint of what changed.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/fleet/fleet.h"
#include "controller/plan/plan.h"
#include "controller/reconcile/environment.h"
#include "controller/reconcile/gate.h"

namespace dayfly::reconcile {

/// A machine whose start somebody outside the pass should wait for.
struct Awaited {
    std::string app;
    std::string machine;  ///< its name
    std::string id;
    std::string version;
    bool check_health = false;
    std::optional<BootWatch> boot = {};  ///< a git source's machine whose program has not been seen up yet
};

struct ReconcilerOptions {
    plan::Ownership ownership;
    std::chrono::seconds region_memory{600};       ///< how long a region without room is passed over
    unsigned max_rounds = 8;                       ///< passes in a row that may change something
    bool heed_tombstones = true;                   ///< what has expired stays so; one-shot commands ask for it again
    bool follow = false;                           ///< a new environment of a git source waits until its commit is known
    std::string github = plan::Revision().github;  ///< where a repository named owner/name is cloned from
    /// Called before anything of an environment is deleted, in every pass that does; must end soon and by itself.
    std::function<Task<void>(specs::Key)> farewell = {};
};

class Reconciler {
public:
    /// `await` starts waiting for a machine without blocking the pass; `stopping` ends a pass between its stages.
    Reconciler(fleet::Fleet& fleet, Gate& gate, SecretSource& secrets, Clock& clock, Log& log, ReconcilerOptions options,
               std::function<void(specs::Key const&, Awaited)> await, std::function<bool()> stopping);

    Task<Outcome> reconcile(Environment& environment);

    /// The values that must not be shown in what its machines write; empty when they cannot be read.
    [[nodiscard]] SecretValues secrets_of(Environment const& environment) const;

    /// What would be done, without doing it; for `plan` and `diff`. Looks at the app itself when it exists.
    Task<Result<plan::Plan>> preview(Environment& environment);
    /// What a git source means: as its host told, else as it runs.
    [[nodiscard]] plan::Revision revision_of(Environment const& environment) const;

private:
    static constexpr int most_looks = 2;  ///< of one pass

    Task<Outcome> converge(Environment& environment);
    Task<Outcome> remove(Environment& environment);
    [[nodiscard]] plan::Plan deletion_of(Environment const& environment, fly::Observed const& observed) const;
    /// Fly took our request to delete the app at `since`: is it gone?
    Task<Outcome> confirm_removal(Environment& environment, Instant since);
    /// Of an object that was gone before this process began: where its code came from. Nothing when its machines do not tell.
    Task<Result<std::optional<Origin>>> origin_of(Environment const& environment);
    Task<Outcome> remove_now(Environment& environment, fly::Observed observed, plan::Plan plan);
    /// Removes what costs anything of an expired environment. Settled: nothing of it is left but the empty app.
    Task<Outcome> empty_out(Environment& environment);
    /// Set when the app says that just this wish has expired.
    [[nodiscard]] std::optional<Ended> ended(Environment const& environment, plan::Desired const& desired,
                                             fly::Observed const& observed) const;
    Task<Outcome> execute(Environment& environment, plan::Plan plan, SecretValues const* secrets);
    Task<std::vector<Result<void>>> run_stage(Environment& environment, plan::Stage stage, SecretValues const* secrets);
    Task<Result<fly::Observed>> observe(Environment& environment, bool with_certificates);
    Result<plan::Desired> wish(Environment& environment, SecretValues& secrets);
    [[nodiscard]] plan::PlanPolicy memory_of(Environment& environment, plan::Desired const& desired,
                                             fly::Observed const& observed) const;
    /// What differs from a wish that was in place, for the metrics.
    void note_drift(Environment& environment, plan::Desired const& desired, plan::Plan const& plan);
    void log_step(Environment const& environment, plan::Step const& step, Result<void> const& result, std::int64_t took_ms);
    /// `sent`: when the step's stage began.
    void learn(Environment& environment, plan::Step const& step, Result<void> const& result, WallTime sent);
    void start_waiting(Environment const& environment, plan::Stage const& stage, plan::Desired const* desired);
    /// Starts following the machines whose program has not been seen up yet. False: there are none.
    bool follow_boots(Environment const& environment);
    Outcome settle(Environment& environment, plan::Desired const& desired, plan::Plan const& plan);

    fleet::Fleet& fleet_;
    Gate& gate_;
    SecretSource& secrets_;
    Clock& clock_;
    Log& log_;
    ReconcilerOptions options_;
    std::function<void(specs::Key const&, Awaited)> await_;
    std::function<bool()> stopping_;
};

}  // namespace dayfly::reconcile
