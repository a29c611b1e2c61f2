// The parts of the engine put together once: wire, Fly, fleet, gate and loop. Used by the controller and by the one-shot verbs.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <set>
#include <string>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/base/random.h"
#include "controller/cli/settings.h"
#include "controller/fleet/fleet.h"
#include "controller/fly/api.h"
#include "controller/reconcile/controller.h"
#include "controller/reconcile/gate.h"
#include "controller/server/controller_server.h"
#include "metrics/catalogue.h"

namespace dayfly::cli {

/// Owns everything; the io_context is the caller's and must be run.
class Engine {
public:
    /// Checks all settings that the engine needs; `source_names` are those that will publish. `resident`: it stays and is the
    /// only one; it removes what no source wants, and new git sources wait for whoever follows them (following.h).
    static Result<std::unique_ptr<Engine>> make(Settings const& settings, boost::asio::io_context& context,
                                                std::set<std::string> source_names, bool resident);
    ~Engine();
    Engine(Engine const&) = delete;
    Engine& operator=(Engine const&) = delete;

    Clock& clock();
    Log& log();
    metrics::Catalogue& metrics();
    fleet::Fleet& fleet();
    reconcile::Controller& controller();
    Random& random();
    reconcile::SecretSource& secrets();
    /// For `plan` and `diff`: decides without doing.
    reconcile::Reconciler& reconciler();
    [[nodiscard]] plan::Ownership const& ownership() const;
    /// What goes on by itself in the built-in Fly, its machines and the proxy in front of them; until cancelled. Nothing to do
    /// with the real Fly.
    Task<void> run_simulation();

private:
    struct Parts;
    explicit Engine(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace dayfly::cli
