// What deciding costs, without any Fly: plans, wishes, specs, hashes and the guard before deletions.
#include <benchmark/benchmark.h>

#include <set>
#include <stdexcept>
#include <string>

#include "controller/plan/canonical.h"
#include "controller/plan/plan.h"
#include "controller/reconcile/delete_guard.h"
#include "controller/reconcile/desired_set.h"
#include "specs/load.h"
#include "tests/bench/assembly.h"
#include "tests/bench/preview.h"

namespace dayfly::bench {
namespace {

plan::Desired wish() { return plan::desired_state(preview(0), ownership(), ""); }

/// A converged environment as the fleet knows it at `depth`.
fly::Observed converged(fly::Depth depth) {
    Assembly assembly;
    assembly.want({preview(0)});
    if (!assembly.converge()) throw std::runtime_error("it does not converge");
    auto const app = wish().app;
    if (depth == fly::Depth::Index) return assembly.fleet.observe(app);
    // Until Fly's lists have caught up with what was made.
    auto const later = assembly.clock.now() + std::chrono::minutes(1);
    test::run_until(*assembly.context, assembly.clock, std::chrono::minutes(2), [&] { return assembly.clock.now() >= later; });
    auto seen = test::run_task(*assembly.context, assembly.clock, assembly.fleet.look(app, false));
    if (!seen) throw std::runtime_error(seen.error().message);
    return *seen;
}

void make_plan_of_converged(benchmark::State& state, fly::Depth depth) {
    auto const desired = wish();
    auto const observed = converged(depth);
    plan::PlanPolicy const policy;
    if (!plan::make_plan(desired, observed, policy).empty()) state.SkipWithError("the plan is not empty");
    for (auto _ : state) benchmark::DoNotOptimize(plan::make_plan(desired, observed, policy));
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(make_plan_of_converged, index, fly::Depth::Index);
BENCHMARK_CAPTURE(make_plan_of_converged, truth, fly::Depth::Truth);

void desired_state(benchmark::State& state) {
    auto const environment = preview(0);
    auto const owner = ownership();
    for (auto _ : state) benchmark::DoNotOptimize(plan::desired_state(environment, owner, ""));
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(desired_state);

void load_of_one_file(benchmark::State& state) {
    auto const text = preview_text(0);
    for (auto _ : state) benchmark::DoNotOptimize(specs::load(text, "preview.yaml", {}));
    state.SetItemsProcessed(state.iterations());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(load_of_one_file);

void canonical_hash(benchmark::State& state) {
    auto const config = wish().machines.at(0).config;
    for (auto _ : state) benchmark::DoNotOptimize(plan::config_hash(config));
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(canonical_hash);

/// A source confirms 1000 objects of which none changed.
void publish_of_unchanged_objects(benchmark::State& state) {
    source::Snapshot snapshot;
    snapshot.source = "bench";
    snapshot.complete = true;
    snapshot.environments = previews(static_cast<std::size_t>(state.range(0)));
    reconcile::DesiredSet desired({"bench"});
    desired.publish(snapshot);
    for (auto _ : state) benchmark::DoNotOptimize(desired.publish(snapshot));
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(publish_of_unchanged_objects)->Arg(1000)->Unit(benchmark::kMicrosecond);

/// The guard on the removal of a third of all environments, which it holds back.
void delete_guard(benchmark::State& state) {
    auto const count = static_cast<std::size_t>(state.range(0));
    reconcile::Removals removals{.apps = {}, .managed = count, .wanted = count - count / 3, .sources_problem = {}};
    for (std::size_t number = 0; number < count / 3; ++number) removals.apps.insert(preview_name(number));
    std::set<std::string> const approved;
    for (auto _ : state) benchmark::DoNotOptimize(reconcile::judge(removals, {}, approved));
}
BENCHMARK(delete_guard)->Arg(1000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace dayfly::bench
