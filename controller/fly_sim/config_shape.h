// The Go structs that Fly decodes a machine's config into, as a table, and what passing through them does to JSON: unknown
// fields vanish, zero and empty values vanish, durations and autostop come back in another form.
#pragma once

#include <expected>
#include <string>

#include "controller/fly_sim/options.h"
#include "controller/fly_sim/outcome.h"

namespace dayfly::fly_sim {

/// The config as Fly would echo it, or the text of Go's decoding error.
[[nodiscard]] std::expected<Json, std::string> through_go_structs(Json const& config, Quirks const& quirks);

}  // namespace dayfly::fly_sim
