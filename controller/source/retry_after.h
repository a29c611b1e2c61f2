// The Retry-After header (RFC 9110, 10.2.3): seconds, or a date.
#pragma once

#include <optional>

#include "controller/base/clock.h"
#include "controller/http/message.h"

namespace dayfly::source {

/// How long the server wants to be left alone, at most an hour; nothing when it does not say, or not in a way we read.
[[nodiscard]] std::optional<milliseconds> retry_after(http::Headers const& headers, WallTime now);

}  // namespace dayfly::source
