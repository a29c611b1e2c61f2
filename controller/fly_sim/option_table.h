// Everything about a running simulator that can be set by name: over the control endpoint and with `--option NAME=VALUE`.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "controller/fly_sim/options.h"
#include "controller/fly_sim/outcome.h"

namespace dayfly::fly_sim {

/// Sets one option. Unexpected: what is wrong with the value, or for an unknown name the list of names.
[[nodiscard]] std::expected<void, std::string> set_option(CloudOptions& options, std::string_view name, Json const& value);

/// "boot_ms=500", "full_for_machines=fra,ams", "memory_quota_mb=fra:4096", "guess.invalid_region=422 no such region".
[[nodiscard]] std::expected<void, std::string> set_option(CloudOptions& options, std::string_view assignment);

/// The table of docs/simulator.md: a row per name, with its default and its meaning.
[[nodiscard]] std::string option_reference();

}  // namespace dayfly::fly_sim
