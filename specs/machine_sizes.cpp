// The table of sizes and the list of regions.
#include "specs/machine_sizes.h"

#include <algorithm>
#include <array>

namespace dayfly::specs {
namespace {

constexpr int gb = 1024;

constexpr std::array<MachineSize, 14> sizes{{
    {"shared-cpu-1x", 256, 2 * gb, 256},
    {"shared-cpu-2x", 512, 4 * gb, 256},
    {"shared-cpu-4x", 1024, 8 * gb, 256},
    {"shared-cpu-6x", 1536, 12 * gb, 256},
    {"shared-cpu-8x", 2048, 16 * gb, 256},
    {"performance-1x", 2 * gb, 8 * gb, gb},
    {"performance-2x", 4 * gb, 16 * gb, gb},
    {"performance-4x", 8 * gb, 32 * gb, gb},
    {"performance-6x", 12 * gb, 48 * gb, gb},
    {"performance-8x", 16 * gb, 64 * gb, gb},
    {"performance-10x", 20 * gb, 80 * gb, gb},
    {"performance-12x", 24 * gb, 96 * gb, gb},
    {"performance-14x", 28 * gb, 112 * gb, gb},
    {"performance-16x", 32 * gb, 128 * gb, gb},
}};

constexpr auto size_names = [] {
    std::array<std::string_view, sizes.size()> names{};
    std::ranges::transform(sizes, names.begin(), &MachineSize::name);
    return names;
}();

constexpr std::array<std::string_view, 18> regions{"ams", "arn", "bom", "cdg", "dfw", "ewr", "fra", "gru", "iad",
                                                   "jnb", "lax", "lhr", "nrt", "ord", "sin", "sjc", "syd", "yyz"};

}  // namespace

MachineSize const* find_machine_size(std::string_view name) {
    auto const found = std::ranges::find(sizes, name, &MachineSize::name);
    return found == sizes.end() ? nullptr : &*found;
}

std::span<std::string_view const> machine_size_names() { return size_names; }

std::span<std::string_view const> region_names() { return regions; }

}  // namespace dayfly::specs
