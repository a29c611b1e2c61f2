// Addresses of an app: none by themselves, one shared v4, as many v6 as are asked for.
#pragma once

#include "controller/fly_sim/exchange.h"
#include "controller/fly_sim/state.h"

namespace dayfly::fly_sim {

Outcome list_ips(State& state, Exchange const& exchange);
Outcome assign_ip(State& state, Exchange const& exchange);
Outcome release_ip(State& state, Exchange const& exchange);

}  // namespace dayfly::fly_sim
