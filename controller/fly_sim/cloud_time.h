// The time of a simulated Fly that runs beside real programs: the program's clock, moved ahead on demand.
#pragma once

#include "controller/base/clock.h"

namespace dayfly::fly_sim {

class CloudTime {
public:
    explicit CloudTime(Clock& clock) : clock_(clock) {}

    [[nodiscard]] Instant now() const { return clock_.now() + ahead_; }
    [[nodiscard]] WallTime wall() const { return clock_.wall() + std::chrono::duration_cast<WallTime::duration>(ahead_); }
    void advance(Instant::duration by) { ahead_ += by; }

private:
    Clock& clock_;
    Instant::duration ahead_{};
};

}  // namespace dayfly::fly_sim
