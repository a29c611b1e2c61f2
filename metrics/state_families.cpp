#include "metrics/state_families.h"

#include <algorithm>
#include <array>

#include "metrics/families.h"

namespace dayfly::metrics {
namespace {

constexpr std::array phases{"ready", "progressing", "degraded", "stalled", "suspended", "deleting", "held"};
constexpr std::array kinds{"app", "machine", "volume", "ip", "secret"};
constexpr std::array resource_states{"in_use", "orphan", "unknown"};

double seconds_since_epoch(WallTime time) { return std::chrono::duration<double>(time.time_since_epoch()).count(); }

template <class Map>
double count_of(Map const& counts, typename Map::key_type const& key) {
    auto const found = counts.find(key);
    return found == counts.end() ? 0.0 : static_cast<double>(found->second);
}

}  // namespace

std::vector<prometheus::MetricFamily> state_families(StateReading const& state, StateOptions const& options) {
    auto totals = ReadFamily::gauge("dayfly_environments", "Environments by phase.");
    for (std::string const phase : phases) totals.add(count_of(state.phases, phase), {{"phase", phase}});

    auto owned = ReadFamily::gauge("dayfly_owned_resources", "Resources at Fly that carry our marks, by kind and use.");
    for (std::string const kind : kinds) {
        for (std::string const use : resource_states)
            owned.add(count_of(state.owned, {kind, use}), {{"kind", kind}, {"state", use}});
    }

    auto info =
        ReadFamily::gauge("dayfly_environment_info", "One series per environment, always 1; the labels hold its state.");
    auto success = ReadFamily::gauge("dayfly_environment_last_success_timestamp_seconds",
                                     "When the environment was last found or made equal to its spec.");
    auto expiry = ReadFamily::gauge("dayfly_environment_expiry_timestamp_seconds", "When the environment will be removed.");
    std::size_t written = 0;
    if (options.per_environment) {
        for (auto const& environment : state.environments) {
            if (written == options.max_environments) break;
            ++written;
            std::vector<Label> const identity{{"namespace", environment.namespace_}, {"name", environment.name}};
            auto labels = identity;
            labels.insert(labels.end(), {{"ready", environment.ready},
                                         {"reason", environment.reason},
                                         {"suspended", environment.suspended ? "true" : "false"},
                                         {"region", environment.region},
                                         {"source", environment.source},
                                         {"revision", environment.revision.substr(0, 12)}});
            info.add(1, std::move(labels));
            if (environment.last_success) success.add(seconds_since_epoch(*environment.last_success), identity);
            if (environment.expires) expiry.add(seconds_since_epoch(*environment.expires), identity);
        }
    }
    auto dropped =
        ReadFamily::gauge("dayfly_metrics_dropped_series", "Environments without series of their own, beyond the limit.");
    dropped.add(options.per_environment ? static_cast<double>(state.environments.size() - written) : 0.0);

    std::vector<prometheus::MetricFamily> families;
    for (auto* family : {&totals, &owned, &info, &success, &expiry, &dropped}) families.push_back(family->take());
    return families;
}

}  // namespace dayfly::metrics
