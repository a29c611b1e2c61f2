// A machine's metadata: changed without restarting it and without a new version.
#pragma once

#include "controller/fly_sim/exchange.h"
#include "controller/fly_sim/state.h"

namespace dayfly::fly_sim {

Outcome get_metadata(State& state, Exchange const& exchange);
Outcome get_metadata_key(State& state, Exchange const& exchange);
Outcome set_metadata_key(State& state, Exchange const& exchange);
Outcome delete_metadata_key(State& state, Exchange const& exchange);
/// PUT replaces all of it, PATCH changes what is named; null and "" delete a key.
Outcome update_metadata(State& state, Exchange const& exchange);

}  // namespace dayfly::fly_sim
