// A token bucket with a queue in front: whoever came first goes first.
#pragma once

#include <cstdint>
#include <deque>

#include "controller/base/clock.h"
#include "controller/base/result.h"
#include "controller/fly_rest/token_bucket.h"

namespace dayfly::fly_rest {

class FairGate {
public:
    FairGate(Pace full, Instant now) : bucket_(full, now) {}
    FairGate(FairGate const&) = delete;
    FairGate& operator=(FairGate const&) = delete;

    /// Returns when it is the caller's turn. RateLimited, at once, when that will be after `latest`; Cancelled. The gate must
    /// stay where it is until this returns: see used().
    Task<Result<void>> pass(Clock& clock, Instant latest);

    /// When one more may pass after all who wait here and `ahead` others, if nobody else comes in between.
    [[nodiscard]] Instant earliest(Instant now, std::size_t ahead) const {
        return bucket_.when(now, static_cast<double>(waiting_.size() + ahead + 1));
    }

    [[nodiscard]] bool used() const { return !waiting_.empty(); }
    [[nodiscard]] TokenBucket& bucket() { return bucket_; }
    [[nodiscard]] TokenBucket const& bucket() const { return bucket_; }

private:
    TokenBucket bucket_;
    std::deque<std::uint64_t> waiting_;  ///< tickets, ascending
    std::uint64_t next_ticket_ = 0;
};

}  // namespace dayfly::fly_rest
