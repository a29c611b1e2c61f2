// How long to wait before trying again: full jitter, so that what failed together does not come back together.
#pragma once

#include <chrono>

#include "controller/base/random.h"
#include "controller/base/result.h"

namespace dayfly::reconcile {

/// Uniform in [base/2, bound) with bound = min(cap, base * 2^(attempt-1)), by the error's policy. A server's own retry_after
/// stretches it: never before that moment, and spread over up to a quarter more. `attempt` counts from 1.
[[nodiscard]] std::chrono::milliseconds retry_delay(Error const& error, unsigned attempt, Random& random);

}  // namespace dayfly::reconcile
