// The plan that removes an environment. Fly's app deletion takes everything in it along, so one call does it; the point is to
// be sure that everything in it is ours.
#include <fmt/format.h>

#include <algorithm>

#include "controller/plan/marks.h"
#include "controller/plan/plan.h"

namespace dayfly::plan {
namespace {

/// Deleting the app would take the snapshots along: the volumes go one by one, and the empty app, which costs nothing, stays
/// with a mark that outlives its machines.
void keep_snapshots(Plan& plan, fly::Observed const& observed, bool is_marked) {
    Stage snapshots;
    Stage machines;
    Stage volumes;
    for (auto const& volume : observed.volumes) {
        // Machines go only once the snapshots are there: without one, nothing was written since.
        snapshots.steps.push_back({.operation = SnapshotVolume{volume.id, volume.name, observed.machines.empty()},
                                   .effect = Effect::Create,
                                   .reason = "deletionPolicy"});
        volumes.steps.push_back(
            {.operation = DeleteVolume{volume.id, volume.name}, .effect = Effect::Delete, .reason = "not in the specs"});
    }
    for (auto const& machine : observed.machines) {
        machines.steps.push_back(
            {.operation = DestroyMachine{machine.id, machine.name}, .effect = Effect::Delete, .reason = "not in the specs"});
    }
    if (!is_marked) plan.stages.push_back({{Step{.operation = MarkRetained{}, .reason = "its snapshots are kept"}}});
    for (auto* stage : {&snapshots, &machines, &volumes}) {
        if (!stage->steps.empty()) plan.stages.push_back(std::move(*stage));
    }
}

}  // namespace

Plan make_deletion_plan(specs::Key const& key, Ownership const& ownership, fly::Observed const& observed,
                        std::optional<specs::DeletionPolicy> wanted) {
    Plan plan{.key = key, .app = observed.app.name};
    if (observed.presence == fly::Presence::Absent) {
        if (observed.depth == fly::Depth::Index)
            plan.needs_look = "the app is not listed; only Fly's own 404 proves that it is gone";
        return plan;
    }
    if (prove_app(observed, ownership, key) != Proof::Ours) {
        if (observed.depth == fly::Depth::Index) {
            plan.needs_look = "the app does not prove whose it is";
        } else {
            plan.blocked.push_back(
                {.reason = "NotOurs", .message = fmt::format("app {} has no mark of ours; it is left alone", plan.app)});
        }
        return plan;
    }
    if (observed.machines.empty() && observed.depth == fly::Depth::Index) {
        plan.needs_look = "no machine is listed; what is in the app must be known before it is deleted";
        return plan;
    }
    bool const retained = observed.secrets && std::ranges::find(*observed.secrets, retained_secret, &fly::AppSecret::name) !=
                                                  observed.secrets->end();
    if (retained && observed.machines.empty() && observed.volumes.empty()) {
        plan.blocked.push_back(
            {.reason = "Retained", .message = fmt::format("app {} is kept for its volume snapshots", plan.app)});
        return plan;
    }
    if (!observed.machines_proven) {
        // Everything in the app goes with it, and the organisation's list shows what came or went only after a while.
        plan.needs_look = "its machines must be known before it is deleted";
        return plan;
    }
    std::optional<specs::DeletionPolicy> marked;
    for (auto const& machine : observed.machines) {
        if (!is_ours(machine.metadata, ownership.owner, key)) {
            plan.blocked.push_back({.reason = "ForeignMachine",
                                    .message = fmt::format("machine {} ({}) in app {} is not ours and would be deleted with it",
                                                           machine.name, machine.id, plan.app)});
        } else if (auto const& mark = mark_of(machine.metadata, deletion_key); !mark.empty()) {
            marked = mark == "orphan" ? specs::DeletionPolicy::Orphan : specs::DeletionPolicy::SnapshotThenDelete;
        }
    }
    if (!plan.blocked.empty()) return plan;
    auto const policy = wanted ? wanted : marked;
    // Once begun it is finished, whoever is left to tell: the mark outlives the machines.
    if (retained || (policy == specs::DeletionPolicy::SnapshotThenDelete && !observed.volumes.empty())) {
        keep_snapshots(plan, observed, retained);
        return plan;
    }
    if (policy == specs::DeletionPolicy::Orphan) {
        plan.blocked.push_back(
            {.reason = "Orphaned", .message = "deletionPolicy is orphan: everything stays at Fly, unmanaged"});
        return plan;
    }
    plan.stages.push_back({{Step{.operation = DeleteApp{}, .effect = Effect::Delete, .reason = "not in the specs"}}});
    return plan;
}

}  // namespace dayfly::plan
