// Leases: whoever holds one is the only one who may write to the machine, until the wall clock says it is over.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "controller/fly_sim/exchange.h"
#include "controller/fly_sim/state.h"

namespace dayfly::fly_sim {

/// The 409 for a write without the holder's nonce; nothing when the machine is free or the nonce is right.
[[nodiscard]] std::optional<Answer> refuse_for_lease(State const& state, Machine const& machine, std::string const& nonce);
/// Takes it for `ttl`, or prolongs it for its holder.
Lease& hold_lease(State& state, Machine& machine, std::chrono::seconds ttl, std::string const& description);

Outcome acquire_lease(State& state, Exchange const& exchange);
Outcome get_lease(State& state, Exchange const& exchange);
Outcome release_lease(State& state, Exchange const& exchange);

}  // namespace dayfly::fly_sim
