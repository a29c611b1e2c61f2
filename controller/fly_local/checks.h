// The health checks of a machine, as its config has them, made against its real port.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/task.h"
#include "controller/fly_sim/outcome.h"

namespace dayfly::fly_local {

struct CheckSpec {
    std::string type = "tcp";  ///< tcp or http
    int port = 0;              ///< as the machine knows it
    std::string method = "GET";
    std::string path = "/";
    milliseconds interval{10'000};
    milliseconds timeout{2'000};
};

/// Those of its services and those by name.
[[nodiscard]] std::vector<CheckSpec> checks_of(fly_sim::Json const& config);

struct CheckOutcome {
    bool passing = false;
    std::string output;  ///< in Fly's words, bounded
};

/// One look at `port` of this computer. An answer passes with a status of 2xx.
[[nodiscard]] Task<CheckOutcome> make_check(Clock& clock, CheckSpec check, std::uint16_t port);

/// Whether anything accepts a connection there.
[[nodiscard]] Task<bool> is_listening(Clock& clock, std::uint16_t port, milliseconds limit);

}  // namespace dayfly::fly_local
