// Admits calls, hears 429s, and learns from them.
#include "controller/fly_rest/rate_limited_wire.h"

#include <algorithm>
#include <utility>

namespace dayfly::fly_rest {
namespace {

constexpr seconds memory{10};
constexpr std::size_t most_remembered = 4096;
constexpr std::size_t least_sweep = 256;

std::string key_of(fly::Call const& call) { return std::string(to_string(call.action)) + ' ' + call.id; }

Result<void> check_pace(std::string const& field, Pace pace) {
    if (pace.per_second > 0 && pace.burst >= 1) return {};
    return failure(ErrorKind::InvalidInput, field + ": needs a pace above 0 and a burst of at least 1");
}

}  // namespace

Result<void> RateLimits::check() const {
    if (auto ok = check_pace("each", each); !ok) return ok;
    for (auto const& [action, pace] : each_of) {
        if (auto ok = check_pace("each_of." + std::string(to_string(action)), pace); !ok) return ok;
    }
    for (auto const& [action, pace] : overall) {
        if (auto ok = check_pace("overall." + std::string(to_string(action)), pace); !ok) return ok;
    }
    if (longest_wait.count() < 0) return failure(ErrorKind::InvalidInput, "longest_wait: must not be negative");
    if (retries < 0) return failure(ErrorKind::InvalidInput, "retries: must not be negative");
    return {};
}

RateLimitedWire::RateLimitedWire(Clock& clock, fly::Wire& next, RateLimits limits, RateLimitObserver observer)
    : clock_(clock), next_(next), limits_(std::move(limits)), observer_(std::move(observer)) {
    for (auto const& [action, pace] : limits_.overall) state_of(action).gate = std::make_unique<FairGate>(pace, clock.now());
}

Task<Result<fly::Reply>> RateLimitedWire::exchange(fly::Call call) {
    auto const latest = clock_.now() + limits_.longest_wait;
    for (int attempt = 0;; ++attempt) {
        auto const asked = clock_.now();
        auto admitted = co_await admit(call, latest);
        if (!admitted) co_return std::unexpected(std::move(admitted.error()));
        auto const sent = clock_.now();
        if (observer_.waited) observer_.waited(call.action, sent - asked);
        note_sent(call.action);
        auto reply = co_await next_.exchange(call);
        if (!reply || reply->status != 429) co_return reply;
        ++denials_;
        if (observer_.denied) observer_.denied(call.action);
        learn(call, sent, reply->retry_after);
        if (attempt >= limits_.retries) co_return reply;
    }
}

Instant RateLimitedWire::earliest(fly::Action action, std::size_t ahead) const {
    auto const& gate = actions_[static_cast<std::size_t>(action)].gate;
    return gate ? gate->earliest(clock_.now(), ahead) : clock_.now();
}

FairGate& RateLimitedWire::gate_for(fly::Call const& call) {
    auto& gate = gates_[key_of(call)];
    if (!gate) {
        auto const special = limits_.each_of.find(call.action);
        gate = std::make_unique<FairGate>(special == limits_.each_of.end() ? limits_.each : special->second, clock_.now());
    }
    return *gate;
}

Task<Result<void>> RateLimitedWire::admit(fly::Call const& call, Instant latest) {
    if (gates_.size() >= next_sweep_) drop_fresh();
    auto passed = co_await gate_for(call).pass(clock_, latest);
    auto& state = state_of(call.action);
    if (state.learned && !state.gate->used() && state.gate->bucket().fresh(clock_.now())) {
        state.gate.reset();
        state.learned = false;
    }
    if (!passed || !state.gate) co_return passed;
    co_return co_await state.gate->pass(clock_, latest);
}

void RateLimitedWire::note_sent(fly::Action action) {
    auto& sent = state_of(action).sent;
    auto const now = clock_.now();
    while (!sent.empty() && (sent.front() < now - memory || sent.size() >= most_remembered)) sent.pop_front();
    sent.push_back(now);
}

void RateLimitedWire::learn(fly::Call const& call, Instant sent, std::optional<Instant::duration> wish) {
    auto& state = state_of(call.action);
    auto const now = clock_.now();
    bool const several = state.denied_id != call.id && state.denied_at >= now - memory;
    state.denied_id = call.id;
    state.denied_at = now;
    if (several && !state.gate) {
        // What was sent lately was too much, so it is the most that the pace may climb back to.
        auto const lately = static_cast<double>(state.sent.size()) / static_cast<double>(memory.count());
        state.gate = std::make_unique<FairGate>(Pace{.per_second = std::max(1.0, lately), .burst = 3}, now);
        state.learned = true;
    }
    auto& gate = several ? *state.gate : gate_for(call);
    gate.bucket().denied(now, sent, wish);
}

void RateLimitedWire::drop_fresh() {
    auto const now = clock_.now();
    std::erase_if(gates_, [&](auto const& entry) { return !entry.second->used() && entry.second->bucket().fresh(now); });
    next_sweep_ = std::max(least_sweep, 2 * gates_.size());
}

}  // namespace dayfly::fly_rest
