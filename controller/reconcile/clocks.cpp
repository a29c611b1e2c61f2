// The controller's clocks: how much each environment is used, by Fly's metrics and by what its machines do, and what follows
// from it. When to sleep and when to end is decided in idle.cpp.
#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <vector>

#include "controller/base/time_text.h"
#include "controller/fly/version_time.h"
#include "controller/plan/tombstone.h"
#include "controller/reconcile/conclude.h"
#include "controller/reconcile/controller.h"

namespace dayfly::reconcile {
namespace {

/// How late Fly's metrics may be; no number is given.
constexpr seconds lateness{120};
constexpr seconds concurrency_window{300};
/// Fly keeps metrics for about 15 days.
constexpr seconds longest_window = std::chrono::days(15);
/// Questions about the past in one round; whom they do not reach waits for the next.
constexpr std::size_t most_windows = 12;

seconds whole_seconds(specs::Duration time) { return std::chrono::ceil<seconds>(time); }

/// Requests to it pass Fly's proxy, which counts them.
bool is_counted(specs::Spec const& spec) { return spec.service && spec.service->visibility == specs::Visibility::Public; }

bool has_clock(Environment const& environment) {
    if (!environment.spec || environment.removing || environment.ending || !environment.hold.empty()) return false;
    auto const& spec = environment.spec->spec;
    return spec.ttl || spec.sleep.policy == specs::SleepPolicy::After;
}

/// Ascending, the last one being `whole`: the smallest one with a request in it tells about when the last request came.
std::set<seconds> windows_of(seconds whole) {
    std::set<seconds> windows;
    for (int quarters = 1; quarters <= 4; ++quarters)
        windows.insert(std::clamp(whole * quarters / 4, seconds(1), longest_window));
    return windows;
}

}  // namespace

Task<void> Controller::watch_activity() {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    auto const state = co_await boost::asio::this_coro::cancellation_state;
    if (options_.activity == nullptr) co_return;
    while (state.cancelled() == boost::asio::cancellation_type::none) {
        co_await clock_.sleep_for(options_.activity_every);
        if (state.cancelled() != boost::asio::cancellation_type::none) co_return;
        if (!fleet_.known()) continue;
        co_await run_clocks();
        changed_.notify();
    }
}

void Controller::used(Environment& environment, WallTime when) {
    auto& usage = environment.usage;
    usage.last = usage.last ? std::max(*usage.last, when) : when;
    usage.proved = false;
    usage.warned.reset();
    if (environment.rest == plan::Rest::Asleep && !environment.rest_by_hand) environment.rest = plan::Rest::AsItIs;
    environment.status.last_activity = usage.last;
}

void Controller::learn_use(Environment& environment) {
    auto const record = fleet_.apps().find(environment.app);
    if (record == fleet_.apps().end() || record->second.machines.empty()) return;
    auto& usage = environment.usage;
    auto const now = clock_.wall();
    bool at_rest = true;
    std::optional<WallTime> changed;
    for (auto const& [id, machine] : record->second.machines) {
        // What is changed in its sleep sleeps on.
        bool const changed_asleep = usage.at_rest && machine.seen.state == "replacing";
        at_rest = at_rest && (plan::is_resting(machine.seen.state) || changed_asleep);
        changed = std::max(changed, fly::version_time(machine.seen.version));
        // Only at first sight: later on, what happens is seen as it happens.
        if (!usage.last) changed = std::max(changed, parse_rfc3339(machine.updated_at));
    }
    if (!usage.last) {
        used(environment, std::min(changed.value_or(now), now));
    } else if (changed && *changed > *usage.last) {
        used(environment, std::min(*changed, now));
    }
    if (usage.at_rest && !at_rest) {
        used(environment, now);
        observer_.slept_or_woke("wake");
        add_event(environment.status, false, "Woken", "a machine was started", now);
        log_.info("woken", {{"env", environment.key.text()}});
    }
    usage.at_rest = at_rest;
}

IdleFacts Controller::facts_of(Environment const& environment, bool suppose_read) const {
    auto const& usage = environment.usage;
    auto const* ready = find_condition(environment.status, "Ready");
    IdleFacts facts{.now = clock_.wall(),
                    .last_use = *usage.last,
                    .at_rest = usage.at_rest,
                    .in_progress = ready == nullptr || ready->status == Truth::Unknown,
                    .warned = usage.warned};
    auto const& spec = environment.spec->spec;
    if (environment.paused) {
        facts.unreadable = "it is suspended by hand";
    } else if (spec.service && !is_counted(spec)) {
        facts.unreadable = "its service is private, and requests to it are not counted";
    } else if (is_counted(spec) && !suppose_read && !(usage.at_rest && usage.proved)) {
        facts.unreadable = activity_problem_;
    }
    return facts;
}

Task<Result<void>> Controller::read_activity() {
    using namespace boost::asio::experimental::awaitable_operators;
    auto const asked_at = clock_.wall();
    auto const since = activity_read_ ? std::chrono::ceil<seconds>(asked_at - *activity_read_) : options_.activity_every;
    auto const window = std::clamp(since + lateness, seconds(60), longest_window);
    auto const& organization = options_.ownership.organization;
    auto [requests, concurrency] = co_await (options_.activity->requests(organization, window) &&
                                             options_.activity->concurrency(organization, concurrency_window));
    if (!requests) co_return std::unexpected(std::move(requests.error()));
    if (!concurrency) co_return std::unexpected(std::move(concurrency.error()));
    if (requests->empty() && concurrency->empty() && !co_await is_recorded(window))
        co_return failure(ErrorKind::Unavailable, "Fly's metrics show nothing of this organisation");
    activity_read_ = asked_at;
    for (auto const* numbers : {&*requests, &*concurrency}) {
        for (auto const& [app, number] : *numbers) {
            auto const key = key_of_app_.find(app);
            if (number <= 0 || key == key_of_app_.end()) continue;
            if (auto const found = environments_.find(key->second); found != environments_.end()) used(found->second, asked_at);
        }
    }
    co_return Result<void>{};
}

Task<bool> Controller::is_recorded(seconds window) {
    // Nobody may have asked anything yet, and there would be no series of it; of a machine that runs there always is one.
    auto const up = co_await options_.activity->machines_up(options_.ownership.organization, window);
    co_return up&& std::ranges::any_of(*up, [](auto const& number) { return number.second > 0; });
}

Task<std::set<std::string>> Controller::prove_silence(std::vector<specs::Key> keys) {
    std::map<specs::Key, std::set<seconds>> asked;
    std::map<seconds, fly::NumberByApp> answers;
    for (auto const& key : keys) {
        auto const& environment = environments_.at(key);
        auto const decision = decide_idle(*environment.spec, facts_of(environment, true));
        auto const& spec = environment.spec->spec;
        auto const windows = windows_of(
            whole_seconds(decision.action == IdleAction::Sleep ? spec.sleep.after : spec.ttl.value_or(spec.sleep.after)));
        auto all = answers;
        for (auto const window : windows) all[window];
        if (all.size() > most_windows) continue;
        answers = std::move(all);
        asked.emplace(key, windows);
    }
    bool anything = false;
    for (auto& [window, numbers] : answers) {
        auto answer = co_await options_.activity->requests(options_.ownership.organization, window);
        if (!answer) {
            activity_problem_ = "Fly's metrics cannot be read: " + answer.error().message;
            co_return std::set<std::string>{};
        }
        numbers = std::move(*answer);
        anything = anything || !numbers.empty();
    }
    if (!anything && !answers.empty()) anything = co_await is_recorded(answers.rbegin()->first);
    std::set<std::string> silent;
    auto const now = clock_.wall();
    for (auto const& [key, windows] : asked) {
        auto const found = environments_.find(key);
        if (found == environments_.end()) continue;
        auto& environment = found->second;
        auto shorter = seconds(0);
        bool heard = false;
        for (auto const window : windows) {
            auto const number = answers.at(window).find(environment.app);
            heard = number != answers.at(window).end() && number->second > 0;
            if (heard) break;
            shorter = window;
        }
        if (heard) {
            used(environment, now - shorter);
        } else if (anything && *windows.rbegin() == longest_window && !environment.usage.looked_back) {
            // It may have been used just before what Fly remembers.
            environment.usage.looked_back = true;
            used(environment, now - longest_window);
        } else if (anything) {
            silent.insert(environment.app);
            environment.usage.proved = environment.usage.at_rest;
        }
    }
    if (!anything && !asked.empty()) activity_problem_ = "Fly's metrics show nothing of this organisation";
    co_return silent;
}

Task<void> Controller::run_clocks() {
    bool reads = false;
    for (auto& [key, environment] : environments_) {
        if (!has_clock(environment)) continue;
        learn_use(environment);
        reads = reads || (environment.usage.last && !environment.usage.at_rest && is_counted(environment.spec->spec));
    }
    auto const problem_before = activity_problem_;
    activity_problem_.clear();
    if (reads) {
        if (auto read = co_await read_activity(); !read)
            activity_problem_ = "Fly's metrics cannot be read: " + read.error().message;
    }
    std::vector<specs::Key> doubtful;
    for (auto const& [key, environment] : environments_) {
        if (!has_clock(environment) || !environment.usage.last) continue;
        auto const& usage = environment.usage;
        bool const needs_proof = is_counted(environment.spec->spec) && !(usage.at_rest && usage.proved);
        auto const decision = decide_idle(*environment.spec, facts_of(environment, true));
        if (needs_proof && decision.action != IdleAction::Nothing) doubtful.push_back(key);
    }
    std::set<std::string> silent;
    if (activity_problem_.empty() && !doubtful.empty()) silent = co_await prove_silence(doubtful);
    if (activity_problem_ != problem_before && !activity_problem_.empty())
        log_.warn("activity", {{"error", activity_problem_}, {"effect", "nothing is put to sleep or ended"}});
    std::vector<specs::Key> keys;
    for (auto const& [key, environment] : environments_) {
        if (has_clock(environment) && environment.usage.last) keys.push_back(key);
    }
    for (auto const& key : keys) {
        auto const found = environments_.find(key);
        if (found == environments_.end()) continue;
        auto& environment = found->second;
        auto decision = decide_idle(*environment.spec, facts_of(environment, false));
        bool const doubted = std::ranges::find(doubtful, key) != doubtful.end();
        if (doubted && !silent.contains(environment.app)) decision.action = IdleAction::Nothing;
        act(environment, decision);
    }
}

void Controller::act(Environment& environment, IdleDecision const& decision) {
    auto const now = clock_.wall();
    auto& status = environment.status;
    status.last_activity = environment.usage.last;
    status.sleeps_at = decision.sleeps_at;
    status.expires_at = decision.expires_at;
    status.clock_message = decision.message;
    switch (decision.action) {
        case IdleAction::Nothing: return;
        case IdleAction::Sleep:
            if (environment.rest == plan::Rest::Asleep) return;
            environment.rest = plan::Rest::Asleep;
            environment.rest_by_hand = false;
            environment.usage.proved = true;
            add_event(status, false, "Idle", "not used since " + rfc3339(*environment.usage.last) + ": it goes to sleep", now);
            log_.info("idle", {{"env", environment.key.text()}, {"last_use", rfc3339(*environment.usage.last)}});
            observer_.slept_or_woke("sleep");
            enqueue(environment.key, Priority::Normal, clock_.now());
            return;
        case IdleAction::Warn:
            environment.usage.warned = now;
            add_event(status, true, "ExpiresSoon",
                      "it is removed at " + rfc3339(*decision.expires_at) +
                          " unless somebody uses it; keep it with the annotation " + specs::keep_until_annotation,
                      now);
            log_.warn("expires soon", {{"env", environment.key.text()}, {"at", rfc3339(*decision.expires_at)}});
            return;
        case IdleAction::Expire:
            environment.tombstone = plan::tombstone_name(*environment.spec, reconciler_.revision_of(environment));
            expire(environment);
            return;
    }
}

void Controller::expire(Environment& environment) {
    environment.status.sleeps_at.reset();
    environment.status.expires_at.reset();
    environment.status.clock_message.clear();
    auto const ttl = environment.spec->spec.ttl ? short_duration(*environment.spec->spec.ttl) : std::string("its time");
    set_ending(environment.key, Ending{.reason = expired_reason,
                                       .message = "not used for " + ttl + "; `dayfly wake " + environment.key.name +
                                                  "`, a new commit or a change of its file brings it back"});
    if (environment.emptied) conclude_ending(environment, clock_.wall());
}

void Controller::ask_again(Environment& environment) {
    environment.ending.reset();
    environment.tombstone.clear();
    environment.emptied = false;
    environment.asked_again = true;
    environment.removing = false;
    environment.removal_released = false;
    environment.attempts = 0;
    environment.rounds = 0;
    environment.look_first = true;
    environment.usage = {.last = clock_.wall()};
    environment.wanted_since = clock_.now();
    environment.operation = "create";
    remove_condition(environment.status, "DeletionBlocked");
    add_event(environment.status, false, "Revived", "it is asked for again", clock_.wall());
    enqueue(environment.key, Priority::Asked, clock_.now());
}

}  // namespace dayfly::reconcile
