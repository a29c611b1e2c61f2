// Times and durations as text: Go's duration syntax (plus `d`), and RFC 3339.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "controller/base/clock.h"

namespace dayfly {

/// Go's syntax ("1h30m", "1.5s", "250ms", "0"), plus `d` for 24 h. Nothing for other text, overflow or a negative duration.
[[nodiscard]] std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);

/// Go's own form, as Fly echoes it: "1m0s", "1h0m0s", "15s", "250ms", "0s".
[[nodiscard]] std::string go_duration(std::chrono::nanoseconds duration);

/// The shortest form a person would write, which parse_duration reads back: "72h", "1m", "90s" -> "1m30s", "10m", "0s".
[[nodiscard]] std::string short_duration(std::chrono::nanoseconds duration);

/// An age for tables, at most two units like kubectl's: "42s", "12m", "5h", "2d", "2d3h".
[[nodiscard]] std::string human_age(std::chrono::nanoseconds age);

/// "2026-10-01T18:00:00Z", whole seconds.
[[nodiscard]] std::string rfc3339(WallTime time);

/// Reads RFC 3339 with optional fraction and with Z or a numeric offset; nothing for years that a WallTime cannot hold.
[[nodiscard]] std::optional<WallTime> parse_rfc3339(std::string_view text);

}  // namespace dayfly
