// From plans and results to what people read: steps, progress and health, written into a Status.
#pragma once

#include <string>

#include "controller/plan/plan.h"
#include "controller/reconcile/status.h"

namespace dayfly::reconcile {

/// Names, URL, cost and the steps that this environment will go through.
void describe_wish(Status& status, plan::Desired const& desired, WallTime now);
/// Steps whose resources need nothing are Done.
void describe_plan(Status& status, plan::Plan const& plan, WallTime now);
void begin_step(Status& status, plan::Operation const& operation, WallTime now);
void end_step(Status& status, plan::Step const& step, Result<void> const& result, WallTime now);

/// Why a service does not count as answering although its machine is up; empty when it does or nobody asked for a check.
[[nodiscard]] std::string health_problem(fly::Observed const& observed, plan::Desired const& desired);

/// "Network" for assign_ip, …: the step that people see.
[[nodiscard]] std::string_view step_of(plan::Operation const& operation);

}  // namespace dayfly::reconcile
