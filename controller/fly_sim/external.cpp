#include "controller/fly_sim/external.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "controller/fly_sim/apps.h"
#include "controller/fly_sim/logs.h"
#include "controller/fly_sim/machine_config.h"
#include "controller/fly_sim/machine_life.h"
#include "controller/fly_sim/proxy.h"
#include "controller/fly_sim/regions.h"
#include "controller/fly_sim/secrets.h"
#include "controller/fly_sim/volumes.h"

namespace dayfly::fly_sim {
namespace {

/// The volume's copy on another host takes its place.
void move_volume(State& state, App& app, Machine& machine) {
    auto const found = state.volumes.find(machine.volume);
    if (found == state.volumes.end()) return;
    auto moved = found->second;
    moved.id = state.ids.volume();
    if (state.runtime != nullptr) state.runtime->copy_volume(machine.volume, moved.id);
    drop_volume(state, app, machine.volume);
    moved.host = machine.host;
    app.volumes.insert(moved.id);
    auto config = *machine.config;
    config["mounts"][0]["volume"] = moved.id;
    machine.config = std::make_shared<Json const>(std::move(config));
    machine.volume = moved.id;
    auto& stored = state.volumes.insert_or_assign(moved.id, std::move(moved)).first->second;
    state.witness.volume_born(app.name, stored.id, stored.name);
    state.touch(stored);
}

void set_member(std::set<std::string>& members, std::string const& member, bool wanted) {
    if (wanted) {
        members.insert(member);
    } else {
        members.erase(member);
    }
}

}  // namespace

Machine* External::machine(std::string const& app, std::string const& id) {
    auto* const owner = state_.app(app);
    auto* const found = owner == nullptr ? nullptr : state_.machine(*owner, id);
    return found == nullptr || found->gone() ? nullptr : found;
}

Volume* External::volume(std::string const& app, std::string const& id) {
    auto* const owner = state_.app(app);
    return owner == nullptr ? nullptr : state_.volume(*owner, id);
}

bool External::remove_machine(std::string const& app, std::string const& id) {
    auto* const found = machine(app, id);
    if (found == nullptr) return false;
    finish_destroy(state_, *found);
    if (!found->volume.empty()) apply_volume_step(state_, {.step = Step::VolumeReleased, .app = id, .id = found->volume});
    return true;
}

bool External::remove_volume(std::string const& app, std::string const& id) {
    if (volume(app, id) == nullptr) return false;
    drop_volume(state_, *state_.app(app), id);
    return true;
}

bool External::remove_ip(std::string const& app, std::string const& address) {
    auto* const found = state_.app(app);
    return found != nullptr && std::erase_if(found->ips, [&](AssignedIp const& ip) { return ip.address == address; }) > 0;
}

bool External::remove_app(std::string const& app) {
    auto* const found = state_.app(app);
    if (found == nullptr) return false;
    finish_app_deletion(state_, app, found->id);
    return true;
}

bool External::remove_secret(std::string const& app, std::string const& name) {
    auto* const found = state_.app(app);
    return found != nullptr && found->secrets.erase(name) > 0;
}

bool External::set_secret(std::string const& app, std::string const& name, std::string const& value) {
    auto* const found = state_.app(app);
    if (found == nullptr) return false;
    put_secret(state_, *found, name, value);
    return true;
}

bool External::change_config(std::string const& app, std::string const& id, Json const& patch) {
    auto* const found = machine(app, id);
    if (found == nullptr) return false;
    auto config = *found->config;
    config.merge_patch(patch);
    auto accepted = accept_config(config, state_.options);
    if (!accepted) return false;
    found->config = std::move(*accepted);
    found->instance_id = state_.ids.ulid(state_.wall);
    found->versions.emplace_back(found->instance_id, found->config);
    found->events.clear();
    found->launch_after_replace = found->state == "started";
    stop_process(state_, *found, stop_order(*found));
    add_event(state_, *found, "update", "replacing", "user");
    enter(state_, *found, "replacing", Step::MachineReplaced, state_.options.timings.replace);
    return true;
}

bool External::set_metadata(std::string const& app, std::string const& id, std::string const& key, std::string const& value) {
    auto* const found = machine(app, id);
    if (found == nullptr) return false;
    auto config = *found->config;
    config["metadata"][key] = value;
    found->config = std::make_shared<Json const>(std::move(config));
    state_.touch(*found);
    return true;
}

bool External::migrate_machine(std::string const& app, std::string const& id) {
    auto* const found = machine(app, id);
    if (found == nullptr) return false;
    stop_process(state_, *found, {.signal = 9, .limit = milliseconds(0)});
    found->host = pick_host(state_, found->region);
    found->private_ip = state_.ids.private_address();
    move_volume(state_, *state_.app(app), *found);
    add_event(state_, *found, "launch", "created", "flyd", {{"migrated", true}});
    if (found->state == "started") {
        enter(state_, *found, "stopped", Step::MachineStarting, state_.options.timings.start / 2);
    } else {
        state_.touch(*found);
    }
    return true;
}

bool External::idle_machine(std::string const& app, std::string const& id, bool suspend) {
    auto* const found = machine(app, id);
    if (found == nullptr || found->state != "started") return false;
    if (suspend) {
        begin_suspend(state_, *found, "proxy");
    } else {
        begin_stop(state_, *found, "proxy");
    }
    return true;
}

bool External::wake_machine(std::string const& app, std::string const& id) {
    auto* const found = machine(app, id);
    if (found == nullptr || (found->state != "stopped" && found->state != "suspended")) return false;
    begin_start(state_, *found, "proxy");
    return true;
}

bool External::exit_machine(std::string const& app, std::string const& id, int exit_code, bool oom_killed) {
    auto* const found = machine(app, id);
    if (found == nullptr || found->state != "started") return false;
    fly_sim::exit_machine(state_, *found, {.code = exit_code, .oom_killed = oom_killed});
    return true;
}

bool External::add_log(std::string const& app, std::string const& id, std::string const& message) {
    auto const* const found = machine(app, id);
    if (found == nullptr) return false;
    fly_sim::add_log(state_, *found, message);
    return true;
}

bool External::serve_requests(std::string const& app, int requests, int status) {
    auto const* const found = state_.app(app);
    if (found == nullptr) return false;
    state_.traffic.count_response(app, status, state_.wall, requests);
    if (state_.options.timings.autostop_look > milliseconds(0)) start_for_request(state_, *found);
    return true;
}

bool External::set_concurrency(std::string const& app, std::string const& id, int requests) {
    if (machine(app, id) == nullptr) return false;
    state_.traffic.set_concurrency(app, id, requests, state_.wall);
    return true;
}

bool External::set_host_status(std::string const& app, std::string const& id, std::string const& status) {
    auto* const found = machine(app, id);
    if (found == nullptr) return false;
    found->host_status = status;
    state_.touch(*found);
    return true;
}

bool External::set_checks_passing(std::string const& app, std::string const& id, bool passing) {
    auto* const found = machine(app, id);
    if (found == nullptr) return false;
    found->checks_passing = passing;
    state_.replicate(*found);
    return true;
}

bool External::fill_host_of(std::string const& app, std::string const& id, bool full) {
    auto const* const a_machine = machine(app, id);
    auto const* const a_volume = volume(app, id);
    if (a_machine == nullptr && a_volume == nullptr) return false;
    set_member(state_.full_hosts, a_machine != nullptr ? a_machine->host : a_volume->host, full);
    return true;
}

bool External::disable_deploys_on_host_of(std::string const& app, std::string const& id, bool disabled) {
    auto const* const found = machine(app, id);
    if (found == nullptr) return false;
    set_member(state_.disabled_hosts, found->host, disabled);
    return true;
}

void External::set_region_full(std::string const& region, bool machines, bool volumes) {
    set_member(state_.options.capacity.full_for_machines, region, machines);
    set_member(state_.options.capacity.full_for_volumes, region, volumes);
}

bool External::extend_volume(std::string const& app, std::string const& id, int size_gb) {
    auto* const found = volume(app, id);
    if (found == nullptr) return false;
    found->size_gb = size_gb;
    state_.touch(*found);
    return true;
}

bool External::seed_app(std::string const& name, std::string const& organisation, std::string const& network) {
    if (state_.apps.contains(name)) return false;
    add_app(state_, name, organisation, network);
    return true;
}

std::string External::seed_machine(std::string const& app, std::string const& name, std::string const& region,
                                   Json const& config) {
    auto* const owner = state_.app(app);
    auto accepted = accept_config(config, state_.options);
    if (owner == nullptr || !accepted || owner->machine_names.contains(name)) return {};
    Machine fresh;
    fresh.id = state_.ids.machine();
    fresh.app = app;
    fresh.app_id = owner->id;
    fresh.organisation = owner->organisation;
    fresh.name = name;
    fresh.region = region;
    fresh.host = pick_host(state_, region);
    fresh.private_ip = state_.ids.private_address();
    fresh.instance_id = state_.ids.ulid(state_.wall);
    fresh.config = std::move(*accepted);
    fresh.volume = mounted_volume(*fresh.config);
    fresh.created = state_.wall;
    fresh.born = state_.now;
    fresh.versions.emplace_back(fresh.instance_id, fresh.config);
    if (auto* const mounted = state_.volume(*owner, fresh.volume); mounted != nullptr) {
        mounted->holder = fresh.id;
        fresh.host = mounted->host;
        state_.touch(*mounted);
    }
    owner->machines.insert(fresh.id);
    owner->machine_names[name] = fresh.id;
    state_.witness.machine_born(app, fresh.id, name);
    auto& stored = state_.machines.insert_or_assign(fresh.id, fresh).first->second;
    add_event(state_, stored, "launch", "created", "user");
    rest(state_, stored, "started");
    stored.checks_passing = true;
    return stored.id;
}

std::string External::seed_volume(std::string const& app, std::string const& name, std::string const& region, int size_gb) {
    auto* const owner = state_.app(app);
    if (owner == nullptr) return {};
    Volume fresh;
    fresh.id = state_.ids.volume();
    fresh.app = app;
    fresh.app_id = owner->id;
    fresh.organisation = owner->organisation;
    fresh.name = name;
    fresh.region = region;
    fresh.host = pick_host(state_, region);
    fresh.size_gb = size_gb;
    fresh.created = state_.wall;
    owner->volumes.insert(fresh.id);
    state_.witness.volume_born(app, fresh.id, name);
    auto& stored = state_.volumes.insert_or_assign(fresh.id, fresh).first->second;
    state_.touch(stored);
    return stored.id;
}

std::expected<Json, std::string> External::perform(Json const& request) {
    if (!request.is_object() || request.size() != 1 || !request.front().is_object()) {
        return std::unexpected("expected one operation: {\"remove_machine\":{\"app\":\"…\",\"id\":\"…\"}}");
    }
    auto const operation = request.begin().key();
    auto const& with = request.front();
    auto const text = [&](char const* name, char const* otherwise = "") {
        auto const found = with.find(name);
        return found != with.end() && found->is_string() ? found->get<std::string>() : std::string(otherwise);
    };
    auto const number = [&](char const* name) {
        auto const found = with.find(name);
        return found != with.end() && found->is_number_integer() ? found->get<int>() : 0;
    };
    auto const flag = [&](char const* name, bool otherwise) {
        auto const found = with.find(name);
        return found != with.end() && found->is_boolean() ? found->get<bool>() : otherwise;
    };
    auto const json = [&](char const* name) { return with.value(name, Json::object()); };
    auto const app = text("app");
    auto const id = text("id");
    std::map<std::string, std::function<Json()>> const operations{
        {"remove_machine", [&] { return remove_machine(app, id); }},
        {"remove_volume", [&] { return remove_volume(app, id); }},
        {"remove_ip", [&] { return remove_ip(app, text("address")); }},
        {"remove_app", [&] { return remove_app(app); }},
        {"remove_secret", [&] { return remove_secret(app, text("name")); }},
        {"set_secret", [&] { return set_secret(app, text("name"), text("value")); }},
        {"change_config", [&] { return change_config(app, id, json("patch")); }},
        {"set_metadata", [&] { return set_metadata(app, id, text("key"), text("value")); }},
        {"migrate_machine", [&] { return migrate_machine(app, id); }},
        {"idle_machine", [&] { return idle_machine(app, id, flag("suspend", false)); }},
        {"wake_machine", [&] { return wake_machine(app, id); }},
        {"exit_machine", [&] { return exit_machine(app, id, number("exit_code"), flag("oom_killed", false)); }},
        {"add_log", [&] { return add_log(app, id, text("message")); }},
        {"serve_requests",
         [&] { return serve_requests(app, number("requests"), with.contains("status") ? number("status") : 200); }},
        {"set_concurrency", [&] { return set_concurrency(app, id, number("requests")); }},
        {"set_host_status", [&] { return set_host_status(app, id, text("status", "unreachable")); }},
        {"set_checks_passing", [&] { return set_checks_passing(app, id, flag("passing", true)); }},
        {"fill_host_of", [&] { return fill_host_of(app, id, flag("full", true)); }},
        {"disable_deploys_on_host_of", [&] { return disable_deploys_on_host_of(app, id, flag("disabled", true)); }},
        {"set_region_full",
         [&] {
             set_region_full(text("region"), flag("machines", true), flag("volumes", true));
             return Json(true);
         }},
        {"extend_volume", [&] { return extend_volume(app, id, number("size_gb")); }},
        {"seed_app", [&] { return seed_app(text("name"), text("organisation"), text("network", "default")); }},
        {"seed_machine", [&] { return seed_machine(app, text("name"), text("region"), json("config")); }},
        {"seed_volume", [&] { return seed_volume(app, text("name"), text("region"), number("size_gb")); }},
    };
    auto const found = operations.find(operation);
    if (found == operations.end()) return std::unexpected(fmt::format("unknown operation {}", operation));
    auto result = found->second();
    if (result == Json(false) || result == Json("")) return std::unexpected(fmt::format("{}: nothing of that name", operation));
    return result;
}

}  // namespace dayfly::fly_sim
