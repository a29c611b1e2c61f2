// The control endpoint's requests: faults, time, and looks at the truth.
#pragma once

#include "controller/fly_sim/cloud.h"

namespace dayfly::fly_sim {

struct ControlResult {
    Answer answer;
    Instant::duration advance{};  ///< how far the simulated clock is to move ahead
};

/// Answers a request under /_sim/; see fly_sim/front.h for the list.
[[nodiscard]] ControlResult perform_control(Cloud& cloud, http::Request const& request);

}  // namespace dayfly::fly_sim
