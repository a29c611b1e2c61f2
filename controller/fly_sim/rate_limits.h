// Fly's rate limits: one token bucket per action and identifier.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "controller/base/clock.h"
#include "controller/fly_sim/options.h"

namespace dayfly::fly_sim {

/// What a request is counted on. Empty app, machine or organisation: the request has none.
struct Counted {
    std::string_view action;
    std::string_view app = {};
    std::string_view machine = {};
    std::string_view organisation = {};
};

class RateLimits {
public:
    /// Nothing when the request may pass; else how long until the next one may.
    std::optional<std::chrono::milliseconds> refuse(RateLimitOptions const& options, Counted const& counted, Instant now);

private:
    struct Bucket {
        double tokens;
        Instant filled;
    };
    void forget_full(Instant now);
    std::optional<std::chrono::milliseconds> refuse_deletion(double per_minute, Instant now);

    std::deque<Instant> deletions_;  ///< of apps, in the last minute
    std::unordered_map<std::string, Bucket> buckets_;
    std::size_t next_sweep_ = 4096;
};

}  // namespace dayfly::fly_sim
