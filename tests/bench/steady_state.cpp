// The program with nothing to do: calls after a restart, memory, and processor time.
#include <fmt/format.h>

#include <stdexcept>

#include "tests/bench/fleet_run.h"
#include "tests/bench/summary.h"
#include "tests/bench/world.h"

namespace dayfly::bench {
namespace {

std::string calls(fly_sim::Cloud const& cloud) {
    std::string text = fmt::format("{} calls, {} writes:", cloud.journal().total(), cloud.writes());
    for (auto const& [action, count] : cloud.journal().counts()) text += fmt::format(" {} {}", count, action);
    return text;
}

std::string mebibytes(std::size_t kib) { return fmt::format("{:.1f} MiB", static_cast<double>(kib) / 1024); }

}  // namespace

void steady_state(std::size_t count, std::chrono::seconds idle) {
    World world({.timings = {.boot = milliseconds(300)}});
    world.write_specs(count);
    world.start();
    world.converge(count);
    world.run_for(seconds(10));
    tell(fmt::format("{} environments just made", count),
         fmt::format("resident {}, peak {}", mebibytes(world.process().resident_kib()), mebibytes(world.process().peak_kib())));

    world.stop();
    world.cloud().reset_journal();
    auto const began = world.clock().now();
    world.start();
    world.converge(count);
    tell("restart until all are ready",
         fmt::format("{:.2f} s; {}", std::chrono::duration<double>(world.process().last_ready_at() - began).count(),
                     calls(world.cloud())));

    // The first resync lies between the two readings, and whole ones after it.
    world.run_for(seconds(45));
    world.cloud().reset_journal();
    auto const before = world.process().processor_time();
    auto const from = world.clock().now();
    world.run_for(idle);
    auto const used = std::chrono::duration<double>(world.process().processor_time() - before).count();
    auto const wall = std::chrono::duration<double>(world.clock().now() - from).count();
    tell("idle", fmt::format("{:.3f} % of a core ({:.1f} ms in {:.0f} s); {}", 100 * used / wall, 1000 * used, wall,
                             calls(world.cloud())));
    tell("  memory",
         fmt::format("resident {}, peak {}", mebibytes(world.process().resident_kib()), mebibytes(world.process().peak_kib())));
}

}  // namespace dayfly::bench
