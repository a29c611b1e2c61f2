// A machine as Fly shows it: the echoed config, image, checks and events.
#include <fmt/format.h>

#include "controller/base/time_text.h"
#include "controller/fly_sim/machine_config.h"
#include "controller/fly_sim/machines.h"

namespace dayfly::fly_sim {
namespace {

/// Mounts come back with what the volume knows; its size grows when the volume does.
void complete_mounts(State const& state, Json& config) {
    auto const mounts = config.find("mounts");
    if (mounts == config.end()) return;
    for (auto& mount : *mounts) {
        auto const volume = state.volumes.find(mount.value("volume", ""));
        if (volume == state.volumes.end()) continue;
        mount["encrypted"] = volume->second.encrypted;
        mount["size_gb"] = volume->second.size_gb;
        mount["name"] = volume->second.name;
    }
}

Json check_status(Machine const& machine, std::string const& name) {
    return {{"name", name},
            {"status", machine.checks_passing ? "passing" : "critical"},
            {"output", !machine.checks_output.empty() ? machine.checks_output
                       : machine.checks_passing       ? "Success"
                                                      : "connect: connection refused"},
            {"updated_at", rfc3339(machine.updated)}};
}

Json checks_json(State const& state, Machine const& machine) {
    auto shown = Json::array();
    if (auto const checks = machine.config->find("checks"); checks != machine.config->end()) {
        for (auto const& [name, check] : checks->items()) shown.push_back(check_status(machine, name));
    }
    if (auto const services = machine.config->find("services"); services != machine.config->end()) {
        int index = 0;
        for (auto const& service : *services) {
            for (auto const& check : service.value("checks", Json::array())) {
                auto const port = check.value("port", service.value("internal_port", 0));
                shown.push_back(
                    check_status(machine, fmt::format("servicecheck-{:02}-{}-{}", index++, check.value("type", "tcp"), port)));
            }
        }
    }
    if (state.options.quirks.compat_checks && !shown.empty())
        shown.push_back(check_status(machine, "bg_deployments_compat_http"));
    return shown;
}

}  // namespace

Json events_json(Machine const& machine, std::size_t limit) {
    auto shown = Json::array();
    for (auto event = machine.events.rbegin(); event != machine.events.rend() && shown.size() < limit; ++event) {
        shown.push_back(**event);
    }
    return shown;
}

Json machine_json(State const& state, Machine const& machine, Rendering rendering) {
    Json shown{{"id", machine.id},
               {"name", machine.name},
               {"state", machine.state},
               {"region", machine.region},
               {"instance_id", machine.instance_id},
               {"private_ip", machine.private_ip},
               {"created_at", rfc3339(machine.created)},
               {"updated_at", rfc3339(machine.updated)}};
    auto const image = machine.config->value("image", "");
    shown["image_ref"] = image_reference(image);
    if (machine.cordoned) shown["cordoned"] = true;
    if (rendering.summary) return shown;
    shown["host_status"] = machine.host_status;
    if (machine.host_status == "ok") {
        auto config = *machine.config;
        complete_mounts(state, config);
        shown["config"] = std::move(config);
    } else {
        shown["config"] = nullptr;
        Json incomplete{{"init", Json::object()}, {"image", image}};
        if (machine.config->contains("metadata")) incomplete["metadata"] = (*machine.config)["metadata"];
        shown["incomplete_config"] = std::move(incomplete);
    }
    shown["events"] = events_json(machine, 20);
    if (auto checks = checks_json(state, machine); !checks.empty()) shown["checks"] = std::move(checks);
    if (rendering.leases && machine.lease && machine.lease->expires > state.wall) {
        shown["lease"] = {
            {"owner", machine.lease->owner},
            {"description", machine.lease->description},
            {"expires_at", std::chrono::duration_cast<seconds>(machine.lease->expires.time_since_epoch()).count()}};
    }
    return shown;
}

}  // namespace dayfly::fly_sim
