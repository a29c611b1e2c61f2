// The simulated Fly on a socket: its REST and GraphQL API for any client, and a control endpoint under /_sim/ for tests.
#pragma once

#include <cstdint>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/fly_sim/cloud.h"
#include "controller/fly_sim/cloud_time.h"
#include "controller/http/server.h"

namespace dayfly::fly_sim {

struct FrontOptions {
    http::ServerOptions server = {};  ///< loopback by default; with a certificate it serves TLS
    milliseconds latency{0};          ///< added to every answer
};

/// Control endpoint, without a token, only while the server listens on a loopback address:
///   POST /_sim/faults (one rule)      DELETE /_sim/faults
///   POST /_sim/clock {"advance":"1h"} moves this Fly ahead of the real clock
///   GET /_sim/state                   GET /_sim/journal      DELETE /_sim/journal
///   POST /_sim/external {"remove_machine":{"app":"shop","id":"…"}}: see External::perform
///   PATCH /_sim/options {"rate_limits":false,"list_lag_ms":0}: the names stand in docs/simulator.md
class Front {
public:
    Front(Clock& clock, Log& log, Cloud& cloud, FrontOptions options);

    /// Binds and listens; Unavailable when that fails.
    Result<void> listen() { return server_.listen(); }
    [[nodiscard]] std::uint16_t port() const { return server_.port(); }
    /// Serves until cancelled.
    Task<void> run() { return server_.run(); }

    [[nodiscard]] CloudTime const& time() const { return time_; }

private:
    Task<http::Response> serve(http::Request request);
    http::Response control(http::Request const& request);

    Clock& clock_;
    Cloud& cloud_;
    milliseconds latency_;
    bool control_allowed_;
    CloudTime time_;
    http::Server server_;
};

}  // namespace dayfly::fly_sim
