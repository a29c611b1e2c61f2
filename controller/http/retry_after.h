// The Retry-After header (RFC 9110, 10.2.3) in its two forms.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "controller/base/clock.h"
#include "controller/http/message.h"

namespace dayfly::http {

/// Seconds, or an HTTP date ("Sun, 06 Nov 1994 08:49:37 GMT") seen from `now`; at most an hour, never below zero. Nothing for
/// anything else.
[[nodiscard]] std::optional<milliseconds> parse_retry_after(std::string_view text, WallTime now);

/// How long the server wants to be left alone; nothing when it does not say, or not in a way we read.
[[nodiscard]] std::optional<milliseconds> retry_after(Headers const& headers, WallTime now);

}  // namespace dayfly::http
