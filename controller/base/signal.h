// A wake-up call between coroutines of the one thread: notify() ends the wait of everybody who waits now.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <list>

#include "controller/base/clock.h"

namespace dayfly {

class Signal {
public:
    Signal() = default;
    Signal(Signal const&) = delete;
    Signal& operator=(Signal const&) = delete;

    void notify();
    /// Returns at the next notify(), at `when` at the latest, or early when cancelled.
    Task<void> wait_until(Clock& clock, Instant when);

private:
    Task<void> wait(std::uint64_t seen);
    std::list<boost::asio::steady_timer*> waiting_;
    std::uint64_t notified_ = 0;  ///< a call between the decision to wait and the wait itself is not lost
};

}  // namespace dayfly
