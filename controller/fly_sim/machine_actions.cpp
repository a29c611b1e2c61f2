#include "controller/fly_sim/machine_actions.h"

#include <fmt/format.h>

#include "controller/fly_sim/machine_life.h"
#include "controller/fly_sim/machines.h"

namespace dayfly::fly_sim {
namespace {

Answer ok() { return reply(200, {{"ok", true}}); }

Answer wrong_state(std::string_view verb, Machine const& machine) {
    return problem(412, fmt::format("failed_precondition: unable to {} machine from current state: '{}'", verb, machine.state));
}

std::optional<Answer> refuse_start(State const& state, Machine const& machine) {
    if (machine.state == "replacing" || machine.launch_after_replace || (machine.state == "stopped" && machine.due)) {
        return problem(412, "failed_precondition: machine getting replaced, refusing to start");
    }
    if (machine.state == "starting" || machine.state == "restarting") {
        return problem(412, "failed_precondition: machine still attempting to start");
    }
    if (machine.state != "stopped" && machine.state != "suspended" && machine.state != "failed") {
        return wrong_state("start", machine);
    }
    if (machine.state == "stopped" && state.now < machine.startable) {
        return problem(412, "failed_precondition: machine still active, refusing to start");
    }
    if (state.full_hosts.contains(machine.host)) {
        return problem(409,
                       "aborted: could not reserve resource for machine: insufficient memory available to fulfill request");
    }
    return std::nullopt;
}

Answer start_answer(std::string const& previous) {
    return reply(200, {{"previous_state", previous}, {"migrated", false}, {"new_host", ""}});
}

std::optional<Answer> refuse_suspend(Machine const& machine) {
    if (machine.state != "started") return wrong_state("suspend", machine);
    auto const guest = machine.config->value("guest", Json::object());
    if (guest.value("memory_mb", 0) > 2048) {
        return problem(400, "invalid_argument: machines with more than 2048 MiB of memory cannot be suspended");
    }
    if (machine.config->value("init", Json::object()).value("swap_size_mb", 0) > 0) {
        return problem(400, "invalid_argument: machines with swap cannot be suspended");
    }
    if (machine.config->contains("schedule")) return problem(400, "invalid_argument: scheduled machines cannot be suspended");
    return std::nullopt;
}

}  // namespace

Outcome start_machine(State& state, Exchange const& exchange) {
    auto const found = find_writable_machine(state, exchange);
    if (!found) return found.error();
    auto& machine = *found->machine;
    auto const previous = machine.state;
    if (machine.state == "started") {
        return state.options.quirks.start_started_status == 200 ? start_answer(previous) : wrong_state("start", machine);
    }
    if (machine.state == "replacing" && state.options.quirks.start_while_replacing_lost) return start_answer(previous);
    if (auto refusal = refuse_start(state, machine)) return std::move(*refusal);
    begin_start(state, machine, "user");
    return start_answer(previous);
}

Outcome stop_machine(State& state, Exchange const& exchange) {
    if (exchange.body.is_array()) return problem(400, "json: cannot unmarshal array into Go value of type main.stopRequest");
    auto const found = find_writable_machine(state, exchange);
    if (!found) return found.error();
    auto& machine = *found->machine;
    if (machine.state == "stopped" || machine.state == "stopping") return ok();
    if (machine.state == "suspended") {
        // Only the snapshot goes; there is no process to wait for.
        add_event(state, machine, "stop", "stopped", "user");
        rest(state, machine, "stopped");
        return ok();
    }
    if (machine.state != "started" && machine.state != "starting") return wrong_state("stop", machine);
    begin_stop(state, machine, "user");
    return ok();
}

Outcome suspend_machine(State& state, Exchange const& exchange) {
    auto const found = find_writable_machine(state, exchange);
    if (!found) return found.error();
    if (found->machine->state == "suspended" || found->machine->state == "suspending") return ok();
    if (auto refusal = refuse_suspend(*found->machine)) return std::move(*refusal);
    begin_suspend(state, *found->machine, "user");
    return ok();
}

Outcome restart_machine(State& state, Exchange const& exchange) {
    auto const found = find_writable_machine(state, exchange);
    if (!found) return found.error();
    auto& machine = *found->machine;
    if (machine.state != "started") return wrong_state("restart", machine);
    add_event(state, machine, "restart", "restarting", "user");
    add_exit_event(state, machine, 0, false, true, true);
    auto const& timings = state.options.timings;
    enter(state, machine, "restarting", Step::MachineStarted, timings.stop + timings.start);
    return ok();
}

Outcome signal_machine(State& state, Exchange const& exchange) {
    auto const found = find_writable_machine(state, exchange);
    if (!found) return found.error();
    if (found->machine->state != "started") return problem(412, "failed_precondition: machine not running");
    auto const name = exchange.text("signal");
    auto const number = exchange.number("signal");
    if (name.empty() && !number) return problem(400, "invalid_argument: signal is required");
    auto const kills = name == "SIGKILL" || number == 9;
    auto const ends = kills || name == "SIGTERM" || name == "SIGINT" || number == 15 || number == 2;
    if (ends) exit_machine(state, *found->machine, kills ? 137 : 0, false);
    return ok();
}

Outcome cordon_machine(State& state, Exchange const& exchange) {
    auto const found = find_writable_machine(state, exchange);
    if (!found) return found.error();
    found->machine->cordoned = true;
    state.touch(*found->machine);
    return ok();
}

Outcome uncordon_machine(State& state, Exchange const& exchange) {
    auto const found = find_writable_machine(state, exchange);
    if (!found) return found.error();
    found->machine->cordoned = false;
    state.touch(*found->machine);
    return ok();
}

Outcome exec_machine(State& state, Exchange const& exchange) {
    auto const found = find_writable_machine(state, exchange);
    if (!found) return found.error();
    if (found->machine->state != "started") return problem(412, "failed_precondition: machine not running");
    auto const* const command = exchange.member("command");
    if ((command == nullptr || !command->is_array() || command->empty()) && exchange.text("cmd").empty()) {
        return problem(400, "invalid_argument: command is required");
    }
    return reply(200, {{"exit_code", 0}, {"exit_signal", 0}, {"stdout", state.options.exec_stdout}, {"stderr", ""}});
}

Outcome list_processes(State& state, Exchange const& exchange) {
    auto const found = find_machine(state, exchange);
    if (!found) return found.error();
    if (found->machine->state != "started") return problem(412, "failed_precondition: machine not running");
    return reply(200, Json::array());
}

Outcome destroy_machine(State& state, Exchange const& exchange) {
    auto const found = find_writable_machine(state, exchange);
    if (!found) return found.error();
    auto& machine = *found->machine;
    if (machine.gone()) return problem(404, "machine not found");
    if (machine.state == "destroying") return ok();
    auto const force = exchange.flag("force") || exchange.flag("kill");
    auto const at_rest =
        machine.state == "stopped" || machine.state == "suspended" || machine.state == "failed" || machine.state == "created";
    if (!force && !at_rest) {
        return problem(412,
                       "failed_precondition: unable to destroy machine, not currently stopped, suspended, failed or created");
    }
    begin_destroy(state, machine, "user");
    return ok();
}

}  // namespace dayfly::fly_sim
