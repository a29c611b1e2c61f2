// The organisation's lists: pages over a replica, oldest change first, advisory in size, possibly incomplete.
#pragma once

#include "controller/fly_sim/exchange.h"
#include "controller/fly_sim/state.h"

namespace dayfly::fly_sim {

Outcome list_org_machines(State& state, Exchange const& exchange);
Outcome list_org_volumes(State& state, Exchange const& exchange);

/// The same lists as Fly shows them on a bad day: no rows although there are, or without the named regions (which
/// error_regions then tells). Only machine lists have error_regions.
struct ListDefect {
    bool empty = false;            ///< an empty page that still has a next_cursor when there is more
    std::size_t largest_page = 0;  ///< 0: as asked
    std::vector<std::string> error_regions = {};
};
Outcome list_org_machines(State& state, Exchange const& exchange, ListDefect const& defect);
Outcome list_org_volumes(State& state, Exchange const& exchange, ListDefect const& defect);

}  // namespace dayfly::fly_sim
