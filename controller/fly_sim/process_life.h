// The machine's process beside the machine's states: how each moves the other when a runtime runs the program.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/fly_sim/state.h"

namespace dayfly::fly_sim {

/// How a main process is asked to end. Source: Fly docs, configuration reference (kill_signal, kill_timeout).
struct StopOrder {
    int signal = 2;  ///< SIGINT
    milliseconds limit{5'000};
};

/// Whether its program is really run.
[[nodiscard]] bool is_run(State const& state, Machine const& machine);
/// What the machine's config says about stopping.
[[nodiscard]] StopOrder stop_order(Machine const& machine);
/// "SIGTERM" and the like; nothing for other text.
[[nodiscard]] std::optional<int> signal_number(std::string_view name);

/// Starts or resumes the program. False: it cannot be started, and the log says why.
[[nodiscard]] bool launch_process(State& state, Machine& machine);
/// Asks the process to end. False: there is none, so nothing will be told.
bool stop_process(State& state, Machine const& machine, StopOrder order);
/// The main process ended; what that means depends on what the machine was doing.
void process_exited(State& state, Machine& machine, Exit const& exit);

}  // namespace dayfly::fly_sim
