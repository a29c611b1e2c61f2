#include "controller/fly_sim/machine_life.h"

#include <algorithm>
#include <utility>

#include "controller/base/time_text.h"
#include "controller/fly_sim/logs.h"
#include "controller/fly_sim/volumes.h"

namespace dayfly::fly_sim {
namespace {

constexpr std::size_t events_kept = 50;
constexpr int default_retries = 10;
/// What a killed process may take until it is gone.
constexpr milliseconds longest_death{5'000};

bool has_checks(Machine const& machine) {
    if (machine.config->contains("checks")) return true;
    auto const services = machine.config->find("services");
    return services != machine.config->end() &&
           std::ranges::any_of(*services, [](Json const& service) { return service.contains("checks"); });
}

std::string image_of(Machine const& machine) { return machine.config->value("image", ""); }

void show(State& state, Machine& machine, std::string_view machine_state) {
    machine.state = machine_state;
    machine.checks_passing = false;
    state.traffic.set_up(machine.app, machine.id, machine_state == "started", state.wall);
}

void plan_after(State& state, Machine& machine, Step step, Instant::duration lasts) {
    machine.ticket++;
    machine.due = state.now + state.lasting(lasts);
    state.schedule.add(*machine.due, {.step = step, .app = machine.app, .id = machine.id, .ticket = machine.ticket});
}

void started(State& state, Machine& machine) {
    rest(state, machine, "started");
    add_event(state, machine, "start", "started", "flyd");
    machine.secrets_version = std::max(machine.secrets_version, [&] {
        // A boot picks up the newest version that has reached the host.
        auto const* const app = state.app(machine.app);
        std::uint64_t seen = 0;
        if (app == nullptr || app->id != machine.app_id) return seen;
        for (auto const& [when, version] : app->secrets_seen) {
            if (when <= state.now) seen = version;
        }
        return seen;
    }());
    machine.checks_output.clear();
    // Where a process runs, its checks are really made, and whoever makes them tells.
    if (!has_checks(machine) || is_run(state, machine) || state.options.unhealthy_images.contains(image_of(machine))) return;
    state.schedule.add(state.now + state.lasting(state.options.timings.checks_pass),
                       {.step = Step::ChecksPass, .app = machine.app, .id = machine.id, .ticket = machine.ticket});
}

void launch_failed(State& state, Machine& machine) {
    add_exit_event(state, machine, {.code = 1}, false, false);
    rest(state, machine, "failed");
}

}  // namespace

std::int64_t unix_ms(WallTime wall) { return std::chrono::duration_cast<milliseconds>(wall.time_since_epoch()).count(); }

void add_event(State& state, Machine& machine, std::string_view type, std::string_view status, std::string_view source,
               Json request) {
    Json event{{"id", state.ids.ulid(state.wall)},
               {"type", type},
               {"status", status},
               {"source", source},
               {"timestamp", unix_ms(state.wall)}};
    if (!request.is_null()) event["request"] = std::move(request);
    machine.events.push_back(std::make_shared<Json const>(std::move(event)));
    if (machine.events.size() > events_kept) machine.events.erase(machine.events.begin());
}

void add_exit_event(State& state, Machine& machine, Exit const& exit, bool requested_stop, bool restarting) {
    add_event(state, machine, "exit", "stopped", "flyd",
              {{"exit_event",
                {{"exit_code", exit.code},
                 {"guest_exit_code", exit.code},
                 {"guest_signal", exit.signal},
                 {"signal", -1},
                 {"oom_killed", exit.oom_killed},
                 {"requested_stop", requested_stop},
                 {"restarting", restarting},
                 {"error", ""},
                 {"exited_at", rfc3339(state.wall)}}},
               {"restart_count", machine.restarts.size()}});
}

void enter(State& state, Machine& machine, std::string_view machine_state, Step next, Instant::duration lasts) {
    show(state, machine, machine_state);
    plan_after(state, machine, next, lasts);
    state.touch(machine);
}

void rest(State& state, Machine& machine, std::string_view machine_state) {
    show(state, machine, machine_state);
    machine.ticket++;
    machine.due.reset();
    state.touch(machine);
}

void begin_boot(State& state, Machine& machine, bool launch) {
    auto const& timings = state.options.timings;
    add_event(state, machine, "launch", "created", "user");
    if (launch) {
        add_event(state, machine, "launch", "pending", "flyd");
        enter(state, machine, "created", Step::MachineStarting, timings.boot / 2);
    } else if (state.options.quirks.skip_launch_stays_created) {
        rest(state, machine, "created");
    } else {
        enter(state, machine, "created", Step::MachinePrepared, timings.prepare);
    }
}

void begin_start(State& state, Machine& machine, std::string_view source) {
    add_event(state, machine, "start", "starting", source);
    enter(state, machine, "starting", Step::MachineStarted, state.options.timings.start);
}

void begin_stop(State& state, Machine& machine, std::string_view source, std::optional<StopOrder> order) {
    add_event(state, machine, "stop", "stopping", source);
    auto const wanted = order.value_or(stop_order(machine));
    // A real process says itself when it has ended; the moment planned is then only the longest it can take.
    auto const told = stop_process(state, machine, wanted);
    auto const lasts = told ? wanted.limit + longest_death : state.options.timings.stop;
    enter(state, machine, "stopping", Step::MachineStopped, lasts);
}

void finish_stop(State& state, Machine& machine, Exit const& exit) {
    add_exit_event(state, machine, exit, true, false);
    machine.startable = state.now + state.lasting(state.options.timings.startable_after);
    rest(state, machine, "stopped");
}

void begin_suspend(State& state, Machine& machine, std::string_view source) {
    add_event(state, machine, "suspend", "suspending", source);
    if (is_run(state, machine)) state.runtime->suspend(machine.id);
    enter(state, machine, "suspending", Step::MachineSuspended, state.options.timings.suspend);
}

void begin_destroy(State& state, Machine& machine, std::string_view source) {
    add_event(state, machine, "destroy", "destroying", source);
    stop_process(state, machine, {.signal = 9, .limit = milliseconds(0)});
    enter(state, machine, "destroying", Step::MachineDestroyed, state.options.timings.destroy);
}

void finish_destroy(State& state, Machine& machine) {
    auto const& timings = state.options.timings;
    add_event(state, machine, "destroy", "destroyed", "flyd");
    machine.lease.reset();
    if (state.runtime != nullptr) state.runtime->remove_machine(machine.id);
    rest(state, machine, "destroyed");
    if (auto* const app = state.app(machine.app); app != nullptr && app->id == machine.app_id) {
        auto const named = app->machine_names.find(machine.name);
        if (named != app->machine_names.end() && named->second == machine.id) app->machine_names.erase(named);
    }
    state.witness.machine_gone(machine.app, machine.id);
    if (!machine.volume.empty()) {
        if (auto const volume = state.volumes.find(machine.volume); volume != state.volumes.end())
            volume->second.holder_gone = true;
        release_volume_later(state, machine.volume, machine.id);
    }
    state.schedule.add(state.now + timings.destroyed_visible,
                       {.step = Step::MachineReaped, .app = machine.app, .id = machine.id, .ticket = machine.ticket});
}

void exit_machine(State& state, Machine& machine, Exit const& exit) {
    auto const restart = machine.config->value("restart", Json::object());
    auto const policy = restart.value("policy", "on-failure");
    auto const retries = restart.value("max_retries", default_retries);
    auto& restarts = machine.restarts;
    // max_retries counts within a window (docs, "Machine restart policy").
    while (!restarts.empty() && restarts.front() + state.options.timings.restart_window <= state.now) restarts.pop_front();
    auto const left = restarts.size() < static_cast<std::size_t>(std::max(retries, 0));
    auto const again = policy == "always" || (policy == "on-failure" && exit.code != 0 && left);
    add_exit_event(state, machine, exit, false, again);
    if (!again && policy == "on-failure" && exit.code != 0) {
        add_log(state, machine, "machine has reached its max restart count of " + std::to_string(retries));
    }
    if (again) {
        machine.restarts.push_back(state.now);
        enter(state, machine, "starting", Step::MachineStarted, state.options.timings.start);
    } else if (machine.config->value("auto_destroy", false) && policy == "no") {
        begin_destroy(state, machine, "flyd");
    } else {
        rest(state, machine, "stopped");
    }
}

void apply_machine_step(State& state, Due const& due) {
    auto const found = state.machines.find(due.id);
    if (found == state.machines.end() || found->second.ticket != due.ticket) return;
    auto& machine = found->second;
    auto const& timings = state.options.timings;
    switch (due.step) {
        case Step::MachineStarting:
            add_event(state, machine, "start", "starting", "flyd");
            enter(state, machine, "starting", Step::MachineStarted, timings.boot / 2);
            break;
        case Step::MachineStarted:
            if (state.options.failing_images.contains(image_of(machine))) {
                launch_failed(state, machine);
            } else if (!launch_process(state, machine)) {
                launch_failed(state, machine);
            } else {
                started(state, machine);
            }
            break;
        case Step::MachinePrepared: rest(state, machine, "stopped"); break;
        case Step::MachineStopped: finish_stop(state, machine, {}); break;
        case Step::MachineSuspended: rest(state, machine, "suspended"); break;
        case Step::MachineReplaced:
            add_exit_event(state, machine, std::exchange(machine.last_exit, {}).value_or(Exit{}), false, false);
            if (machine.launch_after_replace) {
                machine.launch_after_replace = false;
                enter(state, machine, "stopped", Step::MachineStarting, timings.start / 2);
            } else {
                rest(state, machine, "stopped");
            }
            break;
        case Step::MachineFailed: launch_failed(state, machine); break;
        case Step::MachineDestroyed: finish_destroy(state, machine); break;
        case Step::MachineReaped: {
            if (auto* const app = state.app(machine.app); app != nullptr) app->machines.erase(machine.id);
            state.forget(Step::ForgetMachine, machine.app_id, machine.id);
            state.machines.erase(found);
            break;
        }
        case Step::ChecksPass:
            machine.checks_passing = true;
            state.replicate(machine);
            break;
        default: break;
    }
}

bool is_settled(Machine const& machine) { return !machine.due.has_value(); }

}  // namespace dayfly::fly_sim
