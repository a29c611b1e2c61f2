// The arithmetic of the bucket. While the pace climbs, tokens grow with the square of time.
#include "controller/fly_rest/token_bucket.h"

#include <algorithm>
#include <cmath>

namespace dayfly::fly_rest {
namespace {

using Seconds = std::chrono::duration<double>;

// Sums of doubles may miss a whole token by this much.
constexpr double tolerance = 1e-6;

Instant::duration up(double seconds) { return std::chrono::ceil<Instant::duration>(Seconds(seconds)); }

}  // namespace

TokenBucket::TokenBucket(Pace full, Instant now)
    : full_(full), state_{.tokens = full.burst, .per_second = full.per_second, .at = now} {}

TokenBucket::State TokenBucket::state_at(Instant now) const {
    if (now <= state_.at) return state_;
    auto const passed = Seconds(now - state_.at).count();
    auto const climbing = std::min(passed, (full_.per_second - state_.per_second) / climb());
    auto const gained =
        state_.per_second * climbing + climb() * climbing * climbing / 2 + full_.per_second * (passed - climbing);
    return {.tokens = std::min(full_.burst, state_.tokens + gained),
            .per_second = std::min(full_.per_second, state_.per_second + climb() * climbing),
            .at = now};
}

bool TokenBucket::try_take(Instant now) {
    if (now < state_.at) return false;
    state_ = state_at(now);
    if (state_.tokens < 1 - tolerance) return false;
    state_.tokens = std::max(0.0, state_.tokens - 1);
    return true;
}

Instant TokenBucket::when(Instant now, double count) const {
    auto const state = state_at(now);
    auto const missing = count - state.tokens;
    if (missing <= tolerance) return std::max(now, state.at);
    auto const climbing = (full_.per_second - state.per_second) / climb();
    auto const gained = state.per_second * climbing + climb() * climbing * climbing / 2;
    auto const pace = state.per_second;
    auto const seconds = missing > gained ? climbing + (missing - gained) / full_.per_second
                                          : (std::sqrt(pace * pace + 2 * climb() * missing) - pace) / climb();
    return state.at + up(seconds);
}

void TokenBucket::denied(Instant now, Instant sent, std::optional<Instant::duration> wish) {
    auto const shut_until = state_.at;
    state_ = state_at(now);
    if (wish) {
        // The server expects somebody at that moment: one may go at once then.
        state_.at = std::max(shut_until, now + *wish);
        state_.tokens = 1;
        return;
    }
    state_.tokens = std::min(state_.tokens, 0.0);
    if (halved_ && sent <= *halved_) return;
    state_.per_second = std::max(full_.per_second / 32, state_.per_second / 2);
    halved_ = now;
}

bool TokenBucket::fresh(Instant now) const {
    if (now < state_.at) return false;
    auto const state = state_at(now);
    return state.tokens >= full_.burst - tolerance && state.per_second >= full_.per_second - tolerance;
}

double TokenBucket::per_second(Instant now) const { return state_at(now).per_second; }

}  // namespace dayfly::fly_rest
