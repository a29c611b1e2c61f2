// What a pass over a converged environment and a look at the whole organisation cost in processor time. The simulated Fly is in
// the same process, so our own share is measured apart, on its answers played again.
#include <benchmark/benchmark.h>

#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include "tests/bench/assembly.h"
#include "tests/bench/preview.h"

namespace dayfly::bench {
namespace {

/// Converged once a size: making 10 000 environments takes longer than measuring them.
Assembly& converged(std::size_t count) {
    static std::map<std::size_t, std::unique_ptr<Assembly>> made;
    auto& assembly = made[count];
    if (!assembly) {
        assembly = std::make_unique<Assembly>();
        assembly->want(previews(count));
        if (!assembly->converge()) throw std::runtime_error("it does not converge");
        // Past the list lag, so that nothing is in doubt any more.
        test::run_until(*assembly->context, assembly->clock, std::chrono::minutes(3), [] { return false; });
        assembly->context = std::make_unique<boost::asio::io_context>(1);
    }
    return *assembly;
}

Task<Result<void>> passes(Assembly& assembly, reconcile::Environment& environment, std::size_t count) {
    for (std::size_t pass = 0; pass < count; ++pass) {
        auto const outcome = co_await assembly.reconciler.reconcile(environment);
        if (!std::holds_alternative<reconcile::Settled>(outcome)) co_return failure(ErrorKind::Unknown, "not settled");
    }
    co_return Result<void>{};
}

void pass_over_converged(benchmark::State& state) {
    constexpr std::size_t batch = 100;
    auto& assembly = converged(1);
    auto environment = assembly.controller.environments().begin()->second;
    for (auto _ : state) {
        if (!test::run_task(*assembly.context, assembly.clock, passes(assembly, environment, batch))) {
            state.SkipWithError("a pass found something to do");
            break;
        }
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch));
}
BENCHMARK(pass_over_converged)->Unit(benchmark::kMicrosecond);

/// Lists, JSON and folding in; the answers are made by the simulated Fly.
void look_at_the_organisation(benchmark::State& state) {
    auto& assembly = converged(static_cast<std::size_t>(state.range(0)));
    for (auto _ : state) {
        state.PauseTiming();
        // Half a minute fills the buckets again: nobody waits for the rate limit of the lists.
        assembly.clock.advance_to(assembly.clock.now() + std::chrono::seconds(30));
        state.ResumeTiming();
        auto refresh = test::run_task(*assembly.context, assembly.clock, assembly.fleet.refresh());
        if (!refresh || !refresh->changed_apps.empty()) {
            state.SkipWithError("something changed");
            break;
        }
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(look_at_the_organisation)->Arg(1000)->Arg(10'000)->Unit(benchmark::kMillisecond);

/// Answers each call as it was answered before: what remains is our own work.
class ReplayWire final : public fly::Wire {
public:
    explicit ReplayWire(fly::Wire& next) : next_(next) {}

    Task<Result<fly::Reply>> exchange(fly::Call call) override {
        if (auto const found = replies_.find(call.target); found != replies_.end()) co_return found->second;
        auto const target = call.target;
        auto reply = co_await next_.exchange(std::move(call));
        if (reply) replies_.emplace(target, *reply);
        co_return reply;
    }

private:
    fly::Wire& next_;
    std::map<std::string, fly::Reply> replies_;
};

void our_share_of_a_look(benchmark::State& state) {
    auto& assembly = converged(static_cast<std::size_t>(state.range(0)));
    assembly.cloud.options().rate_limits.enabled = false;
    ReplayWire wire(assembly.transport);
    fly_rest::RestApi api(wire);
    fleet::Fleet fleet(api, assembly.clock, {.organization = ownership().organization});
    auto const refresh = [&] { return test::run_task(*assembly.context, assembly.clock, fleet.refresh()); };
    if (!refresh()) state.SkipWithError("no look");
    for (auto _ : state) {
        auto const seen = refresh();
        if (!seen || !seen->changed_apps.empty() || seen->machines != static_cast<std::size_t>(state.range(0))) {
            state.SkipWithError("something changed");
            break;
        }
    }
    assembly.cloud.options().rate_limits.enabled = true;
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(our_share_of_a_look)->Arg(1000)->Arg(10'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace dayfly::bench
