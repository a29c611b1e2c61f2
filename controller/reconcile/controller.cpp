// See controller.h: snapshots in, queue, passes. Looks at Fly are in looks.cpp, what others tell in news.cpp, whose app is
// whose in claims.cpp, removals in sweep.cpp, waiting for machines in waits.cpp.
#include "controller/reconcile/controller.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "controller/fly/error_policy.h"
#include "controller/plan/names.h"
#include "controller/reconcile/backoff.h"
#include "controller/reconcile/conclude.h"

namespace dayfly::reconcile {
namespace {

double seconds_since(Instant then, Instant now) { return std::chrono::duration<double>(now - then).count(); }

/// Answers of "too early" in a row that count as waiting: about a minute.
constexpr unsigned patient_attempts = 6;

/// What takes the place of a key when the loop only shows that it moves. No namespace is empty.
std::string const heartbeat_key = "/";

std::string_view trigger_word(Environment& environment) {
    bool const asked = std::exchange(environment.asked_by_person, false);
    bool const told = std::exchange(environment.told_from_outside, false);
    if (environment.attempts > 0) return "retry";
    if (asked) return "manual";
    if (told) return "external";
    return environment.wanted_since ? "spec" : "drift";
}

bool is_held(Environment const& environment, Outcome const& outcome) {
    if (!std::holds_alternative<Waiting>(outcome)) return false;
    return !environment.hold.empty() || (environment.removing && !environment.removal_released);
}

/// Fly asked for patience, and there was not much of it yet: that is no failure to tell anybody about.
bool is_too_early(Environment const& environment, Outcome const& outcome) {
    auto const* failed = std::get_if<Failed>(&outcome);
    return failed != nullptr && failed->error.kind == ErrorKind::NotReadyYet && environment.attempts <= patient_attempts;
}

std::string_view result_word(Environment const& environment, Outcome const& outcome) {
    if (is_too_early(environment, outcome)) return "requeue";
    if (is_held(environment, outcome)) return "held";
    return std::visit(plan::Overloaded{
                          [](Settled const&) { return std::string_view("success"); },
                          [](Progressed const&) { return std::string_view("requeue"); },
                          [](Waiting const&) { return std::string_view("requeue"); },
                          [](Gone const&) { return std::string_view("success"); },
                          [](Ended const&) { return std::string_view("success"); },
                          [](Failed const& failed) {
                              return fly::policy_for(failed.error.kind).retry == fly::Retry::No ? std::string_view("terminal")
                                                                                                : std::string_view("error");
                          },
                      },
                      outcome);
}

Task<void> nothing_to_say() { co_return; }

}  // namespace

Controller::Controller(boost::asio::any_io_executor executor, fly::Reader& reader, fleet::Fleet& fleet, Gate& gate,
                       SecretSource& secrets, Clock& clock, Random& random, Log& log, Observer& observer,
                       ControllerOptions options, std::set<std::string> sources)
    : executor_(std::move(executor)),
      reader_(reader),
      fleet_(fleet),
      gate_(gate),
      clock_(clock),
      random_(random),
      log_(log),
      observer_(observer),
      options_(std::move(options)),
      desired_(std::move(sources)),
      run_(fmt::format("{:x}", std::chrono::duration_cast<seconds>(clock.wall().time_since_epoch()).count())),
      reconciler_(
          fleet, gate, secrets, clock, log,
          {.ownership = options_.ownership,
           .heed_tombstones = options_.prune,
           .follow = options_.follow,
           .github = options_.github,
           .farewell = [this](specs::Key key) { return farewell_ ? farewell_(std::move(key)) : nothing_to_say(); }},
          [this](specs::Key const& key, Awaited awaited) {
              auto const id = awaited.app + '/' + awaited.id + '/' + awaited.version;
              if (awaited_.insert(id).second) waits_.spawn(watch_machine(key, std::move(awaited)));
          },
          [this] { return stopping_; }),
      passes_(executor_,
              [this](std::exception_ptr error) {
                  observer_.panicked();
                  try {
                      std::rethrow_exception(std::move(error));
                  } catch (std::exception const& e) {
                      log_.error("a pass threw", {{"what", e.what()}});
                  }
              }),
      waits_(executor_, [this](std::exception_ptr error) {
          observer_.panicked();
          try {
              std::rethrow_exception(std::move(error));
          } catch (std::exception const& e) {
              log_.error("a wait threw", {{"what", e.what()}});
          }
      }) {}

void Controller::enqueue(specs::Key const& key, Priority priority, Instant ready_at) {
    if (stopping_) return;
    auto const text = key.text();
    key_of_text_.insert_or_assign(text, key);
    queue_.add(text, priority, ready_at, clock_.now());
    observer_.queue_added();
    wake_.notify();
}

void Controller::enqueue_app(std::string const& app) {
    if (auto const found = key_of_app_.find(app); found != key_of_app_.end())
        enqueue(found->second, Priority::Normal, clock_.now());
}

void Controller::publish(std::shared_ptr<source::Snapshot const> const& snapshot, bool changed) {
    bool const was_proven = desired_.proven();
    auto const keys = desired_.publish(*snapshot);
    for (auto const& key : keys) take_wish(key);
    if (!keys.empty()) refuse_shared_apps();
    if (changed) {
        for (auto const& [key, wish] : desired_.wishes()) {
            if (wish.sources.contains(snapshot->source))
                conclude_source(environments_.at(key), snapshot->unreadable, clock_.wall());
        }
    }
    if (changed && !keys.empty()) {
        log_.info("snapshot", {{"source", snapshot->source},
                               {"revision", snapshot->revision},
                               {"objects", std::to_string(snapshot->environments.size())},
                               {"problems", std::to_string(snapshot->problems.size())},
                               {"complete", snapshot->complete ? "true" : "false"},
                               {"changed", std::to_string(keys.size())}});
        for (auto const& problem : snapshot->problems) log_.warn("invalid", {{"at", problem.text()}});
    }
    // One more look that says the same changes nothing about what is to go; the looks at Fly sweep too.
    if (changed || !keys.empty() || desired_.proven() != was_proven) sweep();
    changed_.notify();
}

void Controller::forget(specs::Key const& key) {
    auto const found = environments_.find(key);
    if (auto const known = key_of_app_.find(found->second.app); known != key_of_app_.end() && known->second == key)
        key_of_app_.erase(known);
    environments_.erase(found);
}

void Controller::take_wish(specs::Key const& key) {
    auto const found = desired_.wishes().find(key);
    if (found == desired_.wishes().end()) return;  // unclaimed: sweep() decides
    auto const& wish = found->second;
    auto const now = clock_.wall();
    auto const [place, is_new] = environments_.try_emplace(key);
    auto& environment = place->second;
    environment.key = key;
    if (environment.default_app.empty()) environment.default_app = plan::app_name(options_.ownership, key);
    if (is_new) {
        environment.status.created = now;
        environment.status.state = "Pending";
        set_condition(environment.status,
                      {.type = "Ready", .status = Truth::Unknown, .reason = "Pending", .message = "not looked at yet"}, now);
    }
    environment.removing = false;
    environment.removal_released = false;
    remove_condition(environment.status, "DeletionBlocked");
    environment.hold.clear();
    if (wish.conflict) {
        environment.hold = "several sources claim it";
        stall(environment, "DuplicateObject", environment.hold, now);
    }
    if (wish.environment && (!environment.spec || !environment.spec->same_as(*wish.environment))) {
        bool const first = !environment.spec;
        auto const& annotations = wish.environment->annotations;
        if (auto const at = annotations.find(specs::reconcile_at_annotation);
            at != annotations.end() && at->second != environment.status.handled_reconcile_at) {
            environment.status.handled_reconcile_at = at->second;
            environment.look_first = !first;
        }
        if (!first && environment.spec->spec.git != wish.environment->spec.git) environment.revision.reset();
        environment.spec = wish.environment;
        ++environment.generation;
        if (!first) {
            used(environment, now);
            if (environment.ending && environment.ending->reason == expired_reason) ask_again(environment);
        }
        environment.start_failure.reset();
        environment.boot_failure.reset();
        environment.attempts = 0;
        environment.rounds = 0;
        environment.full_regions.clear();
        environment.change_seen(clock_.now());
        environment.operation = first ? "create" : "update";
        take_app(environment, plan::desired_state(*wish.environment, options_.ownership, {}).app);
    }
    if (wish.environment) environment.spec = wish.environment;  // which also says where it stands now
    conclude_problems(environment, wish.problems, now);
    if (environment.spec && environment.hold.empty())
        enqueue(key, fleet_.known() ? Priority::Asked : Priority::Resync, clock_.now());
}

Task<void> Controller::run() {
    using namespace boost::asio::experimental::awaitable_operators;
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    co_await (dispatch() && watch_fleet() && watch_addresses() && watch_activity());
    stopping_ = true;
    waits_.cancel();
    co_await boost::asio::this_coro::reset_cancellation_state();
    auto const end = clock_.now() + options_.grace;
    if (co_await passes_.join(clock_, end) > 0) passes_.cancel();
    co_await passes_.join(clock_, end + seconds(5));
    co_await waits_.join(clock_, end + seconds(5));
}

Task<void> Controller::dispatch() {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    auto const state = co_await boost::asio::this_coro::cancellation_state;
    while (state.cancelled() == boost::asio::cancellation_type::none) {
        if (std::exchange(sweep_due_, false)) sweep();
        auto const now = clock_.now();
        while (fleet_.known() && queue_.working() < options_.workers) {
            auto const next = queue_.pop(now);
            if (!next) break;
            if (*next == heartbeat_key) {
                passes_.spawn(beat());
                continue;
            }
            observer_.queue_waited(std::chrono::duration<double>(queue_.last_wait()).count());
            passes_.spawn(work(*next, key_of_text_.at(*next)));
        }
        auto const ready = queue_.working() < options_.workers && fleet_.known() ? queue_.next_ready() : std::nullopt;
        co_await wake_.wait_until(clock_, std::max(ready.value_or(now + std::chrono::hours(1)), now));
    }
    stopping_ = true;
}

Task<void> Controller::work(std::string key_text, specs::Key key) {
    auto const began = clock_.now();
    auto const found = environments_.find(key);
    // What no source wants any more is removed, and nothing else is done about it.
    bool const wanted = desired_.wishes().contains(key);
    if (found != environments_.end() && ((found->second.spec && wanted) || found->second.removing)) {
        auto& environment = found->second;
        auto const trigger = trigger_word(environment);
        auto const pass = fmt::format("{}-{}", run_, ++passes_begun_);
        environment.pass = pass;
        auto outcome = co_await run_pass(environment);
        observer_.about(pass);
        observer_.reconciled(trigger, result_word(environment, outcome), seconds_since(began, clock_.now()));
        finish(environment, std::move(outcome));
        observer_.about({});
    }
    queue_.done(key_text);
    wake_.notify();
    changed_.notify();
}

Task<Outcome> Controller::run_pass(Environment& environment) {
    try {
        co_return co_await reconciler_.reconcile(environment);
    } catch (std::exception const& error) {
        if (stopping_) throw;
        observer_.panicked();
        log_.error("a pass threw", {{"env", environment.key.text()}, {"what", error.what()}});
        co_return Failed{{.kind = ErrorKind::Unknown, .message = std::string("a fault in Dayfly: ") + error.what()}};
    }
}

void Controller::ask_for_beat() { queue_.add(heartbeat_key, Priority::Normal, clock_.now(), clock_.now()); }

Task<void> Controller::beat() {
    for (std::string_view const stage : {"queue", "worker"}) observer_.heartbeat(stage);
    queue_.done(heartbeat_key);
    wake_.notify();
    changed_.notify();
    co_return;
}

std::optional<WallTime> Controller::schedule_retry(Environment& environment, Error const& error) {
    ++environment.attempts;
    auto delay = retry_delay(error, environment.attempts, random_);
    auto const policy = fly::policy_for(error.kind).retry;
    if (policy == fly::Retry::LookFirst) environment.look_first = true;
    // A name that is taken may be our own from before a crash: one look tells, at once.
    if (error.kind == ErrorKind::NameTaken && environment.attempts == 1) {
        environment.look_first = true;
        delay = milliseconds(0);
    }
    if (error.kind == ErrorKind::NotFound) environment.look_first = true;
    if (std::exchange(environment.try_elsewhere, false)) delay = milliseconds(0);
    observer_.queue_retried();
    observer_.tried_again(error.kind);
    enqueue(environment.key, Priority::Normal, clock_.now() + delay);
    return clock_.wall() + delay;
}

void Controller::tell_observer(Environment& environment, Outcome const& outcome) {
    auto const now = clock_.now();
    if (environment.first_step_at && environment.wanted_since && !environment.reaction_told) {
        environment.reaction_told = true;
        auto const wish = desired_.wishes().find(environment.key);
        bool const sourced = wish != desired_.wishes().end() && !wish->second.sources.empty();
        observer_.reacted(sourced ? *wish->second.sources.begin() : std::string(),
                          seconds_since(*environment.wanted_since, *environment.first_step_at));
    }
    for (auto& [group, drift] : environment.drift) {
        if (!std::exchange(drift.told, true)) observer_.drift_found(group);
    }
    auto const* settled = std::get_if<Settled>(&outcome);
    if (settled == nullptr || !settled->left.empty()) return;
    for (auto const& [group, drift] : environment.drift) observer_.drift_corrected(group, seconds_since(drift.since, now));
    environment.drift.clear();
}

void Controller::finish(Environment& environment, Outcome outcome) {
    auto const now = clock_.now();
    tell_observer(environment, outcome);
    std::optional<WallTime> retry_at;
    if (auto const* ended = std::get_if<Ended>(&outcome)) {
        environment.tombstone = ended->tombstone;
        environment.emptied = ended->emptied;
        expire(environment);
        return;
    }
    if (std::holds_alternative<Settled>(outcome) && environment.removing && !environment.tombstone.empty()) {
        log_.info("emptied", {{"env", environment.key.text()}, {"app", environment.app}});
        environment.emptied = true;
        conclude_ending(environment, clock_.wall());
        return;
    }
    if (std::holds_alternative<Gone>(outcome)) {
        log_.info("gone", {{"env", environment.key.text()}, {"app", environment.app}});
        if (environment.wanted_since) observer_.converged("delete", seconds_since(*environment.wanted_since, now));
        for (auto const& resource : environment.status.resources) observer_.pruned(resource.kind, true);
        fleet_.app_gone(environment.app);
        queue_.forget(environment.key.text());
        if (!desired_.wishes().contains(environment.key)) {
            forget(environment.key);
        } else if (environment.ending) {
            conclude_ending(environment, clock_.wall());
        } else {
            // It was wanted again while the last of it went.
            enqueue(environment.key, Priority::Asked, now);
        }
        return;
    }
    if (std::holds_alternative<Settled>(outcome)) {
        environment.attempts = 0;
        if (environment.wanted_since) observer_.converged(environment.operation, seconds_since(*environment.wanted_since, now));
        environment.wanted_since.reset();
    } else if (std::holds_alternative<Progressed>(outcome)) {
        enqueue(environment.key, Priority::Normal, now);
    } else if (auto const* waiting = std::get_if<Waiting>(&outcome)) {
        if (waiting->until) enqueue(environment.key, Priority::Normal, *waiting->until);
    } else if (auto const* failed = std::get_if<Failed>(&outcome)) {
        retry_at = schedule_retry(environment, failed->error);
    }
    if (is_too_early(environment, outcome)) {
        auto const what = "Fly, which is still busy with an earlier change: " + std::get<Failed>(outcome).error.message;
        log_.info("waiting", {{"env", environment.key.text()}, {"for", what}, {"reconcile_id", environment.pass}});
        outcome = Waiting{what, std::nullopt};
    } else if (auto const* failed = std::get_if<Failed>(&outcome)) {
        log_.warn("failed", {{"env", environment.key.text()},
                             {"kind", std::string(to_string(failed->error.kind))},
                             {"attempt", std::to_string(environment.attempts)},
                             {"reconcile_id", environment.pass},
                             {"error", failed->error.message},
                             {"hint", std::string(fly::hint_for(failed->error))}});
    }
    bool const was_ready = is_ready(environment.status);
    if (environment.ending && !environment.removing && (environment.emptied || !fleet_.apps().contains(environment.app))) {
        conclude_ending(environment, clock_.wall());
        return;
    }
    if (environment.hold.empty()) conclude(environment, outcome, fleet_.observe(environment.app), clock_.wall(), retry_at);
    if (options_.local_url) environment.status.local_url = options_.local_url(environment.status.app);
    if (!was_ready && is_ready(environment.status)) {
        log_.info("ready", {{"env", environment.key.text()}, {"url", environment.status.usable_url()}});
    }
}

bool Controller::all_settled() const {
    return desired_.proven() && fleet_.known() && queue_.waiting() == 0 && queue_.working() == 0 && awaited_.empty();
}

bool Controller::all_ready() const {
    if (!fleet_.known() || environments_.empty()) return false;
    return std::ranges::all_of(environments_, [](auto const& entry) {
        if (entry.second.ending && !entry.second.removing) return true;
        return is_ready(entry.second.status) && entry.second.status.observed_generation == entry.second.generation;
    });
}

}  // namespace dayfly::reconcile
