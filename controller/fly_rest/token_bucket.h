// A token bucket that learns: its pace halves when the server says "too many" and climbs back evenly. Pure arithmetic on
// instants, so that it can be tested to the nanosecond.
#pragma once

#include <optional>

#include "controller/base/clock.h"

namespace dayfly::fly_rest {

struct Pace {
    double per_second = 1;
    double burst = 3;
    friend bool operator==(Pace const&, Pace const&) = default;
};

class TokenBucket {
public:
    /// Full at `now`. After a halving the pace is back at `full` within a minute, and never falls below a 32nd of it.
    TokenBucket(Pace full, Instant now);

    /// Takes one token if there is one.
    bool try_take(Instant now);
    /// The moment at which `count` tokens will have come in, if nobody takes any and nobody is denied meanwhile.
    [[nodiscard]] Instant when(Instant now, double count) const;
    /// The server answered 429 to a request sent at `sent`. With its wish the bucket stays shut so long; without one the pace
    /// halves, once for all requests that were under way together.
    void denied(Instant now, Instant sent, std::optional<Instant::duration> wish);
    /// True when forgetting the bucket and making a new one would change nothing.
    [[nodiscard]] bool fresh(Instant now) const;
    [[nodiscard]] double per_second(Instant now) const;

private:
    struct State {
        double tokens;
        double per_second;
        Instant at;  ///< in the future: shut until then
    };
    [[nodiscard]] State state_at(Instant now) const;
    [[nodiscard]] double climb() const { return full_.per_second / 60; }

    Pace full_;
    State state_;
    std::optional<Instant> halved_;
};

}  // namespace dayfly::fly_rest
