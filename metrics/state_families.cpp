#include "metrics/state_families.h"

#include <algorithm>

namespace dayfly::metrics {
namespace {

std::vector<std::string> const phases{"ready",   "sleeping",  "progressing", "degraded",
                                      "stalled", "suspended", "deleting",    "held"};
std::vector<std::string> const kinds{"app", "machine", "volume", "ip"};
std::vector<std::string> const uses{"in_use", "orphan"};
std::vector<std::string> const powers{"awake", "asleep"};

template <class Map>
double count_of(Map const& counts, typename Map::key_type const& key) {
    auto const found = counts.find(key);
    return found == counts.end() ? 0.0 : static_cast<double>(found->second);
}

Family gauge(std::string name, std::string help, std::vector<Dimension> labels) {
    return {
        .description = {.type = Type::Gauge, .name = std::move(name), .help = std::move(help), .labels = std::move(labels)}};
}

/// "namespace" alone belongs to the scrape: Prometheus in Kubernetes sets it to where the controller runs.
std::vector<Dimension> identity(std::vector<Dimension> more = {}) {
    std::vector<Dimension> labels{{"environment_namespace", {}, "metadata.namespace"},
                                  {"environment_name", {}, "metadata.name"}};
    labels.insert(labels.end(), more.begin(), more.end());
    return labels;
}

std::vector<Label> info_labels(EnvironmentReading const& environment) {
    return {{"environment_namespace", environment.namespace_},
            {"environment_name", environment.name},
            {"fly_app", environment.app},
            {"ready", environment.ready},
            {"reason", environment.reason},
            {"suspended", environment.suspended ? "true" : "false"},
            {"region", environment.region},
            {"source", environment.source},
            {"revision", environment.revision.substr(0, 12)}};
}

Family totals_of(StateReading const& state) {
    auto totals = gauge("dayfly_environments", "Environments by phase.", {{"phase", phases}});
    for (auto const& phase : phases) totals.add(count_of(state.phases, phase), {{"phase", phase}});
    return totals;
}

Family owned_of(StateReading const& state) {
    auto owned =
        gauge("dayfly_owned_resources", "Resources at Fly that carry our marks; an orphan is one that no spec wants any more.",
              {{"kind", kinds}, {"state", uses}});
    for (auto const& kind : kinds) {
        for (auto const& use : uses) owned.add(count_of(state.owned, {kind, use}), {{"kind", kind}, {"state", use}});
    }
    return owned;
}

Family costs_of(StateReading const& state) {
    auto costs = gauge("dayfly_cost_dollars_per_hour",
                       "What the environments cost while awake, by whether they are; an estimate from Fly's price list.",
                       {{"power", powers}});
    for (auto const& power : powers) {
        double sum = 0;
        for (auto const& environment : state.environments) {
            if ((power == "asleep") == environment.asleep) sum += environment.cost_per_hour;
        }
        costs.add(sum, {{"power", power}});
    }
    return costs;
}

}  // namespace

StateFamilies state_families(StateReading const& state, StateOptions const& options) {
    auto info = gauge("dayfly_environment_info", "Always 1, one series per environment; the labels tell of it.",
                      identity({{"fly_app", {}, "the app at Fly"},
                                {"ready", {"True", "False", "Unknown"}},
                                {"reason", {}, "of the Ready condition"},
                                {"suspended", {"true", "false"}},
                                {"region", {}, "of the spec"},
                                {"source", {}, "where the spec comes from"},
                                {"revision", {}, "what runs, 12 characters"}}));
    auto success =
        gauge("dayfly_environment_last_success_timestamp_seconds", "When the environment last became ready.", identity());
    auto expiry = gauge("dayfly_environment_expiry_timestamp_seconds", "When the environment will be removed.", identity());
    auto cost = gauge("dayfly_environment_cost_dollars_per_hour",
                      "What the environment costs while awake; an estimate from Fly's price list.", identity());

    std::vector<EnvironmentReading const*> shown;
    // The ones in trouble are those that somebody will look for: they come first when not all can be shown.
    for (bool const in_trouble : {true, false}) {
        for (auto const& environment : state.environments) {
            if ((environment.ready != "True") == in_trouble) shown.push_back(&environment);
        }
    }
    std::size_t dropped = 0;
    std::size_t const limit = std::min(options.environments, max_environments_with_series);
    if (shown.size() > limit) {
        for (std::size_t i = limit; i < shown.size(); ++i) {
            dropped += 2u + (shown[i]->last_success ? 1u : 0u) + (shown[i]->expires ? 1u : 0u);
        }
        if (limit > 0) {
            // No label says anything of it, so that no query takes it for an environment; the sum is still that of all.
            auto labels = info_labels({.name = "(others)"});
            info.add(static_cast<double>(shown.size() - limit), std::move(labels));
        } else {
            dropped = 0;  // nobody asked for them
        }
        shown.resize(limit);
    }
    for (auto* family : {&info, &success, &cost}) family->samples.reserve(shown.size() + 1);
    for (auto const* environment : shown) {
        auto const who = [environment]() -> std::vector<Label> {
            return {{"environment_namespace", environment->namespace_}, {"environment_name", environment->name}};
        };
        info.add(1, info_labels(*environment));
        if (environment->last_success) success.add(seconds_since_epoch(*environment->last_success), who());
        if (environment->expires) expiry.add(seconds_since_epoch(*environment->expires), who());
        cost.add(environment->cost_per_hour, who());
    }
    StateFamilies result{.dropped_series = dropped};
    for (auto* family : {&info, &success, &expiry, &cost}) result.families.push_back(std::move(*family));
    for (auto const summed : {totals_of, owned_of, costs_of}) result.families.push_back(summed(state));
    return result;
}

}  // namespace dayfly::metrics
