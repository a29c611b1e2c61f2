// See assembly.h.
#include "tests/bench/assembly.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <optional>
#include <string>
#include <utility>

namespace dayfly::bench {
namespace {

constexpr char organization[] = "acme";

fly_sim::CloudOptions cloud_options(fly_sim::Timings const& timings) {
    fly_sim::CloudOptions options;
    options.organisations = {organization};
    options.timings = timings;
    return options;
}

}  // namespace

plan::Ownership ownership() { return {.organization = organization, .owner = "bench"}; }

Assembly::Assembly(AssemblyOptions options)
    : cloud(cloud_options(options.timings)),
      transport(cloud, clock, {.latency = options.latency}),
      wire(clock, transport),
      api(wire),
      fleet(api, clock, {.organization = organization}),
      gate(api, fleet, clock,
           {.max_environments = 100'000,
            .earliest = [this](fly::Action action, std::size_t ahead) { return wire.earliest(action, ahead); }}),
      secrets({}, [](std::string const&) { return std::optional<std::string>(); }),
      controller(context->get_executor(), api, fleet, gate, secrets, clock, random, log, observer,
                 {.ownership = ownership(), .workers = options.workers}, {"bench"}),
      reconciler(
          fleet, gate, secrets, clock, log, {.ownership = ownership()}, [](specs::Key const&, reconcile::Awaited const&) {},
          [] { return false; }) {}

// Coroutine frames refer to the parts: they go first.
Assembly::~Assembly() { context.reset(); }

void Assembly::want(std::vector<specs::PreviewEnvironment> environments) {
    auto snapshot = std::make_shared<source::Snapshot>();
    snapshot->source = "bench";
    snapshot->complete = true;
    snapshot->environments = std::move(environments);
    controller.publish(snapshot, true);
    controller.publish(snapshot, false);
}

bool Assembly::converge() {
    boost::asio::co_spawn(*context, controller.run(), boost::asio::detached);
    bool ready = false;
    // Asking 1000 environments after each of a million handlers would measure the question.
    auto const watch = [](Assembly& assembly, bool& all_ready) -> Task<void> {
        while (!(all_ready = assembly.controller.all_ready())) co_await assembly.clock.sleep_for(milliseconds(1));
    };
    boost::asio::co_spawn(*context, watch(*this, ready), boost::asio::detached);
    return test::run_until(*context, clock, std::chrono::hours(1), [&ready] { return ready; });
}

}  // namespace dayfly::bench
