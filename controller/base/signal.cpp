// See signal.h.
#include "controller/base/signal.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace dayfly {

namespace asio = boost::asio;

void Signal::notify() {
    ++notified_;
    for (auto* timer : waiting_) timer->cancel();
}

Task<void> Signal::wait(std::uint64_t seen) {
    if (seen != notified_) co_return;
    asio::steady_timer timer(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
    auto const place = waiting_.insert(waiting_.end(), &timer);
    // Also when this frame is destroyed without being resumed: notify() must not find what is gone.
    struct Leave {
        std::list<asio::steady_timer*>& waiting;
        std::list<asio::steady_timer*>::iterator place;
        ~Leave() { waiting.erase(place); }
    } const leave{waiting_, place};
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

Task<void> Signal::wait_until(Clock& clock, Instant when) {
    using namespace asio::experimental::awaitable_operators;
    co_await (wait(notified_) || clock.sleep_until(when));
}

}  // namespace dayfly
