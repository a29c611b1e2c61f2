// The passes of an environment whose time is over: what is left of it, and how a later process knows.
#include <algorithm>
#include <utility>

#include "controller/plan/tombstone.h"
#include "controller/reconcile/narrate.h"
#include "controller/reconcile/reconciler.h"

namespace dayfly::reconcile {

std::optional<Ended> Reconciler::ended(Environment const& environment, plan::Desired const& desired,
                                       fly::Observed const& observed) const {
    if (!options_.heed_tombstones || environment.asked_again || !observed.secrets) return std::nullopt;
    auto const name = plan::tombstone_name(*environment.spec, revision_of(environment));
    if (!plan::tombstones_in(*observed.secrets).contains(name)) return std::nullopt;
    // The mark is set before anything is removed. Where nothing is missing, the end was called off, and the mark goes.
    bool const whole = std::ranges::all_of(desired.machines, [&](plan::DesiredMachine const& machine) {
        return std::ranges::find(observed.machines, machine.name, &fly::ObservedMachine::name) != observed.machines.end();
    });
    if (whole) return std::nullopt;
    bool const emptied = observed.machines.empty() && observed.volumes.empty() && observed.ips && observed.ips->empty();
    return Ended{.tombstone = name, .emptied = emptied};
}

Task<Outcome> Reconciler::empty_out(Environment& environment) {
    auto const tombstone = environment.tombstone;  // it may be wanted again while Fly is asked
    bool const with_certificates =
        environment.spec && environment.spec->spec.service && !environment.spec->spec.service->domains.empty();
    auto observed = co_await fleet_.look(environment.app, with_certificates);
    if (!observed) co_return Failed{std::move(observed.error())};
    if (observed->presence == fly::Presence::Absent) co_return Gone{};
    auto plan = plan::make_expiry_plan(environment.key, options_.ownership, *observed, tombstone);
    if (!plan.needs_look.empty()) co_return Waiting{plan.needs_look, clock_.now() + seconds(10)};
    if (!plan.blocked.empty()) {
        auto const& first = plan.blocked.front();
        if (first.reason == "Orphaned") co_return Waiting{first.message, std::nullopt};
        co_return Failed{{.kind = ErrorKind::Refused, .message = first.message}};
    }
    if (!plan.waiting_for.empty()) co_return Waiting{plan.waiting_for, clock_.now() + seconds(5)};
    if (plan.stages.empty()) co_return Settled{};
    describe_plan(environment.status, plan, clock_.wall());
    if (options_.farewell && !observed->machines.empty()) {
        co_await options_.farewell(environment.key);
        // It may have been wanted again meanwhile.
        if (!environment.removing || environment.tombstone != tombstone) co_return Progressed{};
    }
    auto outcome = co_await execute(environment, std::move(plan), nullptr);
    // The app tells itself what is left of it.
    if (std::holds_alternative<Progressed>(outcome))
        co_return Waiting{"what is left of it to be gone", clock_.now() + seconds(2)};
    co_return outcome;
}

}  // namespace dayfly::reconcile
