// What can be done to a machine: start, stop, suspend, restart, signal, cordon, exec, destroy, and waiting for it.
#pragma once

#include <optional>

#include "controller/fly_sim/exchange.h"
#include "controller/fly_sim/state.h"

namespace dayfly::fly_sim {

Outcome start_machine(State& state, Exchange const& exchange);
Outcome stop_machine(State& state, Exchange const& exchange);
Outcome suspend_machine(State& state, Exchange const& exchange);
Outcome restart_machine(State& state, Exchange const& exchange);
Outcome signal_machine(State& state, Exchange const& exchange);
Outcome cordon_machine(State& state, Exchange const& exchange);
Outcome uncordon_machine(State& state, Exchange const& exchange);
Outcome exec_machine(State& state, Exchange const& exchange);
/// Looks again at a command that was still running.
[[nodiscard]] std::optional<Answer> exec_answer(State const& state, WaitTicket const& ticket, Instant until);
Outcome list_processes(State& state, Exchange const& exchange);
Outcome destroy_machine(State& state, Exchange const& exchange);

Outcome wait_machine(State& state, Exchange const& exchange);
/// Looks again: the answer when there is one by now (408 at the deadline).
[[nodiscard]] std::optional<Answer> wait_answer(State& state, WaitTicket const& ticket, Instant until);
/// When to look next: the machine's own transition, and now and then, because somebody else may act on it.
[[nodiscard]] Instant next_look(State const& state, WaitTicket const& ticket, Instant until);

}  // namespace dayfly::fly_sim
