// The table of Fly's routes: which method and path is which action, and who handles it.
#pragma once

#include <string_view>

#include "controller/fly_sim/exchange.h"
#include "controller/fly_sim/state.h"

namespace dayfly::fly_sim {

using RouteHandler = Outcome (*)(State&, Exchange const&);

struct Route {
    std::string_view method;
    /// Segments after the host: ":app", ":id" and ":extra" stand for anything. An organisation's slug is its ":app".
    std::string_view pattern;
    /// Fly's rate limits and the journal know it by this name; the same words as in the client's metrics.
    std::string_view action;
    bool write = false;
    bool of_machine = false;  ///< rate limits count on the machine instead of the app
    RouteHandler handler = nullptr;
};

/// The route of a request, whose parameters are then filled in; nullptr when Fly has none.
[[nodiscard]] Route const* find_route(Exchange& exchange);

}  // namespace dayfly::fly_sim
