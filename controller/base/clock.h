// Time, passed in. Two readings: one that only moves forward, for timers and deadlines, and the wall, for timestamps people
// read.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "controller/base/task.h"

namespace dayfly {

using Instant = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;
using std::chrono::milliseconds;
using std::chrono::seconds;

class Clock {
public:
    Clock() = default;
    Clock(Clock const&) = delete;
    Clock& operator=(Clock const&) = delete;
    virtual ~Clock() = default;

    /// Monotonic; unaffected by changes of the wall clock.
    [[nodiscard]] virtual Instant now() const = 0;
    /// The wall clock, UTC. Only for display and for moments that users wrote down.
    [[nodiscard]] virtual WallTime wall() const = 0;
    /// Returns at `when`, or early (without throwing) when the coroutine is cancelled; a moment in the past returns after a
    /// turn through the event loop.
    virtual Task<void> sleep_until(Instant when) = 0;

    Task<void> sleep_for(Instant::duration duration) { return sleep_until(now() + duration); }
};

/// The machine's clocks; sleepers are Asio timers on the executor of the coroutine that sleeps.
class SystemClock final : public Clock {
public:
    [[nodiscard]] Instant now() const override;
    [[nodiscard]] WallTime wall() const override;
    Task<void> sleep_until(Instant when) override;
};

}  // namespace dayfly
