// Fly's proxy as far as it acts by itself: it stops machines without load and starts one for a request.
#pragma once

#include "controller/fly_sim/state.h"

namespace dayfly::fly_sim {

/// Plans the next look, unless one is planned or options.timings.autostop_look says that there are none.
void plan_proxy_look(State& state);

/// One look over all apps: at most one machine of an app and region stops or suspends, as its first service's `autostop` says.
/// A single machine stops when its load is 0; of several one stops when there are more than what is over the soft limit and
/// one, and none below min_machines_running. Source: Fly docs, "Autostop and autostart", which let only the primary region keep
/// a minimum; an app that was made over the API has none, so every region keeps it.
void stop_idle_machines(State& state);

/// Starts a machine of the app when none runs and one has `autostart`. True when it did.
bool start_for_request(State& state, App const& app);

}  // namespace dayfly::fly_sim
