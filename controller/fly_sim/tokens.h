// Who may ask: the token of a request, as Fly's hosts look at it.
#pragma once

#include <optional>

#include "controller/fly_sim/options.h"
#include "controller/fly_sim/outcome.h"

namespace dayfly::fly_sim {

struct Exchange;
struct Route;

/// 401 "token validation error".
[[nodiscard]] Answer token_error();

/// The refusal of a request without a token, with another one than options.token, or to the Machines API with macaroons beside
/// other tokens (measured). Regions could be read without a token in 2025; everything else wants one.
[[nodiscard]] std::optional<Answer> refuse_token(CloudOptions const& options, Exchange const& exchange, Route const& route);

}  // namespace dayfly::fly_sim
