// The names of sizes.
#include "controller/fly/sizes.h"

#include <algorithm>

#include "controller/base/machine_sizes.h"

namespace dayfly::fly {

std::string_view size_name(Guest const& guest) {
    auto const sizes = machine_sizes();
    auto const it = std::ranges::find_if(
        sizes, [&](MachineSize const& size) { return size.cpu_kind == guest.cpu_kind && size.cpus == guest.cpus; });
    return it == sizes.end() ? std::string_view() : it->name;
}

}  // namespace dayfly::fly
