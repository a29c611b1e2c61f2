// Waiting for machines beside the passes: one long poll each, and for services with a health check a look until it passes.
#include <algorithm>

#include "controller/plan/marks.h"
#include "controller/reconcile/backoff.h"
#include "controller/reconcile/boot_status.h"
#include "controller/reconcile/controller.h"

namespace dayfly::reconcile {
namespace {

std::string ended_badly(fly::Machine const& machine) {
    std::string text = "machine " + machine.name + " is " + machine.state;
    for (auto const& event : machine.events) {
        if (event.type != "exit") continue;
        if (event.oom_killed) return text + ": it ran out of memory";
        if (event.exit_code) return text + ": its program ended with exit code " + std::to_string(*event.exit_code);
    }
    return text;
}

}  // namespace

Task<Result<void>> Controller::await_started(Awaited awaited) {
    auto const end = clock_.now() + options_.start_limit;
    unsigned failures = 0;
    while (clock_.now() < end) {
        auto const left = std::chrono::ceil<seconds>(end - clock_.now());
        auto reached = co_await reader_.wait_machine({.app = awaited.app,
                                                      .id = awaited.id,
                                                      .version = awaited.version,
                                                      .states = {"started"},
                                                      .timeout = std::clamp(left, seconds(1), seconds(60))});
        if (reached) {
            fleet_.machine_reached(awaited.app, awaited.id, reached->version, "started");
            co_return Result<void>{};
        }
        auto const kind = reached.error().kind;
        if (kind == ErrorKind::TimedOut || kind == ErrorKind::NotReadyYet) {
            auto machine = co_await reader_.get_machine({.app = awaited.app, .id = awaited.id});
            if (!machine) co_return std::unexpected(std::move(machine.error()));
            // Fly: a wait for a version that is "currently replaced" ends at once, as often as it is asked.
            if (!awaited.version.empty() && machine->instance_id != awaited.version)
                co_return failure(ErrorKind::Cancelled, "machine " + awaited.machine + " has another version by now");
            if (machine->state == "stopped" || machine->state == "failed") {
                fleet_.machine_reached(awaited.app, awaited.id, machine->instance_id, machine->state);
                co_return failure(ErrorKind::InvalidConfig, ended_badly(*machine),
                                  "Read its log; the command or the image may be wrong.");
            }
        }
        if (kind == ErrorKind::TimedOut) {
            failures = 0;
            continue;
        }
        // A machine that was just made can be unknown to the wait endpoint for a moment, and a gateway may fail.
        bool const young = kind == ErrorKind::NotFound && fleet_.is_young(awaited.app);
        bool const lasting = kind == ErrorKind::NotFound || kind == ErrorKind::Unauthenticated || kind == ErrorKind::Forbidden;
        if ((lasting && !young) || stopping_) co_return std::unexpected(std::move(reached.error()));
        co_await clock_.sleep_for(young ? seconds(1) : retry_delay(reached.error(), ++failures, random_));
    }
    co_return failure(ErrorKind::TimedOut, "machine " + awaited.machine + " has not started after " +
                                               std::to_string(options_.start_limit.count()) + " s");
}

Task<Result<void>> Controller::await_healthy(Awaited awaited) {
    auto const end = clock_.now() + options_.start_limit;
    for (auto pause = seconds(1); clock_.now() < end; pause = std::min(pause * 2, seconds(15))) {
        auto machine = co_await reader_.get_machine({.app = awaited.app, .id = awaited.id});
        if (!machine) co_return std::unexpected(std::move(machine.error()));
        fleet_.machine_written(awaited.app, *machine);
        bool const passing = !machine->checks.empty() && std::ranges::all_of(machine->checks, [](auto const& check) {
            return check.status == "passing" || check.name.starts_with("bg_deployments_compat");
        });
        if (passing) co_return Result<void>{};
        if (machine->state == "stopped" || machine->state == "failed") {
            co_return failure(ErrorKind::InvalidConfig, ended_badly(*machine),
                              "Read its log; the command or the image may be wrong.");
        }
        if (stopping_) break;
        co_await clock_.sleep_for(pause);
    }
    co_return failure(ErrorKind::TimedOut, "the health check of machine " + awaited.machine + " does not pass",
                      "The service must answer on its port with 2xx, on all addresses and not only on 127.0.0.1.");
}

Task<void> Controller::watch_machine(specs::Key key, Awaited awaited) {
    auto const id = awaited.app + '/' + awaited.id + '/' + awaited.version;
    auto reached = co_await await_started(awaited);
    // A program can fail before anybody has seen its machine started: what it says of its end is more than that it ended.
    bool const followed = awaited.boot && (reached || reached.error().kind == ErrorKind::InvalidConfig);
    std::optional<BootFailure> failed;
    if (followed) {
        auto booted = co_await await_booted(key, awaited);
        if (booted) failed = std::move(*booted);
        reached = booted ? Result<void>{} : std::unexpected(std::move(booted.error()));
    }
    if (reached && !failed && awaited.check_health) {
        reached = co_await await_healthy(awaited);
        if (!reached && awaited.boot && reached.error().kind == ErrorKind::TimedOut) {
            failed = BootFailure{.reason = "HealthFailed",
                                 .message = std::move(reached.error().message),
                                 .hint = std::string(boot_failure_hint("HealthFailed"))};
            reached = {};
        }
    }
    if (followed && reached) co_await record_boot(key, awaited, failed ? failed->reason : plan::booted);
    awaited_.erase(id);
    if (stopping_) co_return;
    // What is not awaited any more says nothing about what is.
    bool const replaced = !reached && reached.error().kind == ErrorKind::Cancelled;
    bool const outdated = replaced || (followed && !still_awaited(key, awaited));
    if (outdated) {
        if (environments_.contains(key)) enqueue(key, Priority::Normal, clock_.now());
        changed_.notify();
        co_return;
    }
    if (auto const found = environments_.find(key); found != environments_.end()) {
        auto& environment = found->second;
        if (failed) {
            environment.start_failure =
                Error{.kind = ErrorKind::InvalidConfig, .message = failed->message, .hint = failed->hint};
            environment.boot_failure = std::move(failed);
        } else if (reached) {
            environment.start_failure.reset();
        } else {
            environment.start_failure = reached.error();
            environment.look_first = true;
        }
        enqueue(key, Priority::Normal, clock_.now());
    }
    changed_.notify();
}

}  // namespace dayfly::reconcile
