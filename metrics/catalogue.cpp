#include "metrics/catalogue.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <utility>

#include "metrics/process_metrics.h"
#include "metrics/series.h"

namespace dayfly::metrics {
namespace {

using Values = std::vector<std::string>;

Values const code_classes{"2xx", "3xx", "401", "403", "404", "408",     "409",
                          "412", "422", "429", "4xx", "5xx", "timeout", "conn"};
Values const field_groups{"image", "guest", "env", "mounts", "services", "secrets", "ip", "missing", "extra"};
Values const reconcile_results{"success", "error", "terminal", "requeue", "held"};

std::vector<double> const loop_seconds{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20, 30, 60};
std::vector<double> const user_seconds{.5, 1, 2.5, 5, 10, 20, 30, 45, 60, 90, 120, 300, 600, 1800};
std::vector<double> const call_seconds{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60};
std::vector<double> const age_seconds{1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 21600, 86400};
/// client-go's: 10 ns to 1000 s.
std::vector<double> const queue_seconds{1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1000};

/// The specification allows an exemplar's label 128 characters. Nothing when there is no id, or a strange one.
std::optional<Exemplar> exemplar(std::string_view label, std::string_view id, double value, WallTime at) {
    auto const printable = [](char c) { return c > ' ' && c < 127; };
    if (id.empty() || label.size() + id.size() > 128 || !std::ranges::all_of(id, printable)) return std::nullopt;
    return Exemplar{.label = {label, std::string(id)}, .value = value, .at = at};
}

std::optional<Exemplar> exemplar(Pass const& pass, double value) {
    return exemplar("reconcile_id", pass.id, value, pass.ended);
}

/// The labels that client-go puts on its queue; there is one queue.
Dimension queue_name() { return {"name", {"environments"}}; }
Dimension queue_controller() { return {"controller", {"dayfly"}}; }

}  // namespace

std::string_view code_class(int status) {
    if (status >= 200 && status < 300) return "2xx";
    if (status >= 300 && status < 400) return "3xx";
    switch (status) {
        case 401: return "401";
        case 403: return "403";
        case 404: return "404";
        case 408: return "408";
        case 409: return "409";
        case 412: return "412";
        case 422: return "422";
        case 429: return "429";
        default: break;
    }
    return status >= 400 && status < 500 ? "4xx" : "5xx";
}

struct Catalogue::Families {
    static Dimension action(CatalogueOptions const& options) {
        return {"action", options.fly_actions, "one of the calls of Fly's API"};
    }
    static Dimension of_build(std::string name, std::string const& value) {
        return {std::move(name), {value}, "of the program"};
    }

    explicit Families(CatalogueOptions options)
        : build(registry, {"dayfly_build_info", "Always 1; the labels say what is running."},
                {of_build("version", options.version), of_build("revision", options.revision),
                 of_build("compiler", options.compiler)}),
          fly_requests(registry, {"dayfly_fly_requests_total", "Calls to Fly by kind of answer."},
                       {action(options), {"code_class", code_classes}}),
          fly_duration(registry, {"dayfly_fly_request_duration_seconds", "How long a call to Fly took."}, {action(options)},
                       call_seconds),
          state_options(options.state) {
        build.at({options.version, options.revision, options.compiler}).set(1);
    }

    Registry registry;
    Gauges build;

    Counters reconciles{registry,
                        {"dayfly_reconcile_total", "Passes over an environment."},
                        {{"trigger", {"spec", "drift", "retry", "manual", "external"}}, {"result", reconcile_results}}};
    Histograms reconcile_duration{registry,
                                  {"dayfly_reconcile_duration_seconds", "How long a pass over an environment took."},
                                  {{"result", reconcile_results}},
                                  loop_seconds};
    Counters panics{registry, {"dayfly_reconcile_panics_total", "Passes that ended in a bug of the program."}, {}};
    Gauges workers{registry, {"dayfly_workers", "Passes that may run at the same time."}, {}};
    Gauges workers_active{registry, {"dayfly_workers_active", "Passes that run now."}, {}};
    Histograms converge{registry,
                        {"dayfly_converge_duration_seconds", "From seeing a spec to its environment being ready, or gone."},
                        {{"operation", {"create", "update", "replace", "delete"}}},
                        user_seconds};
    Histograms reaction{registry,
                        {"dayfly_spec_reaction_seconds", "From a changed spec to the first call to Fly."},
                        {{"source_type", {"directory", "endpoint", "kubernetes"}}},
                        loop_seconds};
    Gauges heartbeat{registry,
                     {"dayfly_heartbeat_timestamp_seconds", "When each stage of the program last got something done."},
                     {{"stage", {"source", "queue", "worker", "fly_reader"}}}};

