// See conclude.h.
#include "controller/reconcile/conclude.h"

#include <fmt/format.h>

#include <algorithm>

#include "controller/fly/error_policy.h"
#include "controller/plan/marks.h"
#include "controller/plan/plan.h"
#include "controller/reconcile/boot_status.h"

namespace dayfly::reconcile {
namespace {

constexpr std::size_t max_history = 5;

Condition condition(Environment const& environment, std::string type, Truth status, std::string reason, std::string message) {
    return {.type = std::move(type),
            .status = status,
            .reason = std::move(reason),
            .message = std::move(message),
            .observed_generation = environment.generation};
}

/// Failures that only a person or a changed wish can end.
bool is_stalled(ErrorKind kind) {
    switch (fly::policy_for(kind).retry) {
        case fly::Retry::No: return true;
        case fly::Retry::Backoff:
        case fly::Retry::LookFirst: return false;
    }
    return false;
}

/// What Ready rests on. After a restart nobody is asked again how a service feels: that would be a call for each.
std::string ready_message(Environment const& environment, fly::Observed const& seen) {
    bool const checked = environment.spec && environment.spec->spec.service && environment.spec->spec.service->health;
    if (!checked) return "applied, started and there";
    bool const answered = std::ranges::any_of(seen.machines, [](fly::ObservedMachine const& machine) {
        return std::ranges::any_of(machine.checks, [](auto const& check) { return check.status == "passing"; });
    });
    return answered ? "applied, started and its health check passes"
                    : "applied and started; its health check was not looked at since this controller started";
}

/// What was not compared, because it takes calls that only a change or the audit makes.
std::string in_sync_message(Environment const& environment, fly::Observed const& seen) {
    std::vector<std::string_view> unseen;
    if (!seen.ips) unseen.emplace_back("addresses");
    if (!seen.secrets && environment.spec && !environment.spec->spec.secrets.empty()) unseen.emplace_back("secret names");
    bool const hosts = environment.spec && environment.spec->spec.service && !environment.spec->spec.service->domains.empty();
    if (hosts && !seen.certificates) unseen.emplace_back("certificates");
    if (unseen.empty()) return "Fly has what the spec wants";
    return fmt::format("Fly has what the spec wants; {} were not looked at since this controller started",
                       fmt::join(unseen, ", "));
}

std::string asleep_message(Environment const& environment) {
    if (!environment.spec) return "asleep";
    auto const& spec = environment.spec->spec;
    bool const on_request = spec.service && spec.sleep.policy != specs::SleepPolicy::Off && spec.sleep.wake_on_request;
    return on_request ? "asleep, wakes on request" : "asleep until `dayfly wake " + environment.key.name + "`";
}

void settled(Environment& environment, Settled const& outcome, fly::Observed const& seen, WallTime now) {
    auto& status = environment.status;
    auto const missing = std::ranges::find(outcome.left, "DriftMissing", &plan::Blocked::reason);
    bool const asleep = !seen.machines.empty() &&
                        std::ranges::all_of(seen.machines, [](auto const& machine) { return plan::is_resting(machine.state); });
    bool const suspended = environment.spec && (environment.spec->spec.suspend || environment.paused);
    bool const never_made = seen.presence != fly::Presence::Present;
    remove_condition(status, "Reconciling");
    remove_condition(status, "Stalled");
    status.failure.reset();
    if (missing != outcome.left.end()) {
        status.state = "Degraded";
        set_condition(status, condition(environment, "Ready", Truth::False, "DriftDetected", missing->message), now);
    } else if (never_made) {
        status.state = suspended ? "Suspended" : "Pending";
        set_condition(status,
                      condition(environment, "Ready", Truth::False, suspended ? "Suspended" : "Pending", "nothing exists yet"),
                      now);
    } else {
        status.state = suspended ? "Suspended" : asleep ? "Sleeping" : "Running";
        if (!is_ready(status)) status.ready_since = now;
        set_condition(status,
                      condition(environment, "Ready", Truth::True, asleep ? "Sleeping" : "Applied",
                                asleep ? asleep_message(environment) : ready_message(environment, seen)),
                      now);
        for (auto const* name : {"Clone", "Install", "Build"}) {
            auto const step = std::ranges::find(status.steps, name, &StepStatus::name);
            if (step != status.steps.end() && step->state != "Skipped" && step->state != "Done")
                set_step(status, name, "Done", "", now);
        }
        set_step(status, "Start", "Done", asleep ? "asleep" : "started", now);
        set_step(status, "Health", "Done", "", now);
    }
    if (outcome.left.empty()) {
        set_condition(status, condition(environment, "InSync", Truth::True, "InSync", in_sync_message(environment, seen)), now);
    } else {
        auto const& first = outcome.left.front();
        auto const reason = first.reason == "DriftMissing" ? "DriftDetected" : first.reason;
        std::string text;
        for (auto const& left : outcome.left) text += (text.empty() ? "" : "; ") + left.message;
        auto const* before = find_condition(status, "InSync");
        if (before == nullptr || before->message != text) add_event(status, first.reason != "Suspended", reason, text, now);
        set_condition(status, condition(environment, "InSync", Truth::False, reason, std::move(text)), now);
    }
    if (asleep) {
        set_condition(status, condition(environment, "Sleeping", Truth::True, "Sleeping", "all machines rest"), now);
    } else {
        remove_condition(status, "Sleeping");
    }
    for (auto const& machine : seen.machines) {
        if (auto const& revision = plan::mark_of(machine.metadata, plan::revision_key); !revision.empty())
            status.revision_running = revision;
    }
    if (status.observed_generation != environment.generation) {
        status.history.push_front(
            {.generation = environment.generation, .revision = status.revision_wanted, .applied = now, .outcome = "Applied"});
        if (status.history.size() > max_history) status.history.pop_back();
        add_event(status, false, "Applied", "generation " + std::to_string(environment.generation) + " is applied", now);
    }
    status.observed_generation = environment.generation;
}

/// That an earlier spec was in place says nothing about this one.
void doubt_sync(Environment& environment, std::string const& reason, WallTime now) {
    auto const* sync = find_condition(environment.status, "InSync");
    if (sync == nullptr || sync->status != Truth::True || sync->observed_generation == environment.generation) return;
    auto const message = "generation " + std::to_string(environment.generation) + " of the spec is not in place yet";
    set_condition(environment.status, condition(environment, "InSync", Truth::False, reason, message), now);
}

void in_progress(Environment& environment, std::string const& what, WallTime now) {
    auto& status = environment.status;
    doubt_sync(environment, "Progressing", now);
    remove_condition(status, "Stalled");
    bool const update = status.observed_generation != 0;
    auto const booting = booting_state(status);
    if (!environment.removing) status.state = !booting.empty() ? booting : update ? "Updating" : "Creating";
    set_condition(status,
                  condition(environment, "Ready", environment.removing ? Truth::False : Truth::Unknown, "Progressing", what),
                  now);
    set_condition(status,
                  condition(environment, "Reconciling", Truth::True,
                            environment.attempts > 0 ? "ProgressingWithRetry" : "Progressing", what),
                  now);
}

void failed(Environment& environment, Error const& error, WallTime now, std::optional<WallTime> retry_at) {
    auto& status = environment.status;
    bool const stalled = is_stalled(error.kind);
    bool const of_boot = environment.boot_failure && environment.boot_failure->message == error.message;
    auto const reason = of_boot ? environment.boot_failure->reason : reason_for(error.kind);
    doubt_sync(environment, reason, now);
    if (!status.failure || status.failure->message != error.message) add_event(status, true, reason, error.message, now);
    status.failure = Failure{.code = reason,
                             .message = error.message,
                             .hint = std::string(fly::hint_for(error)),
                             .attempts = environment.attempts,
                             .retry_at = retry_at};
    if (of_boot) {
        status.failure->lines = environment.boot_failure->lines;
        status.failure->retry_at.reset();  // only a new commit or a changed spec tries again
    }
    status.state = environment.removing ? "Deleting" : stalled ? "Stalled" : "Failed";
    set_condition(status, condition(environment, "Ready", Truth::False, reason, error.message), now);
    if (stalled) {
        remove_condition(status, "Reconciling");
        set_condition(status, condition(environment, "Stalled", Truth::True, reason, error.message), now);
        status.observed_generation = environment.generation;
    } else {
        remove_condition(status, "Stalled");
        set_condition(status, condition(environment, "Reconciling", Truth::True, "ProgressingWithRetry", error.message), now);
    }
}

}  // namespace

std::string reason_for(ErrorKind kind) { return std::string(to_string(kind)); }

void conclude(Environment& environment, Outcome const& outcome, fly::Observed const& seen, WallTime now,
              std::optional<WallTime> retry_at) {
    // What is being removed is told of until its absence is proved.
    if (!environment.removing || seen.presence == fly::Presence::Present) environment.status.resources = resources_of(seen);
    if (auto const* calm = std::get_if<Settled>(&outcome)) {
        settled(environment, *calm, seen, now);
    } else if (auto const* waiting = std::get_if<Waiting>(&outcome)) {
        in_progress(environment, "waiting for " + waiting->what, now);
    } else if (std::holds_alternative<Progressed>(outcome)) {
        in_progress(environment, "in progress", now);
    } else if (auto const* failure = std::get_if<Failed>(&outcome)) {
        failed(environment, failure->error, now, retry_at);
    }
}

void stall(Environment& environment, std::string const& reason, std::string const& message, WallTime now) {
    auto& status = environment.status;
    set_condition(status, {.type = "Stalled", .status = Truth::True, .reason = reason, .message = message}, now);
    set_condition(status, {.type = "Ready", .status = Truth::False, .reason = reason, .message = message}, now);
    status.state = "Stalled";
    add_event(status, true, reason, message, now);
}

void conclude_removal(Environment& environment, bool held, std::string const& reason, WallTime now) {
    auto& status = environment.status;
    status.state = "Deleting";
    remove_condition(status, "Stalled");
    set_condition(status, condition(environment, "Ready", Truth::False, held ? "DeletionHeld" : "Deleting", reason), now);
    if (held) {
        status.state = "DeletionHeld";
        remove_condition(status, "Reconciling");
        set_condition(status, condition(environment, "DeletionBlocked", Truth::True, "DeleteGuard", reason), now);
    } else {
        remove_condition(status, "DeletionBlocked");
    }
}

void conclude_ending(Environment& environment, WallTime now) {
    auto& status = environment.status;
    environment.removing = false;
    environment.removal_released = false;
    environment.wanted_since.reset();
    environment.attempts = 0;
    environment.rounds = 0;
    status.state = environment.ending->reason;
    status.failure.reset();
    status.resources.clear();
    status.observed_generation = environment.generation;
    for (auto const* type : {"Reconciling", "Stalled", "DeletionBlocked", "Sleeping"}) remove_condition(status, type);
    set_condition(status,
                  condition(environment, "Ready", Truth::False, environment.ending->reason, environment.ending->message), now);
}

void conclude_source(Environment& environment, std::string const& unreadable, WallTime now) {
    auto& status = environment.status;
    if (unreadable.empty()) {
        remove_condition(status, "SourceDegraded");
        return;
    }
    set_condition(status, condition(environment, "SourceDegraded", Truth::True, "SourceUnreadable", unreadable), now);
}

void conclude_look(Environment& environment, Error const* problem, WallTime now) {
    auto& status = environment.status;
    if (problem == nullptr) {
        remove_condition(status, "FlyUnreadable");
        // A failed pass has at least one attempt; this one was about the look.
        if (status.failure && status.failure->attempts == 0) status.failure.reset();
        return;
    }
    auto const reason = reason_for(problem->kind);
    auto const hint = fly::hint_for(*problem);
    set_condition(status,
                  condition(environment, "FlyUnreadable", Truth::True, reason, fmt::format("{} {}", problem->message, hint)),
                  now);
    auto const* ready = find_condition(status, "Ready");
    if (ready == nullptr || ready->status != Truth::Unknown) return;
    // It was never looked at: this is all that there is to tell.
    status.failure = Failure{.code = reason, .message = problem->message, .hint = std::string(hint)};
    set_condition(status, condition(environment, "Ready", Truth::Unknown, reason, problem->message), now);
}

void conclude_problems(Environment& environment, std::vector<specs::Problem> const& problems, WallTime now) {
    auto& status = environment.status;
    if (problems.empty()) {
        set_condition(status, condition(environment, "SourceReady", Truth::True, "Read", ""), now);
        return;
    }
    set_condition(status, condition(environment, "SourceReady", Truth::False, "InvalidSpec", problems.front().text()), now);
    add_event(status, true, "InvalidSpec", problems.front().text(), now);
    if (environment.spec) return;  // the last good wish stays in force, and so does what it says of itself
    status.state = "Stalled";
    set_condition(status, condition(environment, "Ready", Truth::False, "InvalidSpec", problems.front().text()), now);
    set_condition(status, condition(environment, "Stalled", Truth::True, "InvalidSpec", problems.front().text()), now);
}

}  // namespace dayfly::reconcile
