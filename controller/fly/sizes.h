// Machine sizes with their memory bounds, regions, and what they cost. Source of the numbers: Fly's machine presets and the
// limits its own client checks (2026-08); prices from 2026-10-01 on.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "controller/fly/types.h"

namespace dayfly::fly {

struct Size {
    std::string_view name;
    std::string_view cpu_kind;
    int cpus;
    int preset_memory_mb;
    int min_memory_mb;
    int max_memory_mb;
    int memory_step_mb;
};

[[nodiscard]] std::span<Size const> sizes();
[[nodiscard]] Size const* find_size(std::string_view name);
/// "shared-cpu-2x" for {shared, 2, …}; empty when it is none of Fly's.
[[nodiscard]] std::string_view size_name(Guest const& guest);

/// Codes of the regions Fly offered in 2026-09.
[[nodiscard]] std::span<std::string_view const> region_codes();
[[nodiscard]] bool is_region(std::string_view code);

/// US dollars per hour while started.
[[nodiscard]] double machine_cost_per_hour(Guest const& guest, std::string_view region);
/// US dollars per hour, attached or not, running or not.
[[nodiscard]] double volume_cost_per_hour(int size_gb);

}  // namespace dayfly::fly
