// The plan of an expired environment: like a deletion, but the empty app stays as the memory of it. An app without machines,
// volumes and addresses costs nothing.
#include "controller/plan/marks.h"
#include "controller/plan/plan.h"
#include "controller/plan/tombstone.h"

namespace dayfly::plan {
namespace {

Step remove(Operation operation) {
    return {.operation = std::move(operation), .effect = Effect::Delete, .reason = "it has expired"};
}

Stage marks(fly::Observed const& observed, std::string const& tombstone) {
    auto removed = tombstones_in(*observed.secrets);
    if (removed.erase(tombstone) == 1 && removed.empty()) return {};
    for (auto const& machine : observed.machines) removed.merge(names_in(mark_of(machine.metadata, secret_names_key)));
    return {
        {Step{.operation = MarkExpired{tombstone, std::move(removed)}, .effect = Effect::Update, .reason = "it has expired"}}};
}

}  // namespace

Plan make_expiry_plan(specs::Key const& key, Ownership const& ownership, fly::Observed const& observed,
                      std::string const& tombstone) {
    // Whose it is, what is not ours in it, snapshots to be made and orphans to be left: as with a deletion.
    auto plan = make_deletion_plan(key, ownership, observed);
    if (!plan.needs_look.empty()) return plan;
    bool const retained = !plan.blocked.empty() && plan.blocked.front().reason == "Retained";
    if (!plan.blocked.empty() && !retained) return plan;
    plan.blocked.clear();
    if (observed.presence == fly::Presence::Absent) return plan;
    if (observed.depth == fly::Depth::Index || !observed.secrets || !observed.ips) {
        plan.stages.clear();
        plan.needs_look = "what is in the app must be known before it is emptied";
        return plan;
    }
    std::vector<Stage> stages{marks(observed, tombstone)};
    bool const whole_app = plan.stages.size() == 1 && !plan.stages.front().steps.empty() &&
                           std::holds_alternative<DeleteApp>(plan.stages.front().steps.front().operation);
    if (whole_app || retained) plan.stages.clear();
    for (auto& stage : plan.stages) stages.push_back(std::move(stage));  // the snapshots' way: machines and volumes among them
    Stage machines;
    Stage rest;
    if (whole_app) {
        for (auto const& machine : observed.machines) {
            if (machine.state != "destroying") machines.steps.push_back(remove(DestroyMachine{machine.id, machine.name}));
        }
        for (auto const& volume : observed.volumes) rest.steps.push_back(remove(DeleteVolume{volume.id, volume.name}));
    }
    for (auto const& ip : *observed.ips) rest.steps.push_back(remove(ReleaseIp{ip}));
    if (observed.certificates) {
        for (auto const& one : *observed.certificates) rest.steps.push_back(remove(DeleteCertificate{one.hostname}));
    }
    stages.push_back(std::move(machines));
    stages.push_back(std::move(rest));
    std::erase_if(stages, [](Stage const& stage) { return stage.steps.empty(); });
    plan.stages = std::move(stages);
    if (plan.stages.empty() && !observed.machines.empty()) plan.waiting_for = "the machines to be gone";
    return plan;
}

}  // namespace dayfly::plan
