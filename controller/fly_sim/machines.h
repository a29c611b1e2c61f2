// Machines over the API: create, read, list, replace.
#pragma once

#include <expected>
#include <string>

#include "controller/fly_sim/exchange.h"
#include "controller/fly_sim/state.h"

namespace dayfly::fly_sim {

/// A machine found by the request's path, with its app.
struct Found {
    App* app;
    Machine* machine;
};
[[nodiscard]] std::expected<Found, Answer> find_machine(State& state, Exchange const& exchange);
/// As above, for writes: a lease held by somebody else refuses them (409).
[[nodiscard]] std::expected<Found, Answer> find_writable_machine(State& state, Exchange const& exchange);

struct Rendering {
    bool leases = false;
    bool summary = false;
};
/// The machine as GET shows it.
[[nodiscard]] Json machine_json(State const& state, Machine const& machine, Rendering rendering);
[[nodiscard]] Json events_json(Machine const& machine, std::size_t limit);

Outcome list_machines(State& state, Exchange const& exchange);
Outcome create_machine(State& state, Exchange const& exchange);
Outcome get_machine(State& state, Exchange const& exchange);
Outcome update_machine(State& state, Exchange const& exchange);
Outcome list_events(State& state, Exchange const& exchange);
Outcome list_versions(State& state, Exchange const& exchange);

}  // namespace dayfly::fly_sim
