// Queues callers in front of a bucket.
#include "controller/fly_rest/fair_gate.h"

#include <algorithm>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/this_coro.hpp>

namespace dayfly::fly_rest {
namespace {

/// Gives the place in the queue back, however the coroutine ends.
struct Place {
    std::deque<std::uint64_t>& waiting;
    std::uint64_t ticket;

    [[nodiscard]] auto find() const { return std::ranges::lower_bound(waiting, ticket); }
    [[nodiscard]] std::size_t ahead() const { return static_cast<std::size_t>(find() - waiting.begin()); }
    ~Place() { waiting.erase(find()); }
};

}  // namespace

Task<Result<void>> FairGate::pass(Clock& clock, Instant latest) {
    Place const place{waiting_, next_ticket_};
    waiting_.push_back(next_ticket_++);
    for (;;) {
        auto const now = clock.now();
        auto const ahead = place.ahead();
        if (ahead == 0 && bucket_.try_take(now)) co_return Result<void>{};
        auto const turn = bucket_.when(now, static_cast<double>(ahead) + 1);
        if (turn > latest) {
            auto const wait = std::chrono::ceil<seconds>(turn - now);
            auto text = "not sent: its turn would come in " + std::to_string(wait.count()) + " s";
            co_return std::unexpected(Error{.kind = ErrorKind::RateLimited, .message = std::move(text), .retry_after = wait});
        }
        co_await clock.sleep_until(turn);
        auto const state = co_await boost::asio::this_coro::cancellation_state;
        if (state.cancelled() != boost::asio::cancellation_type::none) {
            co_return failure(ErrorKind::Cancelled, "not sent: shutting down");
        }
    }
}

}  // namespace dayfly::fly_rest
