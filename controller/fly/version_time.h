// When a version of a machine was made, as its own name tells.
#pragma once

#include <optional>
#include <string_view>

#include "controller/base/clock.h"

namespace dayfly::fly {

/// Fly's instance_id is a ULID, whose first ten characters are milliseconds since 1970 in Crockford's base 32. Nothing for
/// other text.
[[nodiscard]] std::optional<WallTime> version_time(std::string_view version);

}  // namespace dayfly::fly
