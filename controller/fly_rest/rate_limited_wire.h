// A Wire that keeps Fly's rate limits and learns the ones that Fly does not document.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "controller/base/clock.h"
#include "controller/fly/wire.h"
#include "controller/fly_rest/fair_gate.h"

namespace dayfly::fly_rest {

struct RateLimits {
    Pace each = {.per_second = 1, .burst = 3};  ///< per action and identifier, unless listed below
    std::map<fly::Action, Pace> each_of = {{fly::Action::GetMachine, {.per_second = 5, .burst = 10}}};
    /// Over all identifiers. Fly allows 100 deletions of apps a minute; 97 and a burst of 3 never make more in any minute.
    std::map<fly::Action, Pace> overall = {{fly::Action::DeleteApp, {.per_second = 97.0 / 60, .burst = 3}}};
    std::chrono::milliseconds longest_wait{300'000};  ///< of one call; more: held memory and stale intentions
    int retries = 3;                                  ///< of one call after a 429; more: longer until the caller hears of it

    /// InvalidInput that names the field.
    [[nodiscard]] Result<void> check() const;
};

struct RateLimitObserver {
    std::function<void(fly::Action, Instant::duration)> waited = {};  ///< once a call that goes out, 0 included
    std::function<void(fly::Action)> denied = {};                     ///< once a 429
};

/// Holds a call back until its turn. A 429 proves that nothing was done, so the call is sent again after the wait that the
/// answer asks for or that was learned, reads and writes alike; the last 429 is returned as it is. RateLimited when the wait
/// would be too long. Call::limit does not include the wait.
///
/// A 429 slows its own (action, identifier) down. When two identifiers of one action are denied within ten seconds, the limit
/// lies above them (per organisation, say), and the action as a whole is slowed down instead.
class RateLimitedWire final : public fly::Wire {
public:
    RateLimitedWire(Clock& clock, fly::Wire& next, RateLimits limits = {}, RateLimitObserver observer = {});

    Task<Result<fly::Reply>> exchange(fly::Call call) override;

    /// When a call of `action` on an identifier of its own could go, if `ahead` others go first: for callers with something
    /// better to do than to wait here. Now, where no limit over all identifiers is known.
    [[nodiscard]] Instant earliest(fly::Action action, std::size_t ahead) const;

    /// Buckets held at the moment; those that are full again are dropped.
    [[nodiscard]] std::size_t buckets() const { return gates_.size(); }
    /// 429 answers so far.
    [[nodiscard]] std::uint64_t denials() const { return denials_; }

private:
    struct ActionState {
        std::unique_ptr<FairGate> gate;  ///< over all identifiers; null: no such limit is known
        bool learned = false;            ///< the gate was, and goes when it is full again
        std::deque<Instant> sent;        ///< of the last ten seconds
        std::string denied_id;           ///< the last one
        Instant denied_at = Instant::min();
    };

    [[nodiscard]] ActionState& state_of(fly::Action action) { return actions_[static_cast<std::size_t>(action)]; }
    FairGate& gate_for(fly::Call const& call);
    Task<Result<void>> admit(fly::Call const& call, Instant latest);
    void note_sent(fly::Action action);
    void learn(fly::Call const& call, Instant sent, std::optional<Instant::duration> wish);
    void drop_fresh();

    Clock& clock_;
    fly::Wire& next_;
    RateLimits limits_;
    RateLimitObserver observer_;
    std::unordered_map<std::string, std::unique_ptr<FairGate>> gates_;  ///< by action and identifier
    std::size_t next_sweep_ = 256;
    std::array<ActionState, fly::action_count> actions_;
    std::uint64_t denials_ = 0;
};

}  // namespace dayfly::fly_rest
