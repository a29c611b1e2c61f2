// What a plan adds to the bill.
#pragma once

#include "controller/fly/observed.h"
#include "controller/plan/plan.h"

namespace dayfly::cli {

/// US dollars per hour awake that executing `plan` adds to what `observed` costs; negative when it saves. What a plan holds
/// back or leaves alone does not count.
[[nodiscard]] double cost_change(plan::Plan const& plan, fly::Observed const& observed);

}  // namespace dayfly::cli
