#include "controller/fly_sim/process_life.h"

#include <fmt/format.h>

#include <map>

#include "controller/base/time_text.h"
#include "controller/fly_sim/logs.h"
#include "controller/fly_sim/machine_life.h"

namespace dayfly::fly_sim {
namespace {

// kill_timeout at Fly is at most five minutes.
constexpr milliseconds longest_stop{300'000};

}  // namespace

bool is_run(State const& state, Machine const& machine) {
    return state.runtime != nullptr && state.runtime->runs(*machine.config);
}

std::optional<int> signal_number(std::string_view name) {
    static std::map<std::string_view, int> const numbers{{"SIGHUP", 1},   {"SIGINT", 2},   {"SIGQUIT", 3}, {"SIGKILL", 9},
                                                         {"SIGUSR1", 10}, {"SIGUSR2", 12}, {"SIGTERM", 15}};
    auto const found = numbers.find(name);
    return found == numbers.end() ? std::nullopt : std::optional(found->second);
}

StopOrder stop_order(Machine const& machine) {
    StopOrder order;
    auto const wanted = machine.config->value("stop_config", Json::object());
    if (auto const number = signal_number(wanted.value("signal", ""))) order.signal = *number;
    if (auto const limit = parse_duration(wanted.value("timeout", "")); limit && limit->count() > 0) {
        order.limit = std::min(std::chrono::duration_cast<milliseconds>(*limit), longest_stop);
    }
    return order;
}

bool launch_process(State& state, Machine& machine) {
    if (!is_run(state, machine)) return true;
    if (state.runtime->resume(machine.id)) return true;
    Launch launch{.app = machine.app,
                  .machine = machine.id,
                  .region = machine.region,
                  .version = machine.instance_id,
                  .volume = machine.volume,
                  .config = machine.config,
                  .secrets = {}};
    if (auto const* const app = state.app(machine.app); app != nullptr && app->id == machine.app_id) {
        for (auto const& [name, secret] : app->secrets) launch.secrets[name] = secret.value;
    }
    auto const launched = state.runtime->launch(std::move(launch));
    if (!launched) add_log(state, machine, "ERROR could not start the machine: " + launched.error(), "error");
    return launched.has_value();
}

bool stop_process(State& state, Machine const& machine, StopOrder order) {
    return is_run(state, machine) && state.runtime->stop(machine.id, order.signal, order.limit);
}

void process_exited(State& state, Machine& machine, Exit const& exit) {
    add_log(state, machine,
            exit.signal > 0 ? fmt::format("INFO Main child exited with signal (with signal '{}')", exit.signal)
                            : fmt::format("INFO Main child exited normally with code: {}", exit.code));
    if (machine.state == "started") {
        exit_machine(state, machine, exit);
    } else if (machine.state == "stopping") {
        finish_stop(state, machine, exit);
    } else if (machine.state == "restarting") {
        add_exit_event(state, machine, exit, true, true);
        enter(state, machine, "restarting", Step::MachineStarted, state.options.timings.start);
    } else if (machine.state == "suspending" || machine.state == "suspended") {
        add_exit_event(state, machine, exit, false, false);
        rest(state, machine, "stopped");
    } else {
        machine.last_exit = exit;
    }
}

}  // namespace dayfly::fly_sim
