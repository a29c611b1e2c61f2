// A Wire that tells what passed through it: one line of debug log and one call of an observer for every exchange.
#pragma once

#include <functional>
#include <utility>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/fly/wire.h"

namespace dayfly::fly_rest {

class ObservedWire final : public fly::Wire {
public:
    using Observer = std::function<void(fly::Call const&, Result<fly::Reply> const&, Instant::duration took)>;

    /// `observer` may be empty; it must not throw.
    ObservedWire(Clock& clock, Log& log, fly::Wire& next, Observer observer)
        : clock_(clock), log_(log), next_(next), observer_(std::move(observer)) {}

    Task<Result<fly::Reply>> exchange(fly::Call call) override;

private:
    Clock& clock_;
    Log& log_;
    fly::Wire& next_;
    Observer observer_;
};

}  // namespace dayfly::fly_rest
