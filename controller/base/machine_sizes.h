// The machine sizes and regions that Fly sells: facts that the YAML's rules and the requests to Fly both need, kept once below
// both. Source of the numbers: Fly's machine presets and the limits its own client checks (2026-08).
#pragma once

#include <span>
#include <string_view>

namespace dayfly {

struct MachineSize {
    std::string_view name;
    std::string_view cpu_kind;  ///< shared | performance
    int cpus;
    int preset_memory_mb;
    int min_memory_mb;
    int max_memory_mb;
    int memory_step_mb;
};

[[nodiscard]] std::span<MachineSize const> machine_sizes();
[[nodiscard]] std::span<std::string_view const> machine_size_names();
/// Null for an unknown name.
[[nodiscard]] MachineSize const* find_machine_size(std::string_view name);

/// Codes of the regions Fly offers (2026-09).
[[nodiscard]] std::span<std::string_view const> region_codes();
[[nodiscard]] bool is_region(std::string_view code);

}  // namespace dayfly