    Gauges queue_depth{registry,
                       {"workqueue_depth", "Environments waiting in the queue."},
                       {queue_name(), queue_controller(), {"priority", {"-100", "0", "100"}}}};
    Counters queue_adds{
        registry, {"workqueue_adds_total", "Environments put into the queue."}, {queue_name(), queue_controller()}};
    Counters queue_retries{registry,
                           {"workqueue_retries_total", "Environments put into the queue again after a failure."},
                           {queue_name(), queue_controller()}};
    Histograms queue_wait{registry,
                          {"workqueue_queue_duration_seconds", "How long an environment waited in the queue."},
                          {queue_name(), queue_controller()},
                          queue_seconds};
    Histograms queue_work{registry,
                          {"workqueue_work_duration_seconds", "How long an environment from the queue was worked on."},
                          {queue_name(), queue_controller()},
                          queue_seconds};
    Gauges queue_unfinished{registry,
                            {"workqueue_unfinished_work_seconds", "Time spent so far on all environments being worked on."},
                            {queue_name(), queue_controller()}};
    Gauges queue_longest{registry,
                         {"workqueue_longest_running_processor_seconds", "Time spent so far on the longest of them."},
                         {queue_name(), queue_controller()}};

    Counters fly_requests;
    Histograms fly_duration;
    Histograms fly_wait{registry,
                        {"dayfly_fly_rate_limit_wait_seconds", "How long our own rate limits held a call back."},
                        {{"action_class", {"read", "write", "delete"}}},
                        call_seconds};
    Gauges fly_in_flight{registry, {"dayfly_fly_requests_in_flight", "Calls to Fly that wait for their answer."}, {}};
    Counters fly_retries{registry,
                         {"dayfly_fly_retries_total", "Calls to Fly whose failure led to another try."},
                         {{"reason", {"429", "5xx", "conn", "conflict"}}}};
    Gauges fly_snapshot{registry,
                        {"dayfly_fly_snapshot_timestamp_seconds", "When the organisation was last listed in full."},
                        {{"kind", {"apps", "machines", "volumes"}}}};
    Counters fly_incomplete{
        registry,
        {"dayfly_fly_snapshot_incomplete_total", "Lists that were not believed because something was missing."},
        {{"reason", {"error_region", "nameless"}}}};

    Counters drift_detected{registry,
                            {"dayfly_drift_detected_total", "Differences that somebody else made at Fly."},
                            {{"field_group", field_groups}}};
    Counters drift_corrected{
        registry, {"dayfly_drift_corrected_total", "Those that were undone."}, {{"field_group", field_groups}}};
    Histograms drift_age{
        registry, {"dayfly_drift_age_seconds", "From the first sight of a difference to its correction."}, {}, age_seconds};
    Gauges deletes_held{registry,
                        {"dayfly_deletes_held", "Deletes that a guard holds back."},
                        {{"reason", {"mass_delete", "source_degraded", "owner_mismatch", "confirm"}}}};
    Counters prunes{registry,
                    {"dayfly_prune_total", "Resources removed because no spec wants them."},
                    {{"kind", {"app", "machine", "volume", "ip"}}, {"result", {"deleted", "failed"}}}};
    Counters sleeps{
        registry, {"dayfly_sleep_transitions_total", "Environments put to sleep or woken."}, {{"change", {"sleep", "wake"}}}};
    Counters github_requests{
        registry,
        {"dayfly_github_requests_total", "Calls to GitHub by what came of them."},
        {{"result",
          {"ok", "not_modified", "not_found", "unauthorized", "forbidden", "rate_limited", "error", "timeout", "conn"}}}};
    Gauges github_remaining{
        registry, {"dayfly_github_rate_limit_remaining", "Calls that GitHub still allows before the budget is new."}, {}};
    Gauges github_limit{
        registry, {"dayfly_github_rate_limit_limit", "Calls that GitHub allows per hour; 0: not asked yet."}, {}};
    Gauges github_reset{
        registry, {"dayfly_github_rate_limit_reset_timestamp_seconds", "When GitHub's budget of calls is new again."}, {}};
    Counters notifications{
        registry,
        {"dayfly_notifications_total", "News of an environment told elsewhere."},
        {{"sink", {"github_deployment", "github_comment", "github_status"}}, {"outcome", {"sent", "unchanged", "failed"}}}};
    Counters webhooks{registry,
                      {"dayfly_webhook_requests_total", "Calls of our hooks."},
                      {{"result", {"ok", "bad_signature", "replay", "too_large", "ignored"}}}};
    Counters log_messages{
        registry, {"dayfly_log_messages_total", "Lines written to the log."}, {{"level", {"debug", "info", "warn", "error"}}}};

    Counters dropped{registry,
                     {"dayfly_metrics_dropped_series_total",
                      "Series of environments left out of scrapes because there were too many, added up over all scrapes."},
                     {}};

