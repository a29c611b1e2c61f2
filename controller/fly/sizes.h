// What machines are called and what they cost, with volumes; prices from 2026-10-01 on. Sizes and regions themselves are in
// base/machine_sizes.h.
#pragma once

#include <string_view>

#include "controller/fly/types.h"

namespace dayfly::fly {

/// "shared-cpu-2x" for {shared, 2, …}; empty when it is none of Fly's.
[[nodiscard]] std::string_view size_name(Guest const& guest);

/// US dollars per hour while started.
[[nodiscard]] double machine_cost_per_hour(Guest const& guest, std::string_view region);
/// US dollars per hour, attached or not, running or not.
[[nodiscard]] double volume_cost_per_hour(int size_gb);

}  // namespace dayfly::fly
