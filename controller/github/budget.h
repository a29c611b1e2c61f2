// How much GitHub still lets us ask, learned from its answers. Pure arithmetic on headers and moments.
// Source: docs.github.com, "Rate limits for the REST API" and "Best practices for using the REST API".
#pragma once

#include <optional>

#include "controller/base/clock.h"
#include "controller/http/message.h"

namespace dayfly::github {

class Budget {
public:
    /// What the last answer said; 0 until one did.
    [[nodiscard]] int limit() const { return limit_; }
    [[nodiscard]] int remaining() const { return remaining_; }
    /// When `remaining` starts anew.
    [[nodiscard]] WallTime reset() const { return reset_; }

    /// How long to ask nothing at all: all but `reserve` requests of the hour are spent or on their way, or GitHub asked us to
    /// wait. Nothing: go ahead.
    [[nodiscard]] std::optional<milliseconds> hold(WallTime now, int reserve) const;
    /// A question goes out. Until its answer comes it counts as spent.
    void begin() { ++in_flight_; }
    /// It came back; `response` is null when no answer came.
    void end(http::Response const* response, WallTime now);

private:
    void pause(http::Response const& response, WallTime now);

    int limit_ = 0;
    int remaining_ = 0;
    WallTime reset_{};
    WallTime paused_until_{};
    int pauses_ = 0;  ///< secondary limits hit in a row
    int in_flight_ = 0;
};

/// 429, or 403 that says so in its headers or message: too many requests, not a missing permission.
[[nodiscard]] bool is_rate_limit(http::Response const& response);

}  // namespace dayfly::github
