#include "metrics/document.h"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <string_view>

namespace dayfly::metrics {
namespace {

constexpr std::string_view opening = R"(# Metrics

Written by `dayfly schema --metrics`; a test fails when it is stale.

`GET /metrics` answers in the Prometheus text format 0.0.4, or in OpenMetrics 1.0 when the Accept header prefers that, and packed with
gzip when it may be. Only OpenMetrics carries exemplars: `reconcile_id` is the word that the log's lines of the same pass carry,
`fly_request_id` is what Fly calls a request.

Every combination of listed label values is there from the start, at 0. A value that is not in a list is counted as `other`. Series of
environments and sources are read from the state at each scrape: what is gone leaves nothing. At most 5000 environments have series of
their own, those that are not ready first; the others are one series of `dayfly_environment_info` with the name `(others)`, whose value
is their number. `--environment-series N` lowers that limit; 0 leaves the totals only.

The labels are `environment_namespace` and `environment_name` because `namespace` belongs to the scrape: Prometheus in Kubernetes sets it
to where the controller runs, and would rename ours to `exported_namespace` or not, depending on `honorLabels`. Ours need no relabelling.
`workqueue_*` and `process_*` have the names that everybody's have, so that dashboards made for others show them.

The alerts on them are in [metrics/alerts](../metrics/alerts), with a [runbook](runbooks/alerts.md); two Grafana dashboards are in
[metrics/dashboards](../metrics/dashboards). `./dev check-metrics` holds all of it against a real Prometheus.

Not there, because the parts are not: `rest_client_*`, `dayfly_watch_restarts_total`, `dayfly_events_total` (a Kubernetes source) and
`leader_election_*`, `dayfly_leader_transitions_total` (several replicas). Passes have no deadline of their own, hence no time-outs, and a
resync that finds nothing new leads to no pass.
)";

struct Section {
    std::string_view prefix;
    std::string_view title;
};
/// The first prefix that fits decides.
constexpr std::array sections{
    Section{"dayfly_environment", "Environments"},
    Section{"dayfly_cost", "Environments"},
    Section{"dayfly_owned", "Environments"},
    Section{"dayfly_sleep", "Environments"},
    Section{"dayfly_deletes", "Removal and drift"},
    Section{"dayfly_prune", "Removal and drift"},
    Section{"dayfly_drift", "Removal and drift"},
    Section{"dayfly_fly_", "Fly"},
    Section{"dayfly_source_", "Sources"},
    Section{"dayfly_webhook", "GitHub and hooks"},
    Section{"dayfly_github", "GitHub and hooks"},
    Section{"dayfly_notif", "GitHub and hooks"},
    Section{"workqueue_", "Queue"},
    Section{"process_", "Program"},
    Section{"dayfly_build", "Program"},
    Section{"dayfly_log", "Program"},
    Section{"dayfly_mem", "Program"},
    Section{"dayfly_metrics", "Program"},
    Section{"dayfly_heartbeat", "Program"},
    Section{"dayfly_", "Loop"},
};
constexpr std::array titles{"Loop",   "Queue", "Fly", "Environments", "Removal and drift", "Sources", "GitHub and hooks",
                            "Program"};

std::string_view title_of(std::string_view name) {
    for (auto const& section : sections) {
        if (name.starts_with(section.prefix)) return section.title;
    }
    return "Program";
}

std::string_view word(Type type) {
    switch (type) {
        case Type::Counter: return "counter";
        case Type::Gauge: return "gauge";
        case Type::Histogram: return "histogram";
    }
    return "";
}

std::string label_text(Dimension const& label) {
    if (!label.meaning.empty()) return fmt::format("`{}`: {}", label.name, label.meaning);
    std::string values;
    for (auto const& value : label.values) values += (values.empty() ? "" : ", ") + value;
    return fmt::format("`{}`: {}", label.name, values);
}

}  // namespace

std::string document(std::vector<Family> const& families) {
    std::string out(opening);
    for (std::string_view const title : titles) {
        fmt::format_to(std::back_inserter(out), "\n## {}\n\n| name | type | labels | tells |\n|---|---|---|---|\n", title);
        for (auto const& [description, samples] : families) {
            if (title_of(description.name) != title) continue;
            std::string labels;
            for (auto const& label : description.labels) labels += (labels.empty() ? "" : "<br>") + label_text(label);
            fmt::format_to(std::back_inserter(out), "| `{}` | {} | {} | {} |\n", description.name, word(description.type),
                           labels, description.help);
        }
    }
    return out;
}

}  // namespace dayfly::metrics
