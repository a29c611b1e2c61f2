#include "controller/fly_sim/proxy.h"

#include <algorithm>

#include "controller/fly_sim/backends.h"
#include "controller/fly_sim/machine_life.h"

namespace dayfly::fly_sim {
namespace {

constexpr double default_soft_limit = 20;

Json first_service(Machine const& machine) {
    auto const services = machine.config->find("services");
    return services == machine.config->end() || services->empty() ? Json::object() : services->front();
}

bool stops_by_itself(Json const& service) {
    auto const wanted = service.value("autostop", Json(false));
    return wanted == true || wanted == "suspend";
}

/// The started machines of one region that the proxy may stop.
using Group = std::vector<Machine*>;

std::map<std::string, Group> groups_of(State& state, App const& app) {
    std::map<std::string, Group> groups;
    for (auto const& [name, id] : app.machine_names) {
        auto* const machine = state.machine(app, id);
        if (machine != nullptr && machine->state == "started" && stops_by_itself(first_service(*machine))) {
            groups[machine->region].push_back(machine);
        }
    }
    return groups;
}

void stop_one(State& state, Group const& group) {
    auto const load = [&](Machine const* machine) { return state.traffic.concurrency(machine->app, machine->id); };
    auto& idlest = **std::ranges::min_element(group, {}, load);
    auto const service = first_service(idlest);
    if (std::ssize(group) <= service.value("min_machines_running", 0)) return;
    if (group.size() == 1) {
        auto const since = state.wall - std::chrono::duration_cast<WallTime::duration>(state.options.timings.autostop_look);
        if (load(&idlest) > 0 || state.traffic.answered_after(idlest.app, since)) return;
    } else {
        auto const soft_limit = service.value("concurrency", Json::object()).value("soft_limit", default_soft_limit);
        auto const over = std::ranges::count_if(group, [&](auto const* machine) { return load(machine) > soft_limit; });
        if (std::ssize(group) - (over + 1) < 1) return;
    }
    if (service["autostop"] == "suspend") {
        begin_suspend(state, idlest, "proxy");
    } else {
        begin_stop(state, idlest, "proxy");
    }
}

}  // namespace

void plan_proxy_look(State& state) {
    auto const pause = state.options.timings.autostop_look;
    if (state.proxy_looks || pause <= milliseconds(0)) return;
    state.proxy_looks = true;
    state.schedule.add(state.now + pause, {.step = Step::ProxyLook});
}

void stop_idle_machines(State& state) {
    if (state.options.timings.autostop_look <= milliseconds(0)) return;
    for (auto const& [name, app] : state.apps) {
        if (app.deleting) continue;
        for (auto const& [region, group] : groups_of(state, app)) stop_one(state, group);
    }
}

bool start_for_request(State& state, App const& app) {
    auto const backends = backends_of(state, app);
    auto const runs = [](Backend const& backend) { return backend.state == "started" || backend.state == "starting"; };
    if (std::ranges::any_of(backends, runs)) return false;
    auto const asleep = std::ranges::find_if(backends, [](Backend const& backend) {
        return backend.autostart && (backend.state == "stopped" || backend.state == "suspended");
    });
    if (asleep == backends.end()) return false;
    auto* const machine = state.machine(app, asleep->machine);
    if (machine == nullptr || machine->due) return false;
    begin_start(state, *machine, "proxy");
    return true;
}

}  // namespace dayfly::fly_sim
