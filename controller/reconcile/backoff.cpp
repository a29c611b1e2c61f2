// See backoff.h.
#include "controller/reconcile/backoff.h"

#include <algorithm>

#include "controller/fly/error_policy.h"

namespace dayfly::reconcile {

std::chrono::milliseconds retry_delay(Error const& error, unsigned attempt, Random& random) {
    auto const& policy = fly::policy_for(error.kind);
    auto bound = policy.base;
    for (unsigned i = 1; i < attempt && bound < policy.cap; ++i) bound *= 2;
    bound = std::min(bound, policy.cap);
    // A floor keeps a lucky draw of zero from being a hot loop.
    auto const floor = std::min(policy.base, bound) / 2;
    auto const span = static_cast<double>((bound - floor).count());
    auto const delay = floor + std::chrono::milliseconds(static_cast<std::int64_t>(span * random.uniform()));
    if (!error.retry_after) return delay;
    // Many were told the same moment. They must not all come in it, and none may come before it.
    auto const spread = static_cast<double>(std::max(floor, *error.retry_after / 4).count());
    auto const after = *error.retry_after + std::chrono::milliseconds(static_cast<std::int64_t>(spread * random.uniform()));
    return std::max(delay, after);
}

}  // namespace dayfly::reconcile
