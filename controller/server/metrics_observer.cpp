// The loop's news and state as metrics; see controller_server.h.
#include <algorithm>

#include "controller/server/controller_server.h"
#include "metrics/state_families.h"

namespace dayfly::server {
namespace {

std::string_view phase_of(reconcile::Environment const& environment) {
    auto const& status = environment.status;
    if (environment.removing) return environment.removal_released ? "deleting" : "held";
    if (environment.spec && environment.spec->spec.suspend) return "suspended";
    if (reconcile::find_condition(status, "Stalled") != nullptr) return "stalled";
    if (reconcile::find_condition(status, "Sleeping") != nullptr) return "sleeping";
    if (reconcile::is_ready(status)) return "ready";
    return status.failure ? "degraded" : "progressing";
}

std::string_view text_of(reconcile::Truth truth) {
    return truth == reconcile::Truth::True ? "True" : truth == reconcile::Truth::False ? "False" : "Unknown";
}

}  // namespace

void MetricsObserver::heartbeat(std::string_view stage) { metrics_.heartbeat(stage, clock_.wall()); }
void MetricsObserver::tried_again(ErrorKind kind) {
    // Answers of 429 are counted where they are read (the rate limiter), one by one.
    if (kind == ErrorKind::Unavailable) metrics_.fly_retried("5xx");
    if (kind == ErrorKind::Ambiguous || kind == ErrorKind::TimedOut) metrics_.fly_retried("conn");
    if (kind == ErrorKind::Conflict || kind == ErrorKind::LeaseHeld) metrics_.fly_retried("conflict");
}
void MetricsObserver::reconciled(std::string_view trigger, std::string_view result, double seconds) {
    metrics_.reconciled(trigger, result, seconds, pass());
    metrics_.queue_worked(seconds);
    metrics_.heartbeat("worker", clock_.wall());
}
void MetricsObserver::converged(std::string_view operation, double seconds) { metrics_.converged(operation, seconds, pass()); }
void MetricsObserver::reacted(std::string_view source, double seconds) {
    metrics_.spec_reaction(source.starts_with("http")         ? "endpoint"
                           : source.starts_with("kubernetes") ? "kubernetes"
                                                              : "directory",
                           seconds, pass());
}
void MetricsObserver::queue_added() {
    metrics_.queue_added();
    metrics_.heartbeat("queue", clock_.wall());
}
void MetricsObserver::queue_waited(double seconds) { metrics_.queue_waited(seconds); }
void MetricsObserver::queue_retried() { metrics_.queue_retried(); }
void MetricsObserver::drift_found(std::string_view field_group) { metrics_.drift_detected(field_group); }
void MetricsObserver::drift_corrected(std::string_view field_group, double seconds) {
    metrics_.drift_corrected(field_group);
    metrics_.drift_age(seconds);
}
void MetricsObserver::pruned(std::string_view kind, bool ok) { metrics_.prune(kind, ok ? "deleted" : "failed"); }
void MetricsObserver::snapshot_incomplete(std::string_view reason) { metrics_.fly_snapshot_incomplete(reason); }
void MetricsObserver::snapshot_taken(double unix_seconds) {
    auto const when = WallTime(std::chrono::duration_cast<WallTime::duration>(std::chrono::duration<double>(unix_seconds)));
    for (auto const* kind : {"apps", "machines", "volumes"}) metrics_.fly_snapshot(kind, when);
    metrics_.heartbeat("fly_reader", when);
}
void MetricsObserver::slept_or_woke(std::string_view change) { metrics_.slept_or_woke(change); }
void MetricsObserver::panicked() { metrics_.reconcile_panicked(); }

metrics::StateReading state_of(reconcile::Controller const& controller) {
    metrics::StateReading reading;
    reading.environments.reserve(controller.environments().size());
    for (auto const& [key, environment] : controller.environments()) {
        ++reading.phases[phase_of(environment)];
        auto const* ready = reconcile::find_condition(environment.status, "Ready");
        std::string_view source;
        if (auto const wish = controller.desired().wishes().find(key);
            wish != controller.desired().wishes().end() && !wish->second.sources.empty()) {
            source = *wish->second.sources.begin();
        }
        reading.environments.push_back({.namespace_ = key.namespace_,
                                        .name = key.name,
                                        .app = environment.app,
                                        .ready = ready == nullptr ? "Unknown" : text_of(ready->status),
                                        .reason = ready == nullptr ? std::string_view() : ready->reason,
                                        .suspended = environment.spec && environment.spec->spec.suspend,
                                        .asleep = reconcile::find_condition(environment.status, "Sleeping") != nullptr,
                                        .region = environment.spec ? std::string_view(environment.spec->spec.region) : "",
                                        .source = source,
                                        .revision = environment.status.revision_running,
                                        .cost_per_hour = environment.status.cost_per_hour,
                                        .last_success = environment.status.ready_since,
                                        .expires = environment.status.expires_at});
        auto const state = environment.removing ? "orphan" : "in_use";
        for (auto const& resource : environment.status.resources) ++reading.owned[{resource.kind, state}];
    }
    return reading;
}

}  // namespace dayfly::server
