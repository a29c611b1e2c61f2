// The Retry-After header in its two forms.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "controller/base/clock.h"

namespace dayfly::fly_rest {

/// Seconds, or an HTTP date ("Sun, 06 Nov 1994 08:49:37 GMT") seen from `now`; at most an hour, never below zero. Nothing for
/// anything else.
[[nodiscard]] std::optional<milliseconds> parse_retry_after(std::string_view text, WallTime now);

}  // namespace dayfly::fly_rest
