#include "controller/fly_sim/backends.h"

#include "controller/fly_sim/process_life.h"

namespace dayfly::fly_sim {
namespace {

std::optional<int> last_exit_code(Machine const& machine) {
    for (auto event = machine.events.rbegin(); event != machine.events.rend(); ++event) {
        if ((*event)->value("type", "") != "exit") continue;
        auto const& exit = (**event)["request"]["exit_event"];
        if (exit.value("requested_stop", false)) return std::nullopt;
        return exit.value("exit_code", 0);
    }
    return std::nullopt;
}

}  // namespace

std::vector<Backend> backends_of(State const& state, App const& app) {
    std::vector<Backend> all;
    for (auto const& [name, id] : app.machine_names) {
        auto const found = state.machines.find(id);
        if (found == state.machines.end() || found->second.going() || found->second.cordoned) continue;
        auto const& machine = found->second;
        auto const services = machine.config->value("services", Json::array());
        if (services.empty()) continue;
        all.push_back({.machine = id,
                       .state = machine.state,
                       .port = services.front().value("internal_port", 0),
                       .autostart = services.front().value("autostart", false),
                       .is_run = is_run(state, machine),
                       .exit_code = last_exit_code(machine)});
    }
    return all;
}

}  // namespace dayfly::fly_sim
