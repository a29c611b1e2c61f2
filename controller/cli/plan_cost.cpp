// Step by step, since a plan need not lead all the way to what is wanted.
#include "controller/cli/plan_cost.h"

#include <algorithm>

#include "controller/fly/sizes.h"

namespace dayfly::cli {
namespace {

template <class Resource>
Resource const* find(std::vector<Resource> const& all, std::string const& id) {
    auto const found = std::ranges::find(all, id, &Resource::id);
    return found == all.end() ? nullptr : &*found;
}

double cost_of(fly::ObservedMachine const* machine) {
    return machine == nullptr ? 0 : fly::machine_cost_per_hour(machine->guest, machine->region);
}

double cost_of(fly::Volume const* volume) { return volume == nullptr ? 0 : fly::volume_cost_per_hour(volume->size_gb); }

double cost_of(fly::Observed const& app) {
    double total = 0;
    for (auto const& machine : app.machines) total += cost_of(&machine);
    for (auto const& volume : app.volumes) total += cost_of(&volume);
    return total;
}

double cost_change(plan::Operation const& operation, fly::Observed const& observed) {
    return std::visit(
        plan::Overloaded{
            [](plan::CreateMachine const& step) { return fly::machine_cost_per_hour(step.machine.config.guest, step.region); },
            [&](plan::UpdateMachine const& step) {
                auto const* const machine = find(observed.machines, step.id);
                if (machine == nullptr) return 0.0;
                return fly::machine_cost_per_hour(step.machine.config.guest, machine->region) - cost_of(machine);
            },
            [&](plan::DestroyMachine const& step) { return -cost_of(find(observed.machines, step.id)); },
            [](plan::CreateVolume const& step) { return fly::volume_cost_per_hour(step.volume.size_gb); },
            [&](plan::ExtendVolume const& step) {
                return fly::volume_cost_per_hour(step.size_gb) - cost_of(find(observed.volumes, step.id));
            },
            [&](plan::DeleteVolume const& step) { return -cost_of(find(observed.volumes, step.id)); },
            [&](plan::DeleteApp const&) { return -cost_of(observed); },
            [](auto const&) { return 0.0; },
        },
        operation);
}

}  // namespace

double cost_change(plan::Plan const& plan, fly::Observed const& observed) {
    double total = 0;
    for (auto const& stage : plan.stages) {
        for (auto const& step : stage.steps) total += cost_change(step.operation, observed);
    }
    return total;
}

}  // namespace dayfly::cli
