// The table of machine sizes.
#include "controller/fly/sizes.h"

#include <algorithm>
#include <array>

namespace dayfly::fly {
namespace {

constexpr std::array table{
    Size{"shared-cpu-1x", "shared", 1, 256, 256, 2048, 256},
    Size{"shared-cpu-2x", "shared", 2, 512, 512, 4096, 256},
    Size{"shared-cpu-4x", "shared", 4, 1024, 1024, 8192, 256},
    Size{"shared-cpu-6x", "shared", 6, 1536, 1536, 12288, 256},
    Size{"shared-cpu-8x", "shared", 8, 2048, 2048, 16384, 256},
    Size{"performance-1x", "performance", 1, 2048, 2048, 8192, 1024},
    Size{"performance-2x", "performance", 2, 4096, 4096, 16384, 1024},
    Size{"performance-4x", "performance", 4, 8192, 8192, 32768, 1024},
    Size{"performance-6x", "performance", 6, 12288, 12288, 49152, 1024},
    Size{"performance-8x", "performance", 8, 16384, 16384, 65536, 1024},
    Size{"performance-10x", "performance", 10, 20480, 20480, 81920, 1024},
    Size{"performance-12x", "performance", 12, 24576, 24576, 98304, 1024},
    Size{"performance-14x", "performance", 14, 28672, 28672, 114688, 1024},
    Size{"performance-16x", "performance", 16, 32768, 32768, 131072, 1024},
};

}  // namespace

std::span<Size const> sizes() { return table; }

Size const* find_size(std::string_view name) {
    auto const it = std::ranges::find(table, name, &Size::name);
    return it == table.end() ? nullptr : &*it;
}

std::string_view size_name(Guest const& guest) {
    auto const it = std::ranges::find_if(
        table, [&](Size const& size) { return size.cpu_kind == guest.cpu_kind && size.cpus == guest.cpus; });
    return it == table.end() ? std::string_view() : it->name;
}

}  // namespace dayfly::fly
