// App secrets: values go in, digests and versions come out.
#pragma once

#include <string>

#include "controller/fly_sim/exchange.h"
#include "controller/fly_sim/state.h"

namespace dayfly::fly_sim {

/// The digest that Fly shows for a value; its algorithm is Fly's own, this one is the simulator's.
[[nodiscard]] std::string digest_of(State const& state, App const& app, std::string const& name, std::string const& value);
/// As somebody else would set it; hosts see it after the usual lag.
void put_secret(State& state, App& app, std::string const& name, std::string const& value);
[[nodiscard]] Json secret_json(std::string const& name, StoredSecret const& secret, bool show_value);

Outcome list_secrets(State& state, Exchange const& exchange);
Outcome update_secrets(State& state, Exchange const& exchange);
Outcome get_secret(State& state, Exchange const& exchange);
Outcome set_secret(State& state, Exchange const& exchange);
Outcome delete_secret(State& state, Exchange const& exchange);

}  // namespace dayfly::fly_sim
