// The cloud's state for tests to look at: the truth, without lag.
#include <chrono>

#include "controller/base/time_text.h"
#include "controller/fly_sim/cloud.h"
#include "controller/fly_sim/machines.h"
#include "controller/fly_sim/volumes.h"

namespace dayfly::fly_sim {
namespace {

Json machines_of(State const& state, App const& app) {
    auto shown = Json::array();
    for (auto const& id : app.machines) {
        auto const machine = state.machines.find(id);
        if (machine == state.machines.end() || machine->second.gone()) continue;
        shown.push_back(machine_json(state, machine->second, {.leases = true}));
        shown.back()["host"] = machine->second.host;
        shown.back()["secrets_version"] = machine->second.secrets_version;
    }
    return shown;
}

Json volumes_of(State const& state, App const& app) {
    auto shown = Json::array();
    for (auto const& id : app.volumes) {
        auto const volume = state.volumes.find(id);
        if (volume == state.volumes.end() || volume->second.going()) continue;
        shown.push_back(volume_json(volume->second));
        shown.back()["host"] = volume->second.host;
    }
    return shown;
}

}  // namespace

Json Cloud::snapshot() const {
    auto apps = Json::object();
    for (auto const& [name, app] : state_.apps) {
        auto ips = Json::array();
        for (auto const& ip : app.ips) ips.push_back({{"ip", ip.address}, {"type", ip.type}, {"region", ip.region}});
        auto secrets = Json::object();
        for (auto const& [secret, stored] : app.secrets) secrets[secret] = stored.digest;
        auto certificates = Json::object();
        for (auto const& [hostname, certificate] : app.certificates) certificates[hostname] = certificate.status;
        apps[name] = {{"id", app.id},
                      {"organisation", app.organisation},
                      {"network", app.network},
                      {"deleting", app.deleting},
                      {"machines", machines_of(state_, app)},
                      {"volumes", volumes_of(state_, app)},
                      {"ips", std::move(ips)},
                      {"secrets", std::move(secrets)},
                      {"secrets_version", app.secrets_version},
                      {"certificates", std::move(certificates)}};
    }
    return {{"now", rfc3339(state_.wall)}, {"apps", std::move(apps)}};
}

}  // namespace dayfly::fly_sim
