// What machines have said, as Fly's log endpoint tells it: a bounded number of lines per app.
#pragma once

#include <string>

#include "controller/fly_sim/exchange.h"
#include "controller/fly_sim/state.h"

namespace dayfly::fly_sim {

/// One line of that machine; the app's oldest lines go when there are too many.
void add_log(State& state, Machine const& machine, std::string message, std::string level = "info");

/// GET /api/v1/apps/{app}/logs?region&instance&next_token. Without a token the newest lines; with one what came after it.
/// Source of the form: fly-go resource_logs.go; 401 for an unknown app was measured.
Outcome list_logs(State& state, Exchange const& exchange);

}  // namespace dayfly::fly_sim
