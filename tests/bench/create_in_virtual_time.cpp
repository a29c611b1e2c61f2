// Many environments wanted at once, on virtual time: the result is exact and the same on every machine.
#include <fmt/format.h>

#include <stdexcept>

#include "tests/bench/assembly.h"
#include "tests/bench/fleet_run.h"
#include "tests/bench/preview.h"
#include "tests/bench/summary.h"

namespace dayfly::bench {
namespace {

using Seconds = std::chrono::duration<double>;
constexpr milliseconds latency{100};
constexpr milliseconds boot{300};
/// Round trips during which an environment holds a worker: the app, then addresses and volume at once, then the machine.
/// Waiting for the boot holds none.
constexpr double busy_round_trips = 3;

}  // namespace

void create_in_virtual_time(std::size_t count, std::size_t workers) {
    Assembly assembly({.timings = {.boot = boot}, .latency = latency, .workers = workers});
    assembly.want(previews(count));
    auto const began = assembly.clock.now();
    if (!assembly.converge()) throw std::runtime_error("not everything became ready");
    double const took = Seconds(assembly.clock.now() - began).count();
    double const bound =
        static_cast<double>(count) * busy_round_trips * Seconds(latency).count() / static_cast<double>(workers);
    // Nobody is ready before the first look, the last environment's boot and the answer to its wait.
    double const ends = Seconds(latency + boot).count() + Seconds(latency).count() / 2;
    auto const calls = [&](char const* action) { return assembly.cloud.count(action); };
    tell(fmt::format("create {} at once, virtual", count),
         fmt::format("{:.2f} s; bound {:.2f} s, ratio {:.3f}; with the fixed ends {:.2f} s, ratio {:.3f}", took, bound,
                     took / bound, bound + ends, took / (bound + ends)));
    tell("  calls",
         fmt::format("{} in all: {} apps, {} addresses, {} volumes, {} machines, {} waits; {} machine lists",
                     assembly.cloud.journal().total(), calls("create_app"), calls("assign_ip"), calls("create_volume"),
                     calls("create_machine"), calls("wait_machine"), calls("list_org_machines")));
    if (!assembly.cloud.violations().empty()) throw std::runtime_error(assembly.cloud.violations().front());
}

}  // namespace dayfly::bench