    std::map<std::string, SourceReading> sources;
    StateOptions state_options;
    std::function<StateReading()> state;
};

Catalogue::Catalogue(CatalogueOptions options) : families_(std::make_unique<Families>(std::move(options))) {}
Catalogue::~Catalogue() = default;

void Catalogue::reconciled(std::string_view trigger, std::string_view result, double seconds, Pass const& pass) {
    families_->reconciles.at({trigger, result}).increment(exemplar(pass, 1));
    families_->reconcile_duration.at({result}).observe(seconds, exemplar(pass, seconds));
}
void Catalogue::reconcile_panicked() { families_->panics.at({}).increment(); }
void Catalogue::workers(std::size_t all, std::size_t active) {
    families_->workers.at({}).set(static_cast<double>(all));
    families_->workers_active.at({}).set(static_cast<double>(active));
}
void Catalogue::converged(std::string_view operation, double seconds, Pass const& pass) {
    families_->converge.at({operation}).observe(seconds, exemplar(pass, seconds));
}
void Catalogue::spec_reaction(std::string_view source_type, double seconds, Pass const& pass) {
    families_->reaction.at({source_type}).observe(seconds, exemplar(pass, seconds));
}
void Catalogue::heartbeat(std::string_view stage, WallTime when) {
    families_->heartbeat.at({stage}).set(seconds_since_epoch(when));
}

void Catalogue::queue_depth(int priority, std::size_t depth) {
    families_->queue_depth.at({"environments", "dayfly", std::to_string(priority)}).set(static_cast<double>(depth));
}
void Catalogue::queue_added() { families_->queue_adds.at({"environments", "dayfly"}).increment(); }
void Catalogue::queue_retried() { families_->queue_retries.at({"environments", "dayfly"}).increment(); }
void Catalogue::queue_waited(double seconds) { families_->queue_wait.at({"environments", "dayfly"}).observe(seconds); }
void Catalogue::queue_worked(double seconds) { families_->queue_work.at({"environments", "dayfly"}).observe(seconds); }
void Catalogue::queue_unfinished(double together_seconds, double longest_seconds) {
    families_->queue_unfinished.at({"environments", "dayfly"}).set(together_seconds);
    families_->queue_longest.at({"environments", "dayfly"}).set(longest_seconds);
}

void Catalogue::fly_call(std::string_view action, std::string_view code_class, double seconds, FlyRequest const& request) {
    families_->fly_requests.at({action, code_class}).increment(exemplar("fly_request_id", request.id, 1, request.answered));
    families_->fly_duration.at({action}).observe(seconds, exemplar("fly_request_id", request.id, seconds, request.answered));
}
void Catalogue::fly_waited(std::string_view action_class, double seconds) {
    families_->fly_wait.at({action_class}).observe(seconds);
}
void Catalogue::fly_in_flight(std::size_t calls) { families_->fly_in_flight.at({}).set(static_cast<double>(calls)); }
void Catalogue::fly_retried(std::string_view reason) { families_->fly_retries.at({reason}).increment(); }
void Catalogue::fly_snapshot(std::string_view kind, WallTime when) {
    families_->fly_snapshot.at({kind}).set(seconds_since_epoch(when));
}
void Catalogue::fly_snapshot_incomplete(std::string_view reason) { families_->fly_incomplete.at({reason}).increment(); }

void Catalogue::drift_detected(std::string_view field_group) { families_->drift_detected.at({field_group}).increment(); }
void Catalogue::drift_corrected(std::string_view field_group) { families_->drift_corrected.at({field_group}).increment(); }
void Catalogue::drift_age(double seconds) { families_->drift_age.at({}).observe(seconds); }
void Catalogue::deletes_held(std::string_view reason, std::size_t count) {
    families_->deletes_held.at({reason}).set(static_cast<double>(count));
}
void Catalogue::prune(std::string_view kind, std::string_view result) { families_->prunes.at({kind, result}).increment(); }

void Catalogue::slept_or_woke(std::string_view change) { families_->sleeps.at({change}).increment(); }
void Catalogue::github_call(std::string_view result) { families_->github_requests.at({result}).increment(); }
void Catalogue::github_rate_limit(std::size_t remaining, std::size_t limit, WallTime resets) {
    families_->github_remaining.at({}).set(static_cast<double>(remaining));
    families_->github_limit.at({}).set(static_cast<double>(limit));
    families_->github_reset.at({}).set(seconds_since_epoch(resets));
}
void Catalogue::notified(std::string_view sink, std::string_view outcome) {
    families_->notifications.at({sink, outcome}).increment();
}

void Catalogue::set_source(std::string const& name, SourceReading reading) { families_->sources[name] = reading; }
void Catalogue::webhook(std::string_view result) { families_->webhooks.at({result}).increment(); }
void Catalogue::log_message(std::string_view level) { families_->log_messages.at({level}).increment(); }

void Catalogue::set_state_reader(std::function<StateReading()> reader) { families_->state = std::move(reader); }

std::vector<Family> Catalogue::collect() {
    auto state = state_families(families_->state ? families_->state() : StateReading{}, families_->state_options);
    families_->dropped.at({}).add(static_cast<double>(state.dropped_series));

    std::vector<Family> all;
    for (auto const* series : families_->registry) all.push_back(series->collect());
    std::ranges::move(source_families(families_->sources), std::back_inserter(all));
    std::ranges::move(process_families(), std::back_inserter(all));
    std::ranges::move(state.families, std::back_inserter(all));
    std::ranges::sort(all, {}, [](Family const& family) -> std::string const& { return family.description.name; });
    return all;
}

}  // namespace dayfly::metrics
