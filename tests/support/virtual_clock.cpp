#include "tests/support/virtual_clock.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace dayfly::test {

namespace asio = boost::asio;

Task<void> VirtualClock::sleep_until(Instant when) {
    // A timer that never fires by itself: advance_to() cancels it, and so does cancellation of the sleeping coroutine.
    auto timer =
        std::make_shared<asio::steady_timer>(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
    auto const place = sleepers_.emplace(when, timer);
    struct Erase {
        std::multimap<Instant, std::shared_ptr<asio::steady_timer>>& sleepers;
        asio::steady_timer* timer;
        Instant when;
        ~Erase() {
            auto const [first, last] = sleepers.equal_range(when);
            for (auto it = first; it != last; ++it) {
                if (it->second.get() == timer) {
                    sleepers.erase(it);
                    return;
                }
            }
        }
    } const erase{sleepers_, timer.get(), when};
    (void)place;
    co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));
}

std::optional<Instant> VirtualClock::next() const {
    if (sleepers_.empty()) return std::nullopt;
    return sleepers_.begin()->first;
}

void VirtualClock::advance_to(Instant when) {
    if (when > now_) now_ = when;
    while (!sleepers_.empty() && sleepers_.begin()->first <= now_) {
        auto const timer = sleepers_.begin()->second;
        sleepers_.erase(sleepers_.begin());
        timer->cancel();
    }
}

bool run_until(asio::io_context& context, VirtualClock& clock, Instant::duration limit, std::function<bool()> const& done) {
    auto const end = clock.now() + limit;
    for (;;) {
        context.restart();
        // One handler at a time, so that `done` is seen the moment it holds.
        while (!done() && context.poll_one() > 0) {
        }
        if (done()) return true;
        auto const next = clock.next();
        if (!next || *next > end) {
            clock.advance_to(end);
            context.restart();
            context.poll();
            return done();
        }
        clock.advance_to(*next);
    }
}

}  // namespace dayfly::test
