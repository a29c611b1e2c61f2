// The controller's own HTTP surface: probes that mean something, metrics, and the API that the command line reads.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/secret.h"
#include "controller/http/message.h"
#include "controller/reconcile/controller.h"
#include "controller/server/github_hook.h"
#include "controller/source/source.h"
#include "metrics/catalogue.h"

namespace dayfly::server {

struct ControllerServerOptions {
    Secret token;                           ///< for writing calls; empty: served without one, on loopback only
    bool loopback_only = true;              ///< the server listens on a loopback address
    std::chrono::seconds resync{30};        ///< of the controller; a look at Fly older than ten of them is not ready
    std::chrono::seconds stuck_after{900};  ///< a pass that runs longer fails liveness
    GithubHook* github_hook = nullptr;      ///< null: `/hooks/github` does not exist
    /// Takes in that a commit of a fork may run; unset: nothing follows repositories.
    std::function<Result<void>(specs::Key const&, std::string const& commit)> approve_fork = {};
};

/// Answers requests on behalf of one controller; everything referred to must outlive it.
class ControllerServer {
public:
    ControllerServer(reconcile::Controller& controller, std::vector<source::Source*> sources, metrics::Catalogue& metrics,
                     Clock& clock, ControllerServerOptions options);

    /// An http::Handler.
    Task<http::Response> handle(http::Request request);

private:
    [[nodiscard]] http::Response probe(std::string_view path) const;
    /// In scrape.cpp.
    [[nodiscard]] http::Response scrape(http::Request const& request);
    void read_state();
    [[nodiscard]] http::Response api(http::Request const& request);
    [[nodiscard]] http::Response environment(http::Request const& request, std::vector<std::string> const& parts);
    /// GET /api/v1/environments/{namespace}/{name}/logs/{step}?next=…
    Task<http::Response> logs(http::Request request, std::vector<std::string> parts);
    [[nodiscard]] http::Response change(specs::Key const& key, std::string const& verb);
    [[nodiscard]] http::Response approve(std::string const& id);
    [[nodiscard]] http::Response approve_fork(specs::Key const& key, http::Request const& request);
    /// Nothing when the caller may write, else the refusal.
    [[nodiscard]] std::optional<http::Response> refuse_write(http::Request const& request) const;
    [[nodiscard]] std::string not_ready() const;

    reconcile::Controller& controller_;
    std::vector<source::Source*> sources_;
    metrics::Catalogue& metrics_;
    Clock& clock_;
    ControllerServerOptions options_;
};

/// Feeds the metrics with what the loop tells, and mirrors its state at every scrape.
class MetricsObserver final : public reconcile::Observer {
public:
    explicit MetricsObserver(metrics::Catalogue& metrics, Clock& clock) : metrics_(metrics), clock_(clock) {}

    void about(std::string_view pass) override { pass_ = pass; }
    void heartbeat(std::string_view stage) override;
    void tried_again(ErrorKind kind) override;
    void reconciled(std::string_view trigger, std::string_view result, double seconds) override;
    void converged(std::string_view operation, double seconds) override;
    void reacted(std::string_view source, double seconds) override;
    void queue_added() override;
    void queue_waited(double seconds) override;
    void queue_retried() override;
    void drift_found(std::string_view field_group) override;
    void drift_corrected(std::string_view field_group, double seconds) override;
    void pruned(std::string_view kind, bool ok) override;
    void snapshot_incomplete(std::string_view reason) override;
    void snapshot_taken(double unix_seconds) override;
    void slept_or_woke(std::string_view change) override;
    void panicked() override;

private:
    [[nodiscard]] metrics::Pass pass() const { return {.id = pass_, .ended = clock_.wall()}; }

    metrics::Catalogue& metrics_;
    Clock& clock_;
    std::string pass_;
};

/// The state of all environments as a scrape shows it.
[[nodiscard]] metrics::StateReading state_of(reconcile::Controller const& controller);

}  // namespace dayfly::server
