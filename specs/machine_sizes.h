// The sizes and regions that a spec may name, as far as validation needs them. The room that talks to Fly keeps its own table
// with prices; this one must not depend on it.
#pragma once

#include <span>
#include <string_view>

namespace dayfly::specs {

struct MachineSize {
    std::string_view name;
    int min_memory_mb;
    int max_memory_mb;
    int memory_step_mb;
};

/// Null for an unknown name. Source: the limits Fly's own client checks.
[[nodiscard]] MachineSize const* find_machine_size(std::string_view name);
[[nodiscard]] std::span<std::string_view const> machine_size_names();

/// Codes of the regions Fly offers (2026-09).
[[nodiscard]] std::span<std::string_view const> region_names();

}  // namespace dayfly::specs
