// See idle.h.
#include "controller/reconcile/idle.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "controller/base/time_text.h"

namespace dayfly::reconcile {
namespace {

constexpr specs::Duration longest_warning = std::chrono::hours(1);
/// From a late warning (the controller was down when it was due) to the end.
constexpr specs::Duration shortest_notice = std::chrono::minutes(5);

WallTime after(WallTime then, specs::Duration time) { return then + std::chrono::duration_cast<WallTime::duration>(time); }

std::optional<WallTime> expiry(specs::PreviewEnvironment const& environment, WallTime last_use) {
    if (!environment.spec.ttl) return std::nullopt;
    auto const end = after(last_use, *environment.spec.ttl);
    auto const kept = environment.annotations.find(specs::keep_until_annotation);
    if (kept == environment.annotations.end()) return end;
    auto const until = parse_rfc3339(kept->second);
    return until ? std::max(end, *until) : end;
}

std::string sleep_message(specs::Sleep const& sleep) {
    if (sleep.policy == specs::SleepPolicy::Off) return "sleep.after is off";
    if (sleep.policy == specs::SleepPolicy::Auto) return "Fly's proxy decides when it sleeps";
    return {};
}

}  // namespace

specs::Duration warning_time(specs::Duration ttl) { return std::min(longest_warning, ttl / 10); }

IdleDecision decide_idle(specs::PreviewEnvironment const& environment, IdleFacts const& facts) {
    auto const& spec = environment.spec;
    IdleDecision decision;
    if (spec.suspend) {
        decision.message = "spec.suspend is true: its clocks stand still";
        return decision;
    }
    if (!facts.unreadable.empty()) {
        decision.message = facts.unreadable + ": it neither sleeps nor expires meanwhile";
        return decision;
    }
    decision.message = sleep_message(spec.sleep);
    if (spec.sleep.policy == specs::SleepPolicy::After && !facts.at_rest)
        decision.sleeps_at = after(facts.last_use, spec.sleep.after);
    decision.expires_at = expiry(environment, facts.last_use);
    if (decision.expires_at && facts.now >= after(*decision.expires_at, -warning_time(*spec.ttl))) {
        auto const notice = std::min(shortest_notice, warning_time(*spec.ttl));
        if (!facts.warned) {
            decision.action = IdleAction::Warn;
            return decision;
        }
        if (facts.now >= *decision.expires_at && facts.now >= after(*facts.warned, notice)) {
            decision.action = IdleAction::Expire;
            return decision;
        }
    }
    if (decision.sleeps_at && facts.now >= *decision.sleeps_at) {
        if (facts.in_progress) {
            decision.message = "it sleeps once what is in progress has ended";
        } else {
            decision.action = IdleAction::Sleep;
        }
    }
    return decision;
}

}  // namespace dayfly::reconcile
