#include "controller/fly_sim/rate_limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace dayfly::fly_sim {
namespace {

struct Rate {
    double per_second;
    double burst;
};

Rate rate_of(RateLimitOptions const& options, std::string_view action) {
    if (action == "get_machine") return {options.get_machine_per_second, options.get_machine_burst};
    if (action == "graphql_query") return {options.graphql_per_second, options.graphql_burst};
    return {options.per_second, options.burst};
}

/// What the bucket belongs to; empty: not limited.
std::string_view identifier(RateLimitOptions const& options, Counted const& counted) {
    // Logs and metrics are not the Machines API, whose limits these are.
    if (counted.action == "get_logs" || counted.action == "query_metrics") return {};
    if (counted.action == "graphql_query") return options.graphql_per_second > 0 ? "everyone" : "";
    auto const of_token =
        counted.action == "list_regions" || counted.action == "get_placements" || counted.action == "current_token";
    if (of_token) return options.organisation_wide ? "everyone" : "";
    auto const of_organisation = counted.action == "create_app" || counted.action == "list_apps" ||
                                 counted.action == "list_org_machines" || counted.action == "list_org_volumes";
    if (of_organisation) return options.organisation_wide ? counted.organisation : counted.app;
    return counted.machine.empty() ? counted.app : counted.machine;
}

}  // namespace

std::optional<std::chrono::milliseconds> RateLimits::refuse(RateLimitOptions const& options, Counted const& counted,
                                                            Instant now) {
    if (!options.enabled) return std::nullopt;
    if (counted.action == "delete_app") return refuse_deletion(options.delete_app_per_minute, now);
    auto const who = identifier(options, counted);
    if (who.empty()) return std::nullopt;
    auto const rate = rate_of(options, counted.action);
    auto const [place, fresh] = buckets_.try_emplace(fmt::format("{} {}", counted.action, who), Bucket{rate.burst, now});
    auto& bucket = place->second;
    auto const waited = std::chrono::duration<double>(now - bucket.filled).count();
    bucket.tokens = std::min(rate.burst, bucket.tokens + waited * rate.per_second);
    bucket.filled = now;
    // A token that is there but for rounding is there.
    if (bucket.tokens < 1 - 1e-9) {
        return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil((1 - bucket.tokens) / rate.per_second * 1000)));
    }
    bucket.tokens -= 1;
    if (fresh && buckets_.size() > next_sweep_) forget_full(now);
    return std::nullopt;
}

std::optional<std::chrono::milliseconds> RateLimits::refuse_deletion(double per_minute, Instant now) {
    constexpr std::chrono::minutes window{1};
    while (!deletions_.empty() && deletions_.front() + window <= now) deletions_.pop_front();
    if (static_cast<double>(deletions_.size()) + 1 > per_minute) {
        auto const free = deletions_.empty() ? now + window : deletions_.front() + window;
        return std::chrono::ceil<std::chrono::milliseconds>(free - now);
    }
    deletions_.push_back(now);
    return std::nullopt;
}

void RateLimits::forget_full(Instant now) {
    // After two minutes every bucket is full again, and a full bucket is as good as none.
    std::erase_if(buckets_, [&](auto const& entry) { return now - entry.second.filled > std::chrono::minutes(2); });
    next_sweep_ = std::max<std::size_t>(4096, buckets_.size() * 2);
}

}  // namespace dayfly::fly_sim
