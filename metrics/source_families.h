// What each source of specs says of itself, as series.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "metrics/family.h"

namespace dayfly::metrics {

struct SourceReading {
    bool up = false;
    WallTime last_success{};  ///< the epoch: never
    WallTime last_change{};
    std::uint64_t valid = 0;  ///< objects
    std::uint64_t invalid = 0;
    std::uint64_t duplicate = 0;  ///< claimed by another source or file as well
    std::uint64_t published = 0;  ///< looks, by what became of them
    std::uint64_t unchanged = 0;
    std::uint64_t discarded_race = 0;
    std::uint64_t rejected = 0;
    std::uint64_t errors = 0;
    std::uint64_t watch_events = 0;
    std::uint64_t watch_overflows = 0;
    bool polling = false;
};

/// dayfly_source_*: one set of series for each source, by its name.
[[nodiscard]] std::vector<Family> source_families(std::map<std::string, SourceReading> const& sources);

}  // namespace dayfly::metrics
