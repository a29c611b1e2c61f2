// A machine's configuration as Fly's JSON, both ways. Reading takes every form in which Fly is known to echo a config.
#pragma once

#include "controller/fly/types.h"
#include "controller/fly_rest/json_read.h"
#include "controller/fly_rest/json_write.h"

namespace dayfly::fly_rest {

/// Only fields that are set; durations as Go text; autostop in words.
[[nodiscard]] Body to_json(fly::MachineConfig const& config);
[[nodiscard]] Body to_json(fly::Guest const& guest);

/// Nothing when a field that the program owns has a shape that cannot be read.
[[nodiscard]] std::optional<fly::MachineConfig> config_from(Json value);
[[nodiscard]] fly::Guest guest_from(ObjectReader const& guest);

}  // namespace dayfly::fly_rest
