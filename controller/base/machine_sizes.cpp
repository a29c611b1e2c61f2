// The table of sizes and the list of regions.
#include "controller/base/machine_sizes.h"

#include <algorithm>
#include <array>

namespace dayfly {
namespace {

constexpr std::array sizes{
    MachineSize{"shared-cpu-1x", "shared", 1, 256, 256, 2048, 256},
    MachineSize{"shared-cpu-2x", "shared", 2, 512, 512, 4096, 256},
    MachineSize{"shared-cpu-4x", "shared", 4, 1024, 1024, 8192, 256},
    MachineSize{"shared-cpu-6x", "shared", 6, 1536, 1536, 12288, 256},
    MachineSize{"shared-cpu-8x", "shared", 8, 2048, 2048, 16384, 256},
    MachineSize{"performance-1x", "performance", 1, 2048, 2048, 8192, 1024},
    MachineSize{"performance-2x", "performance", 2, 4096, 4096, 16384, 1024},
    MachineSize{"performance-4x", "performance", 4, 8192, 8192, 32768, 1024},
    MachineSize{"performance-6x", "performance", 6, 12288, 12288, 49152, 1024},
    MachineSize{"performance-8x", "performance", 8, 16384, 16384, 65536, 1024},
    MachineSize{"performance-10x", "performance", 10, 20480, 20480, 81920, 1024},
    MachineSize{"performance-12x", "performance", 12, 24576, 24576, 98304, 1024},
    MachineSize{"performance-14x", "performance", 14, 28672, 28672, 114688, 1024},
    MachineSize{"performance-16x", "performance", 16, 32768, 32768, 131072, 1024},
};

constexpr auto size_names = [] {
    std::array<std::string_view, sizes.size()> names{};
    std::ranges::transform(sizes, names.begin(), &MachineSize::name);
    return names;
}();

constexpr std::array<std::string_view, 18> regions{"ams", "arn", "bom", "cdg", "dfw", "ewr", "fra", "gru", "iad",
                                                   "jnb", "lax", "lhr", "nrt", "ord", "sin", "sjc", "syd", "yyz"};

}  // namespace

std::span<MachineSize const> machine_sizes() { return sizes; }

std::span<std::string_view const> machine_size_names() { return size_names; }

MachineSize const* find_machine_size(std::string_view name) {
    auto const* const found = std::ranges::find(sizes, name, &MachineSize::name);
    return found == sizes.end() ? nullptr : &*found;
}

std::span<std::string_view const> region_codes() { return regions; }

bool is_region(std::string_view code) { return std::ranges::find(regions, code) != regions.end(); }

}  // namespace dayfly
