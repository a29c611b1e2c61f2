// Volumes: names that repeat, one host for life, bound to a machine until that is really gone.
#pragma once

#include <string>

#include "controller/fly_sim/exchange.h"
#include "controller/fly_sim/state.h"

namespace dayfly::fly_sim {

[[nodiscard]] Json volume_json(Volume const& volume);

/// Plans the moment when a destroyed or replaced holder really lets go of it.
void release_volume_later(State& state, std::string const& volume, std::string const& machine);
/// Gone at once, without a trace but in the lists.
void drop_volume(State& state, App& app, std::string const& id);
/// The holder as Fly names it in a refusal: 14 NUL bytes when it was just destroyed.
[[nodiscard]] std::string shown_holder(State const& state, Volume const& volume);

/// Carries out a volume's step.
void apply_volume_step(State& state, Due const& due);

Outcome list_volumes(State& state, Exchange const& exchange);
Outcome create_volume(State& state, Exchange const& exchange);
Outcome get_volume(State& state, Exchange const& exchange);
Outcome update_volume(State& state, Exchange const& exchange);
Outcome extend_volume(State& state, Exchange const& exchange);
Outcome delete_volume(State& state, Exchange const& exchange);
Outcome list_snapshots(State& state, Exchange const& exchange);
Outcome create_snapshot(State& state, Exchange const& exchange);

}  // namespace dayfly::fly_sim
