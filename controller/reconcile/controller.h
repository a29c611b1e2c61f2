// The loop: snapshots and looks at Fly come in, environments are queued, worked on one run at a time each, and told about.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "controller/base/log.h"
#include "controller/base/random.h"
#include "controller/base/signal.h"
#include "controller/base/task_group.h"
#include "controller/fleet/fleet.h"
#include "controller/fly/activity.h"
#include "controller/reconcile/boot_status.h"
#include "controller/reconcile/delete_guard.h"
#include "controller/reconcile/desired_set.h"
#include "controller/reconcile/environment.h"
#include "controller/reconcile/gate.h"
#include "controller/reconcile/observer.h"
#include "controller/reconcile/reconciler.h"
#include "controller/reconcile/work_queue.h"
#include "controller/source/source.h"

namespace dayfly::reconcile {

struct ControllerOptions {
    plan::Ownership ownership;
    std::chrono::seconds resync{30};        ///< between two cheap looks at the whole organisation
    std::chrono::seconds audit{600};        ///< between two looks at all addresses and secret names; 0: never
    std::size_t workers = 64;               ///< passes at the same time; more means more calls in flight
    std::chrono::seconds start_limit{300};  ///< for a machine to start
    std::chrono::seconds grace{20};         ///< for passes in progress at shutdown
    DeleteGuardOptions delete_guard;
    bool prune = true;  ///< remove what nobody claims; one-shot commands do not
    /// Tells how much apps are used; must outlive the controller. Null: no clock runs.
    fly::ActivityReader* activity = nullptr;
    std::chrono::seconds activity_every{60};  ///< between two questions how much the apps are used: two calls for all
    bool follow = false;  ///< somebody tells the revisions of git sources; without one a new environment waits
    std::string github = plan::Revision().github;  ///< where a repository named owner/name is cloned from
    /// Where a simulated Fly serves an app on this computer; "" for an app that it does not serve. Empty: the real Fly.
    std::function<std::string(std::string const& app)> local_url = {};
};

/// How telling others about an environment went.
struct FeedbackNews {
    std::string state;                ///< of the step Feedback: Running | Done | Failed
    std::string message;              ///< what was told, or why it could not be
    std::optional<Error> error = {};  ///< with Failed
};

/// What the guard holds back at the moment.
struct HeldDeletes {
    Verdict verdict;
    std::set<std::string> apps;
    WallTime since{};
};

class Controller {
public:
    /// `reader` is for waiting; writes go through the gate. Everything referred to must outlive the controller.
    Controller(boost::asio::any_io_executor executor, fly::Reader& reader, fleet::Fleet& fleet, Gate& gate,
               SecretSource& secrets, Clock& clock, Random& random, Log& log, Observer& observer, ControllerOptions options,
               std::set<std::string> sources);

    /// Takes in a snapshot; a source::Publish.
    void publish(std::shared_ptr<source::Snapshot const> const& snapshot, bool changed);
    /// Runs until cancelled, then lets passes in progress come to a stage's end within the grace time.
    Task<void> run();

    [[nodiscard]] std::map<specs::Key, Environment> const& environments() const { return environments_; }
    [[nodiscard]] std::optional<HeldDeletes> const& held() const { return held_; }
    [[nodiscard]] DesiredSet const& desired() const { return desired_; }
    [[nodiscard]] fleet::Fleet const& fleet() const { return fleet_; }
    [[nodiscard]] WorkQueue const& queue() const { return queue_; }
    [[nodiscard]] std::size_t workers() const { return options_.workers; }
    /// Notified whenever anything that is told about changed.
    [[nodiscard]] Signal& changed() { return changed_; }
    /// Why the last look at Fly failed; empty when it did not.
    [[nodiscard]] std::string const& fleet_problem() const { return fleet_problem_; }

    /// What a git source means now, as its host tells. A new one starts a pass. Unknown keys are passed over.
    void set_revision(specs::Key const& key, plan::Revision const& revision);
    /// The host of a git source could not tell: the environment stays as it is and says so. `reason`: CamelCase.
    void set_source_problem(specs::Key const& key, std::string const& reason, std::string const& message);
    /// The same for a commit that is known and not run; it is told to GitHub too when it waits for a person.
    void hold_back(specs::Key const& key, HeldCommit const& held, std::string const& message);
    /// Nothing of the environment should exist any more although its object is there, or it should again. Goes through the
    /// delete guard like every removal.
    void set_ending(specs::Key const& key, std::optional<Ending> ending);
    /// How telling others about the environment went. A failure is shown and holds nothing up.
    void set_feedback(specs::Key const& key, FeedbackNews const& news);
    /// `farewell` is awaited before anything of an environment is deleted. It must end soon, whatever happens.
    void set_farewell(std::function<Task<void>(specs::Key)> farewell) { farewell_ = std::move(farewell); }

    /// What the machines of an environment wrote, as Fly keeps it; `next_token` of the page before, or the newest lines.
    /// Secrets are masked. NotFound for an unknown one.
    Task<Result<fly::LogPage>> app_logs(specs::Key key, std::string next_token);

    /// Stops its machines; a request wakes them where the spec says so. NotFound for an unknown one, Refused when there is
    /// nothing to stop or it may not be touched. `cause` is told to people.
    Result<void> put_to_sleep(specs::Key const& key, std::string const& cause = "by hand");
    /// Starts its machines; brings an expired one back. Counts as a use.
    Result<void> wake(specs::Key const& key, std::string const& cause = "by hand");
    /// Changes nothing of it until resume() or until this process ends; what differs is still reported.
    Result<void> pause(specs::Key const& key);
    Result<void> resume(specs::Key const& key);
    /// Refused while the object is in a source, which would bring it back: the message says where. Fine for one that has ended
    /// or that no source wants any more: it goes by itself.
    Result<std::string> remove_by_hand(specs::Key const& key) const;

