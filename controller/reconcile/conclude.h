// How a pass ends for the status: conditions, failure, history. Pure.
#pragma once

#include "controller/fly/observed.h"
#include "controller/reconcile/environment.h"
#include "specs/load.h"

namespace dayfly::reconcile {

/// Writes the outcome into the environment's status. `retry_at`: when a failed pass is repeated.
void conclude(Environment& environment, Outcome const& outcome, fly::Observed const& seen, WallTime now,
              std::optional<WallTime> retry_at);

/// Nothing of it is left, although its object is there.
void conclude_ending(Environment& environment, WallTime now);

/// Nothing is done about it until whatever `reason` (CamelCase) names is over.
void stall(Environment& environment, std::string const& reason, std::string const& message, WallTime now);

/// Conditions of an environment that waits for the delete guard or is on its way out.
void conclude_removal(Environment& environment, bool held, std::string const& reason, WallTime now);

/// Fly could not be looked at, and why; null: it could. What is known of the environment stays as it was.
void conclude_look(Environment& environment, Error const* problem, WallTime now);

/// Its source cannot be read, and why; empty: it can. What it wanted last stays in force.
void conclude_source(Environment& environment, std::string const& unreadable, WallTime now);

/// The problems of the object's current text; the last good one stays in force.
void conclude_problems(Environment& environment, std::vector<specs::Problem> const& problems, WallTime now);

/// The CamelCase reason for a kind of error, as it stands in conditions.
[[nodiscard]] std::string reason_for(ErrorKind kind);

}  // namespace dayfly::reconcile
