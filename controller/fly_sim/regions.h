// Fly's regions, their aliases, and who has room: where a machine or a volume lands.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controller/fly_sim/state.h"

namespace dayfly::fly_sim {

struct RegionRow {
    std::string_view code;
    std::string_view name;
    double latitude;
    double longitude;
    bool gateway;
    std::string_view geo;
};

[[nodiscard]] std::span<RegionRow const> regions();
[[nodiscard]] bool is_region(std::string_view code);

/// The codes of a preference list ("lhr,eu") in order, aliases spelled out; the nearest region for an empty one. Unexpected:
/// the first part that is neither a region nor an alias.
[[nodiscard]] std::expected<std::vector<std::string>, std::string> expand_regions(State const& state,
                                                                                  std::string_view preference);

/// One of the region's hosts that has room; empty when all are full.
[[nodiscard]] std::string pick_host(State& state, std::string const& region);

}  // namespace dayfly::fly_sim
