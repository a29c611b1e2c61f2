#include "controller/fly_sim/machine_actions.h"

#include <fmt/format.h>

#include <algorithm>

#include "controller/base/time_text.h"
#include "controller/fly_sim/guesses.h"
#include "controller/fly_sim/machine_life.h"
#include "controller/fly_sim/machines.h"

namespace dayfly::fly_sim {
namespace {

constexpr seconds usual_exec{30};
constexpr seconds longest_exec{300};

/// What a git source's program reports when it is up: in the model every program boots and runs for ever.
constexpr char const* program_is_up = "dayfly-boot 1\nnow 1790000000\nstage start\nport 3000 all\nstart 1790000000 - -\nend\n";

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

/// What the request asks for, or else the config. fly-go sends "0s" for a timeout that is not set.
StopOrder requested_stop(Machine const& machine, Exchange const& exchange) {
    auto order = stop_order(machine);
    auto const signal = exchange.text("signal").empty() ? exchange.param("signal").value_or("") : exchange.text("signal");
    auto const timeout = exchange.text("timeout").empty() ? exchange.param("timeout").value_or("") : exchange.text("timeout");
    if (auto const number = signal_number(signal)) order.signal = *number;
    if (auto const limit = parse_duration(timeout); limit && limit->count() > 0) {
        order.limit = std::chrono::duration_cast<milliseconds>(*limit);
    }
    return order;
}

/// `command` as sent, or the older `cmd`, of which only the words between spaces are known.
std::vector<std::string> exec_command(Exchange const& exchange) {
    std::vector<std::string> words;
    if (auto const* const command = exchange.member("command"); command != nullptr && command->is_array()) {
        for (auto const& word : *command) words.push_back(word.is_string() ? word.get<std::string>() : word.dump());
    }
    if (!words.empty()) return words;
    words = split(exchange.text("cmd"), ' ');
    std::erase(words, "");
    return words;
}

Answer start_answer(std::string const& previous) {
    return reply(200, {{"previous_state", previous}, {"migrated", false}, {"new_host", ""}});
}

std::optional<Answer> refuse_suspend(State const& state, Machine const& machine) {
    if (machine.state != "started") return wrong_state("suspend", machine);
    auto const guest = machine.config->value("guest", Json::object());
    auto const unsupported = [&](std::string_view what) { return guessed(state.options, "suspend_unsupported", {what}); };
    if (guest.value("memory_mb", 0) > 2048) return unsupported("more than 2048 MiB of memory");
    if (machine.config->value("init", Json::object()).value("swap_size_mb", 0) > 0) return unsupported("swap");
    if (machine.config->contains("schedule")) return unsupported("a schedule");
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
        // Only the snapshot goes; nothing is asked to end.
        stop_process(state, machine, {.signal = 9, .limit = milliseconds(0)});
        add_event(state, machine, "stop", "stopped", "user");
        rest(state, machine, "stopped");
        return ok();
    }
    if (machine.state != "started" && machine.state != "starting") return wrong_state("stop", machine);
    begin_stop(state, machine, "user", requested_stop(machine, exchange));
    return ok();
}

Outcome suspend_machine(State& state, Exchange const& exchange) {
    auto const found = find_writable_machine(state, exchange);
    if (!found) return found.error();
    if (found->machine->state == "suspended" || found->machine->state == "suspending") return ok();
    if (auto refusal = refuse_suspend(state, *found->machine)) return std::move(*refusal);
    begin_suspend(state, *found->machine, "user");
    return ok();
}

Outcome restart_machine(State& state, Exchange const& exchange) {
    auto const found = find_writable_machine(state, exchange);
    if (!found) return found.error();
    auto& machine = *found->machine;
    if (machine.state != "started") return wrong_state("restart", machine);
    add_event(state, machine, "restart", "restarting", "user");
    auto const order = requested_stop(machine, exchange);
    auto const& timings = state.options.timings;
    if (stop_process(state, machine, order)) {
        // Its end is told, and moves the machine on; this is the longest it can take.
        enter(state, machine, "restarting", Step::MachineStarted, order.limit + timings.start);
    } else {
        add_exit_event(state, machine, {}, true, true);
        enter(state, machine, "restarting", Step::MachineStarted, timings.stop + timings.start);
    }
    return ok();
}

Outcome signal_machine(State& state, Exchange const& exchange) {
    auto const found = find_writable_machine(state, exchange);
    if (!found) return found.error();
    if (found->machine->state != "started") return problem(412, "failed_precondition: machine not running");
    auto const name = exchange.text("signal");
    auto const number = exchange.number("signal");
    if (name.empty() && !number) return problem(400, "invalid_argument: signal is required");
    if (is_run(state, *found->machine)) {
        auto const wanted = number ? static_cast<int>(*number) : signal_number(name).value_or(0);
        if (wanted < 1 || wanted > 64) return problem(400, "invalid_argument: unknown signal");
        state.runtime->signal(found->machine->id, wanted);
        return ok();
    }
    auto const kills = name == "SIGKILL" || number == 9;
    auto const ends = kills || name == "SIGTERM" || name == "SIGINT" || number == 15 || number == 2;
    if (ends) exit_machine(state, *found->machine, {.code = kills ? 137 : 0});
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
    if (!is_run(state, *found->machine)) {
        return reply(200, {{"exit_code", 0},
                           {"exit_signal", 0},
                           {"stdout", state.options.exec_stdout.empty() ? program_is_up : state.options.exec_stdout},
                           {"stderr", ""}});
    }
    auto const limit = seconds(std::clamp<std::int64_t>(exchange.number("timeout").value_or(0), 0, longest_exec.count()));
    ExecRequest const request{
        .command = exec_command(exchange), .input = exchange.text("stdin"), .limit = limit.count() > 0 ? limit : usual_exec};
    auto ticket = std::make_shared<WaitTicket>();
    ticket->app = exchange.app;
    ticket->machine = exchange.id;
    ticket->exec = state.runtime->exec(exchange.id, request);
    // The runtime ends the command at its limit; the rest is for what a killed one takes to go.
    auto const until = state.now + request.limit + seconds(5);
    return Pending{.until = until, .recheck = next_look(state, *ticket, until), .ticket = std::move(ticket)};
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

std::optional<Answer> exec_answer(State const& state, WaitTicket const& ticket, Instant until) {
    auto const& report = ticket.exec->report;
    if (report ? report->timed_out : state.now >= until) return guessed(state.options, "exec_timeout");
    if (!report) return std::nullopt;
    return reply(
        200, {{"exit_code", report->code}, {"exit_signal", report->signal}, {"stdout", report->out}, {"stderr", report->err}});
}

}  // namespace dayfly::fly_sim
