// The few GraphQL queries that REST has no equal for: organisations, and addresses and secrets of all their apps in one call.
#pragma once

#include "controller/fly_sim/exchange.h"
#include "controller/fly_sim/state.h"

namespace dayfly::fly_sim {

Outcome graphql(State& state, Exchange const& exchange);

}  // namespace dayfly::fly_sim
