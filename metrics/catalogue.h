// Every metric of the program, in one place. The rooms call typed methods and never see a metric's name; label values outside
// the sets written here are counted as "other".
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "controller/base/clock.h"
#include "metrics/family.h"
#include "metrics/source_families.h"
#include "metrics/state_families.h"

namespace dayfly::metrics {

struct CatalogueOptions {
    std::string version;
    std::string revision;  ///< git hash of the build; may be empty
    std::string compiler = __VERSION__;
    std::vector<std::string> fly_actions;  ///< every value that fly_call() will see
    StateOptions state = {};
};

/// Which pass over an environment something comes from, as the log names it; an exemplar tells it on.
struct Pass {
    std::string_view id = {};
    WallTime ended{};
};

/// What Fly called one answer of its own.
struct FlyRequest {
    std::string_view id = {};
    WallTime answered{};
};

/// "2xx", "3xx", "5xx", or the status itself where it calls for something of its own: 401, 403, 404, 408, 409, 412, 422, 429;
/// "4xx" for the rest of them. Calls without an answer are "timeout" and "conn".
[[nodiscard]] std::string_view code_class(int status);

class Catalogue {
public:
    explicit Catalogue(CatalogueOptions options);
    ~Catalogue();
    Catalogue(Catalogue const&) = delete;
    Catalogue& operator=(Catalogue const&) = delete;

    // The loop.
    /// trigger: spec, drift, retry, manual, external. result: success, error, terminal, requeue, held.
    void reconciled(std::string_view trigger, std::string_view result, double seconds, Pass const& pass = {});
    void reconcile_panicked();
    void workers(std::size_t all, std::size_t active);
    /// operation: create, update, replace, delete; from the moment the spec was seen until Ready (or gone).
    void converged(std::string_view operation, double seconds, Pass const& pass = {});
    /// source_type: directory, endpoint, kubernetes; from the snapshot to the first call to Fly.
    void spec_reaction(std::string_view source_type, double seconds, Pass const& pass = {});
    /// stage: source, queue, worker, fly_reader; when it last got something done. An idle program sends a dummy through them.
    void heartbeat(std::string_view stage, WallTime when);

    // The queue, under the names of client-go, so that existing dashboards show it.
    /// priority: -100, 0 or 100.
    void queue_depth(int priority, std::size_t depth);
    void queue_added();
    void queue_retried();
    /// How long an item waited before it was taken.
    void queue_waited(double seconds);
    /// How long a taken item took.
    void queue_worked(double seconds);
    /// Of the items being worked on now: their times together, and the longest one.
    void queue_unfinished(double together_seconds, double longest_seconds);

    // Fly.
    void fly_call(std::string_view action, std::string_view code_class, double seconds, FlyRequest const& request = {});
    /// action_class: read, write, delete; how long our own limiter held a call back.
    void fly_waited(std::string_view action_class, double seconds);
    void fly_in_flight(std::size_t calls);
    /// reason: 429, 5xx, conn, conflict.
    void fly_retried(std::string_view reason);
    /// kind: apps, machines, volumes; when the last complete list was taken.
    void fly_snapshot(std::string_view kind, WallTime when);
    /// reason: error_region, nameless (the list of apps carries no names).
    void fly_snapshot_incomplete(std::string_view reason);

    // What the plan found and the gate decided.
    /// field_group: image, guest, env, mounts, services, secrets, ip, missing, extra.
    void drift_detected(std::string_view field_group);
    void drift_corrected(std::string_view field_group);
    /// From the drift's first sight to its correction.
    void drift_age(double seconds);
    /// reason: mass_delete, source_degraded, owner_mismatch, confirm; how many deletes are held for it now.
    void deletes_held(std::string_view reason, std::size_t count);
    /// kind: app, machine, volume, ip. result: deleted, failed.
    void prune(std::string_view kind, std::string_view result);

    // Sleep.
    /// change: sleep, wake; machines of one environment were put to sleep or started again.
    void slept_or_woke(std::string_view change);

    // GitHub.
    /// result: ok, not_modified, not_found, unauthorized, forbidden, rate_limited, error (any other status), timeout, conn.
    void github_call(std::string_view result);
    /// What GitHub said last of the hour's budget of calls.
    void github_rate_limit(std::size_t remaining, std::size_t limit, WallTime resets);
    /// sink: github_deployment, github_comment, github_status. outcome: sent, unchanged (there was nothing new to say), failed.
    void notified(std::string_view sink, std::string_view outcome);

    // Sources, hooks, log.
    void set_source(std::string const& name, SourceReading reading);
    /// result: ok, bad_signature, replay, too_large, ignored.
    void webhook(std::string_view result);
    /// level: debug, info, warn, error.
    void log_message(std::string_view level);

    /// Asked at every scrape for the series that mirror the state (see state_families.h). The texts it tells of stay where they
    /// are.
    void set_state_reader(std::function<StateReading()> reader);

    /// Everything as of now, families in order of their names. A family without a series is there too, for its description.
    /// Write it out before anything else happens: the labels are those of the catalogue and of the state.
    [[nodiscard]] std::vector<Family> collect();

private:
    struct Families;
    std::unique_ptr<Families> families_;
};

}  // namespace dayfly::metrics
