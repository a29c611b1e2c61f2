// The engine in one process with the simulated Fly, put together as the program does it, on whatever clock is given.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <memory>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/base/random.h"
#include "controller/fleet/fleet.h"
#include "controller/fly_rest/rate_limited_wire.h"
#include "controller/fly_rest/rest_api.h"
#include "controller/fly_sim/cloud.h"
#include "controller/fly_sim/in_process_wire.h"
#include "controller/reconcile/controller.h"
#include "specs/environment.h"
#include "tests/support/virtual_clock.h"

namespace dayfly::bench {

struct AssemblyOptions {
    fly_sim::Timings timings = {};
    milliseconds latency{0};
    std::size_t workers = 64;
};

[[nodiscard]] plan::Ownership ownership();

/// On virtual time. The context is run by the caller, or by converge().
class Assembly {
public:
    explicit Assembly(AssemblyOptions options = {});
    ~Assembly();

    /// What the one source wants, published now and confirmed once more, so that it counts as read.
    void want(std::vector<specs::PreviewEnvironment> environments);
    /// Starts the loop and lets virtual time pass until every environment is ready; false after an hour of it.
    bool converge();

    test::VirtualClock clock;
    fly_sim::Cloud cloud;
    Log log{LogLevel::Off, LogFormat::Text};
    Random random{1};
    reconcile::Observer observer;
    fly_sim::InProcessWire transport;
    fly_rest::RateLimitedWire wire;
    fly_rest::RestApi api;
    std::unique_ptr<boost::asio::io_context> context = std::make_unique<boost::asio::io_context>(1);
    fleet::Fleet fleet;
    reconcile::Gate gate;
    reconcile::SecretSource secrets;
    reconcile::Controller controller;
    /// Decides and does on its own, beside the loop.
    reconcile::Reconciler reconciler;
};

}  // namespace dayfly::bench
