// What happens to a machine by itself: boot, stop, replacement, destruction. Every change of state passes through here.
#pragma once

#include <string>
#include <string_view>

#include "controller/fly_sim/process_life.h"
#include "controller/fly_sim/state.h"

namespace dayfly::fly_sim {

/// Adds an event, newest last; the oldest of more than fifty go.
void add_event(State& state, Machine& machine, std::string_view type, std::string_view status, std::string_view source,
               Json request = nullptr);
/// The exit of the main process, with Fly's exit_event in it.
void add_exit_event(State& state, Machine& machine, Exit const& exit, bool requested_stop, bool restarting);

/// Brings the machine into a state that something else follows after `lasts`; whatever was under way no longer applies.
void enter(State& state, Machine& machine, std::string_view machine_state, Step next, Instant::duration lasts);
/// Brings it into a state in which it rests.
void rest(State& state, Machine& machine, std::string_view machine_state);

void begin_boot(State& state, Machine& machine, bool launch);
void begin_start(State& state, Machine& machine, std::string_view source);
void begin_stop(State& state, Machine& machine, std::string_view source, std::optional<StopOrder> order = {});
/// The process has ended as it was asked to.
void finish_stop(State& state, Machine& machine, Exit const& exit);
void begin_suspend(State& state, Machine& machine, std::string_view source);
void begin_destroy(State& state, Machine& machine, std::string_view source);
/// Destroyed now; its volume stays bound for a while and the machine stays readable for a while.
void finish_destroy(State& state, Machine& machine);
/// The main process ended by itself: restart policy, auto_destroy.
void exit_machine(State& state, Machine& machine, Exit const& exit);

/// Carries out a machine's step when it still applies.
void apply_machine_step(State& state, Due const& due);

/// True in a state that nothing is about to follow.
[[nodiscard]] bool is_settled(Machine const& machine);
[[nodiscard]] std::int64_t unix_ms(WallTime wall);

}  // namespace dayfly::fly_sim
