// One helper for every deadline: runs work that returns a Result against the clock and cancels it when time is up.
#pragma once

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <string>
#include <utility>
#include <variant>

#include "controller/base/clock.h"
#include "controller/base/result.h"

namespace dayfly {

/// The work's own result, or TimedOut after `limit`; the work is cancelled and has ended when this returns. `work` must report
/// failures by its Result: `a || b` waits for the first success and would hide a throw until the timer fires (asio issue 900).
template <class T>
Task<Result<T>> with_deadline(Clock& clock, Instant::duration limit, std::string what, Task<Result<T>> work) {
    using namespace boost::asio::experimental::awaitable_operators;
    auto outcome = co_await (std::move(work) || clock.sleep_until(clock.now() + limit));
    if (outcome.index() == 0) co_return std::get<0>(std::move(outcome));
    auto const ms = std::chrono::duration_cast<milliseconds>(limit).count();
    co_return failure(ErrorKind::TimedOut, what + ": no end after " + std::to_string(ms) + " ms");
}

}  // namespace dayfly
