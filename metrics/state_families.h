// The state of the world as series, written anew at every scrape: what is gone from the state is gone from the output.
#pragma once

#include <prometheus/metric_family.h>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controller/base/clock.h"

namespace dayfly::metrics {

struct EnvironmentReading {
    std::string namespace_;
    std::string name;
    std::string ready;   ///< True, False or Unknown
    std::string reason;  ///< of the Ready condition
    bool suspended = false;
    std::string region;
    std::string source;
    std::string revision;  ///< shortened to 12 characters
    std::optional<WallTime> last_success;
    std::optional<WallTime> expires;
};

struct StateReading {
    /// ready, progressing, degraded, stalled, suspended, deleting, held; the ones left out are 0
    std::map<std::string, std::size_t> phases;
    /// by kind (app, machine, volume, ip, secret) and state (in_use, orphan, unknown); the ones left out are 0
    std::map<std::pair<std::string, std::string>, std::size_t> owned;
    std::vector<EnvironmentReading> environments;
};

struct StateOptions {
    bool per_environment = true;           ///< false: only the totals
    std::size_t max_environments = 5'000;  ///< the ones beyond are counted in dayfly_metrics_dropped_series
};

/// dayfly_environments, dayfly_owned_resources, dayfly_environment_{info,last_success_timestamp_seconds,
/// expiry_timestamp_seconds} and dayfly_metrics_dropped_series.
[[nodiscard]] std::vector<prometheus::MetricFamily> state_families(StateReading const& state, StateOptions const& options = {});

}  // namespace dayfly::metrics
