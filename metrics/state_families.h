// The state of the world as series, written anew at every scrape: what is gone from the state is gone from the output.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "metrics/family.h"

namespace dayfly::metrics {

/// Texts are the state's own, which outlives the families made of them.
struct EnvironmentReading {
    std::string_view namespace_;
    std::string_view name;
    std::string_view app;     ///< at Fly
    std::string_view ready;   ///< True, False or Unknown
    std::string_view reason;  ///< of the Ready condition
    bool suspended = false;
    bool asleep = false;  ///< all machines rest
    std::string_view region;
    std::string_view source;
    std::string_view revision;  ///< shortened to 12 characters
    double cost_per_hour = 0;   ///< US dollars while awake
    std::optional<WallTime> last_success;
    std::optional<WallTime> expires;
};

struct StateReading {
    /// ready, sleeping, progressing, degraded, stalled, suspended, deleting, held; the ones left out are 0
    std::map<std::string_view, std::size_t> phases;
    /// by kind (app, machine, volume, ip) and state (in_use, orphan); the ones left out are 0
    std::map<std::pair<std::string_view, std::string_view>, std::size_t> owned;
    std::vector<EnvironmentReading> environments;
};

/// The most environments that may have series of their own.
inline constexpr std::size_t max_environments_with_series = 5'000;

struct StateOptions {
    std::size_t environments = max_environments_with_series;  ///< with series of their own; 0: only totals
};

struct StateFamilies {
    std::vector<Family> families;
    std::size_t dropped_series = 0;  ///< that would have been there without the limit
};

/// dayfly_environments, dayfly_owned_resources, dayfly_cost_dollars_per_hour, and dayfly_environment_{info,
/// last_success_timestamp_seconds, expiry_timestamp_seconds, cost_dollars_per_hour}. Beyond the limit the environments that are
/// not ready are kept first; the rest is one series of dayfly_environment_info whose value is their number.
[[nodiscard]] StateFamilies state_families(StateReading const& state, StateOptions const& options = {});

}  // namespace dayfly::metrics
