// Regions and what machines and volumes cost there.
#include <algorithm>
#include <array>

#include "controller/fly/sizes.h"

namespace dayfly::fly {
namespace {

struct RegionRow {
    std::string_view code;
    double markup;  ///< on the price in iad
};

constexpr std::array regions{
    RegionRow{"ams", 1.0385}, RegionRow{"arn", 1.0385}, RegionRow{"bom", 1.0769}, RegionRow{"cdg", 1.1346},
    RegionRow{"dfw", 1.25},   RegionRow{"ewr", 1.0},    RegionRow{"fra", 1.1538}, RegionRow{"gru", 1.6154},
    RegionRow{"iad", 1.0},    RegionRow{"jnb", 1.3029}, RegionRow{"lax", 1.1995}, RegionRow{"lhr", 1.1346},
    RegionRow{"nrt", 1.3077}, RegionRow{"ord", 1.25},   RegionRow{"sin", 1.2692}, RegionRow{"sjc", 1.1923},
    RegionRow{"syd", 1.2692}, RegionRow{"yyz", 1.1154},
};

// US dollars for 30 days, from 2026-10-01 on.
constexpr double shared_cpu = 0.695;
constexpr double performance_cpu = 21.0;
constexpr double memory_gb = 6.0;
constexpr double volume_gb = 0.15;
constexpr double hours = 30.0 * 24.0;

/// A region that is not in the table costs as much as the dearest, so that no budget is passed by surprise.
double markup_of(std::string_view region) {
    auto const it = std::ranges::find(regions, region, &RegionRow::code);
    return it != regions.end() ? it->markup : std::ranges::max(regions, {}, &RegionRow::markup).markup;
}

}  // namespace

double machine_cost_per_hour(Guest const& guest, std::string_view region) {
    auto const cpu = guest.cpu_kind == "performance" ? performance_cpu : shared_cpu;
    return markup_of(region) * (guest.cpus * cpu + guest.memory_mb / 1024.0 * memory_gb) / hours;
}

double volume_cost_per_hour(int size_gb) { return size_gb * volume_gb / hours; }

}  // namespace dayfly::fly
