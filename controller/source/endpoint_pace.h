// When an endpoint is asked next: regularly with jitter, seldom while it fails, and never before it wants to be.
#pragma once

#include <optional>

#include "controller/base/clock.h"
#include "controller/base/random.h"

namespace dayfly::source {

class EndpointPace {
public:
    EndpointPace(Random& random, milliseconds interval) : random_(random), interval_(interval) {}

    /// The next question is due at this time.
    [[nodiscard]] Instant due() const { return due_; }
    /// Somebody says that there is news: as soon as the server and the shortest pause allow.
    void hurry(Instant now);
    /// The endpoint has answered: an interval from now, give or take a tenth.
    void answered(Instant now, std::optional<milliseconds> retry_after);
    /// It has failed: after a pause that doubles from five seconds to five minutes (or the interval, if that is longer), of
    /// which a random part up to the half is taken off.
    void failed(Instant now, std::optional<milliseconds> retry_after);

private:
    void plan(Instant now, milliseconds pause, std::optional<milliseconds> retry_after);

    Random& random_;
    milliseconds interval_;
    Instant due_{};
    Instant not_before_{};
    int failures_ = 0;
};

}  // namespace dayfly::source
