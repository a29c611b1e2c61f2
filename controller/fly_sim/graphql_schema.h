// Which fields Fly's GraphQL types have, as far as the simulator answers for them.
#pragma once

#include "controller/fly_sim/graphql_query.h"

namespace dayfly::fly_sim {

/// An entry of `errors` for every selected field that Fly's schema does not have, every selection on a scalar, and every object
/// without one, in the words of the GraphQL server for Ruby. Empty: the operation may be carried out.
[[nodiscard]] Json check_fields(GraphQlOperation const& operation);

}  // namespace dayfly::fly_sim
