// A plan as text for people who review a change of behaviour: stage by stage, one line a step.
#pragma once

#include <string>

#include "controller/plan/plan.h"

namespace dayfly::golden {

/// + create, ~ update, ± replace, - delete, … wait; `with_config` writes each created machine out. What changes with every
/// version of the boot program is left out.
[[nodiscard]] std::string plan_lines(plan::Plan const& plan, bool with_config);

}  // namespace dayfly::golden
