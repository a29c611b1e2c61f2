// Certificates for an app's own host names: asked for, validated after a while, or never.
#pragma once

#include "controller/fly_sim/exchange.h"
#include "controller/fly_sim/state.h"

namespace dayfly::fly_sim {

/// Carries out the step that ends a validation.
void apply_certificate_step(State& state, Due const& due);

Outcome list_certificates(State& state, Exchange const& exchange);
Outcome create_acme_certificate(State& state, Exchange const& exchange);
Outcome get_certificate(State& state, Exchange const& exchange);
Outcome check_certificate(State& state, Exchange const& exchange);
Outcome delete_certificate(State& state, Exchange const& exchange);
Outcome delete_acme_certificate(State& state, Exchange const& exchange);

}  // namespace dayfly::fly_sim