    /// Look now, at the app itself, and try again what did not come up. NotFound for an unknown one.
    Result<void> reconcile_now(specs::Key const& key);
    /// Releases exactly the removals that `id` names. NotFound when nothing of that id is held.
    Result<void> approve_deletes(std::string const& id);
    /// Every source was read, every wish is settled and nothing is on its way out.
    [[nodiscard]] bool all_settled() const;
    [[nodiscard]] bool all_ready() const;

private:
    Task<void> dispatch();
    Task<void> work(std::string key_text, specs::Key key);
    /// One pass; what it throws is a failure like any other, which is tried again.
    Task<Outcome> run_pass(Environment& environment);
    /// Queues beat(): the loop shows that it moves even when no environment has anything to do.
    void ask_for_beat();
    Task<void> beat();
    Task<void> watch_fleet();
    Task<void> watch_addresses();
    Task<void> watch_activity();
    /// Reads how much the awake ones are used and lets each clock decide.
    Task<void> run_clocks();
    Task<Result<void>> read_activity();
    /// Whether Fly records this organisation's metrics at all.
    Task<bool> is_recorded(std::chrono::seconds window);
    /// Looks further back for those that are about to sleep or to end: true for the apps whose silence is proved.
    Task<std::set<std::string>> prove_silence(std::vector<specs::Key> keys);
    void learn_use(Environment& environment);
    void used(Environment& environment, WallTime when);
    [[nodiscard]] IdleFacts facts_of(Environment const& environment, bool suppose_read) const;
    void act(Environment& environment, IdleDecision const& decision);
    void expire(Environment& environment);
    /// An ended environment is wanted again, whatever its tombstone says.
    void ask_again(Environment& environment);
    Task<void> watch_machine(specs::Key key, Awaited awaited);
    Task<Result<void>> await_started(Awaited awaited);
    Task<Result<void>> await_healthy(Awaited awaited);
    /// Nothing once it is up, or why it is not (boot_watch.cpp). Cancelled when the machine is not awaited any more, or rests.
    Task<Result<std::optional<BootFailure>>> await_booted(specs::Key key, Awaited awaited);
    /// The end of its log, for the status; `complete`: the reports told all of it.
    Task<BootFailure> with_log(specs::Key key, Awaited awaited, BootVerdict verdict, bool complete);
    Task<void> record_boot(specs::Key key, Awaited awaited, std::string word);
    /// Null when the machine has another version by now, or its environment is gone.
    Environment* still_awaited(specs::Key const& key, Awaited const& awaited);
    [[nodiscard]] Warrant warrant_of(specs::Key const& key, std::string const& app) const;
    void take_wish(specs::Key const& key);
    /// Of one that is known; drops it and what leads to it.
    void forget(specs::Key const& key);
    void finish(Environment& environment, Outcome outcome);
    /// What a pass means for the metrics.
    void tell_observer(Environment& environment, Outcome const& outcome);
    std::optional<WallTime> schedule_retry(Environment& environment, Error const& error);
    void enqueue(specs::Key const& key, Priority priority, Instant ready_at);
    void enqueue_app(std::string const& app);
    void sweep();
    /// Apps of ours that are to go. Tells of former ones that stay.
    [[nodiscard]] std::set<std::string> unclaimed_apps();
    /// The wanted environment whose mark the app carries; null when no source wants it.
    [[nodiscard]] Environment* wanted_owner(specs::Key const& owner, fleet::AppRecord const& record);
    /// Whether an app that the environment had before it was given another name has to stay.
    bool keeps_former_app(Environment& environment, fleet::AppRecord const& record);
    /// Objects that ask for one and the same app stall until all but one have gone.
    void refuse_shared_apps();
    /// The environment's app is this one from now on, whoever was remembered for it.
    void take_app(Environment& environment, std::string const& app);
    Environment& removal_of(std::string const& app);

    boost::asio::any_io_executor executor_;
    fly::Reader& reader_;
    fleet::Fleet& fleet_;
    Gate& gate_;
    Clock& clock_;
    Random& random_;
    Log& log_;
    Observer& observer_;
    ControllerOptions options_;
    DesiredSet desired_;
    WorkQueue queue_;
    std::map<specs::Key, Environment> environments_;
    std::map<std::string, specs::Key> key_of_app_;
    std::map<std::string, specs::Key> key_of_text_;
    std::set<std::string> approved_;
    std::deque<Instant> released_;  ///< removals that the guard let go by itself, within its window
    std::optional<HeldDeletes> held_;
    std::set<std::string> awaited_;  ///< app/id/version being waited for
    std::string fleet_problem_;
    std::string run_;  ///< tells this run of the program from others
    std::uint64_t passes_begun_ = 0;
    bool nameless_told_ = false;
    std::optional<WallTime> activity_read_;  ///< when the use of all apps was last told
    std::string activity_problem_;           ///< why it is not known now; empty: it is
    bool sweep_due_ = false;                 ///< before the next pass begins
    bool stopping_ = false;
    Signal wake_;
    Signal changed_;
    std::function<Task<void>(specs::Key)> farewell_;
    Reconciler reconciler_;
    TaskGroup passes_;
    TaskGroup waits_;
};

}  // namespace dayfly::reconcile
