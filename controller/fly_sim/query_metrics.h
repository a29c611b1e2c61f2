// Fly's managed Prometheus, as far as a controller asks it: instant queries.
#pragma once

#include "controller/fly_sim/exchange.h"
#include "controller/fly_sim/state.h"

namespace dayfly::fly_sim {

/// GET or POST /prometheus/{organisation}/api/v1/query with query= and perhaps time=. A query that is not understood is a 422,
/// in Prometheus' form of an error.
Outcome query_metrics(State& state, Exchange const& exchange);

}  // namespace dayfly::fly_sim
