// What is asked about Fly itself and about the caller: regions, room, the token.
#pragma once

#include "controller/fly_sim/exchange.h"
#include "controller/fly_sim/state.h"

namespace dayfly::fly_sim {

Outcome list_regions(State& state, Exchange const& exchange);
Outcome get_placements(State& state, Exchange const& exchange);
Outcome current_token(State& state, Exchange const& exchange);

}  // namespace dayfly::fly_sim
