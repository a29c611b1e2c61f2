// A Wire that tells what passed through it: one line of debug log and one call of an observer for every exchange.
#pragma once

#include <cstddef>
#include <functional>
#include <utility>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/fly/wire.h"

namespace dayfly::fly_rest {

class ObservedWire final : public fly::Wire {
public:
    using Observer = std::function<void(fly::Call const&, Result<fly::Reply> const&, Instant::duration took)>;

    /// How many exchanges are under way, told whenever that changes.
    using InFlight = std::function<void(std::size_t)>;

    /// Both observers may be empty; they must not throw.
    ObservedWire(Clock& clock, Log& log, fly::Wire& next, Observer observer, InFlight in_flight = {})
        : clock_(clock), log_(log), next_(next), observer_(std::move(observer)), tell_in_flight_(std::move(in_flight)) {}

    Task<Result<fly::Reply>> exchange(fly::Call call) override;

private:
    void count(bool begins);

    Clock& clock_;
    Log& log_;
    fly::Wire& next_;
    Observer observer_;
    InFlight tell_in_flight_;
    std::size_t in_flight_ = 0;
};

}  // namespace dayfly::fly_rest
