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
    return std::max(delay, error.retry_after.value_or(std::chrono::milliseconds(0)));
}

}  // namespace dayfly::reconcile
