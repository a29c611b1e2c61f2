// A deadline for work on a connection: with_deadline() that also breaks the connection off.
#pragma once

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <functional>
#include <string>
#include <utility>
#include <variant>

#include "controller/base/clock.h"
#include "controller/base/result.h"

namespace dayfly::http {

/// The work's own result, or TimedOut after `limit`. At the end of time, and on cancellation, `break_off` is called before the
/// work is cancelled: a TLS operation is made of several socket operations, and a cancellation that arrives between two of
/// them is lost, while a closed socket is not. `work` must report failures by its Result (see base/deadline.h).
template <class T>
Task<Result<T>> bounded(Clock& clock, Instant::duration limit, std::string what, std::function<void()> break_off,
                        Task<Result<T>> work) {
    using namespace boost::asio::experimental::awaitable_operators;
    bool ended = false;
    auto const watched = [](Task<Result<T>> inner, bool& flag) -> Task<Result<T>> {
        auto result = co_await std::move(inner);
        flag = true;
        co_return result;
    };
    auto const expire = [](Clock& time, Instant when, std::function<void()> const& stop, bool const& flag) -> Task<void> {
        co_await time.sleep_until(when);
        if (!flag) stop();
    };
    auto outcome = co_await (watched(std::move(work), ended) || expire(clock, clock.now() + limit, break_off, ended));
    if (outcome.index() == 0) co_return std::get<0>(std::move(outcome));
    auto const ms = std::chrono::duration_cast<milliseconds>(limit).count();
    co_return failure(ErrorKind::TimedOut, what + ": no end after " + std::to_string(ms) + " ms");
}

}  // namespace dayfly::http
