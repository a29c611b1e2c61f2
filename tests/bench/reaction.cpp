// How soon Fly hears of a changed file, and how soon many new ones are all ready: the real program, in real time.
#include <fmt/format.h>

#include <stdexcept>
#include <vector>

#include "controller/base/random.h"
#include "controller/plan/desired.h"
#include "controller/plan/names.h"
#include "tests/bench/assembly.h"
#include "tests/bench/fleet_run.h"
#include "tests/bench/preview.h"
#include "tests/bench/summary.h"
#include "tests/bench/world.h"

namespace dayfly::bench {
namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;
constexpr double debounce_ms = 50;

struct Heard {
    std::optional<Instant> call;
    std::optional<Instant> write;
};

/// The first calls about `app` since the journal was reset.
Heard first_calls(fly_sim::Journal const& journal, std::string const& app) {
    Heard heard;
    for (auto const& entry : journal.entries()) {
        if (entry.path.find(app) == std::string::npos) continue;
        if (!heard.call) heard.call = entry.at;
        if (!heard.write && entry.method != "GET") heard.write = entry.at;
    }
    return heard;
}

}  // namespace

void reaction(std::size_t count, std::size_t changes) {
    World world({});
    world.write_specs(count);
    world.start();
    world.converge(count);
    world.run_for(seconds(70));  // past the list lag and the young apps

    Random random(1);
    std::vector<double> first;
    std::vector<double> written;
    for (std::size_t change = 0; change < changes; ++change) {
        // At any moment of the resync, and never the same environment again within the limits of its calls.
        world.run_for(milliseconds(400 + random.below(400)));
        auto const number = change * 7 % count;
        auto const app = plan::desired_state(preview(number), ownership(), "").app;
        world.cloud().reset_journal();
        auto const changed = world.replace_spec(number, 2 + change);
        Heard heard;
        world.run(seconds(30), [&] {
            if (world.cloud().journal().writes() > 0) heard = first_calls(world.cloud().journal(), app);
            return heard.write.has_value();
        });
        first.push_back(Milliseconds(*heard.call - changed).count());
        written.push_back(Milliseconds(*heard.write - changed).count());
    }
    auto const without = [](std::vector<double> samples) {
        for (auto& sample : samples) sample -= debounce_ms;
        return samples;
    };
    tell(fmt::format("rename to first call, {} specs", count), text_of(summarize(first), "ms"));
    tell("rename to first write", text_of(summarize(written), "ms"));
    tell("  without the 50 ms of debounce", text_of(summarize(without(written)), "ms"));
}

void create_in_real_time(std::size_t count) {
    World world({.timings = {.boot = milliseconds(300)}, .latency = milliseconds(100)});
    world.write_specs(count);
    auto const began = world.clock().now();
    world.start();
    world.converge(count);
    auto const took = std::chrono::duration<double>(world.process().last_ready_at() - began).count();
    double const bound = static_cast<double>(count) * 0.3 / 64;
    tell(fmt::format("create {} at once, loopback TLS", count),
         fmt::format("{:.2f} s from exec() on; bound {:.2f} s, ratio {:.3f}; processor {:.2f} s, peak {:.1f} MiB", took, bound,
                     took / bound, std::chrono::duration<double>(world.process().processor_time()).count(),
                     static_cast<double>(world.process().peak_kib()) / 1024));
    if (!world.cloud().violations().empty()) throw std::runtime_error(world.cloud().violations().front());
}

}  // namespace dayfly::bench
