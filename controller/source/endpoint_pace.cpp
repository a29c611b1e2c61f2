// The arithmetic of pauses.
#include "controller/source/endpoint_pace.h"

#include <algorithm>

namespace dayfly::source {
namespace {

constexpr milliseconds shortest_pause{1'000};
constexpr milliseconds first_backoff{5'000};
constexpr milliseconds last_backoff{300'000};
constexpr int most_doublings = 10;

milliseconds scaled(milliseconds pause, double factor) {
    return milliseconds(static_cast<milliseconds::rep>(static_cast<double>(pause.count()) * factor));
}

}  // namespace

void EndpointPace::hurry(Instant now) { due_ = std::max(now, not_before_); }

void EndpointPace::answered(Instant now, std::optional<milliseconds> retry_after) {
    failures_ = 0;
    plan(now, scaled(interval_, 0.9 + 0.2 * random_.uniform()), retry_after);
}

void EndpointPace::failed(Instant now, std::optional<milliseconds> retry_after) {
    auto const backoff = first_backoff * (1 << std::min(failures_, most_doublings));
    ++failures_;
    auto const pause = std::min(backoff, std::max(last_backoff, interval_));
    plan(now, scaled(pause, 1.0 - 0.5 * random_.uniform()), retry_after);
}

void EndpointPace::plan(Instant now, milliseconds pause, std::optional<milliseconds> retry_after) {
    not_before_ = now + std::max(retry_after.value_or(milliseconds(0)), std::min(shortest_pause, pause));
    due_ = std::max(now + pause, not_before_);
}

}  // namespace dayfly::source
