// Virtual time: sleepers park until the test's loop jumps to the earliest deadline. Weeks pass in milliseconds.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "controller/base/clock.h"

namespace dayfly::test {

class VirtualClock final : public Clock {
public:
    [[nodiscard]] Instant now() const override { return now_; }
    [[nodiscard]] WallTime wall() const override { return wall_epoch_ + (now_ - Instant{}); }
    Task<void> sleep_until(Instant when) override;

    /// The earliest moment anybody sleeps for.
    [[nodiscard]] std::optional<Instant> next() const;
    /// Jumps to `when` (never back) and wakes everybody due.
    void advance_to(Instant when);

private:
    Instant now_{std::chrono::hours(1)};
    // 2026-11-01T00:00:00Z, a fixed start so that transcripts repeat.
    WallTime wall_epoch_{std::chrono::seconds(1'793'491'200)};
    std::multimap<Instant, std::shared_ptr<boost::asio::steady_timer>> sleepers_;
};

/// Runs everything that is ready, then jumps to the next deadline, until `done()` or until `limit` of virtual time has passed
/// or nothing is left to happen. Returns done().
bool run_until(boost::asio::io_context& context, VirtualClock& clock, Instant::duration limit,
               std::function<bool()> const& done);

/// Runs one task to its end on virtual time and returns what it returned. Rethrows. Throws std::runtime_error when it does not
/// end within `limit`.
template <class T>
T run_task(boost::asio::io_context& context, VirtualClock& clock, Task<T> task,
           Instant::duration limit = std::chrono::hours(24)) {
    std::optional<T> result;
    std::exception_ptr error;
    bool ended = false;
    boost::asio::co_spawn(context, std::move(task), [&](std::exception_ptr const& e, T value) {
        error = e;
        if (!e) result.emplace(std::move(value));
        ended = true;
    });
    run_until(context, clock, limit, [&] { return ended; });
    if (error) std::rethrow_exception(error);
    if (!ended) throw std::runtime_error("the task did not end in virtual time");
    return std::move(*result);
}

}  // namespace dayfly::test
