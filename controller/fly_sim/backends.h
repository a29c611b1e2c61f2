// An app as the proxy in front of it sees it: its machines with a service, and what each is doing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/fly_sim/state.h"

namespace dayfly::fly_sim {

struct Backend {
    std::string machine;
    std::string state;
    int port = 0;  ///< internal_port of its first service
    bool autostart = false;
    bool is_run = false;           ///< by a runtime; otherwise nothing can answer
    std::optional<int> exit_code;  ///< of its last exit, unless somebody had asked for it
};

/// Cordoned machines and those without a service are left out; in the order of their names.
[[nodiscard]] std::vector<Backend> backends_of(State const& state, App const& app);

}  // namespace dayfly::fly_sim
