// See world.h: first the converged environment is built, then the case's differences are laid over it.
#include "tests/golden/world.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "controller/fly_rest/config_json.h"
#include "controller/plan/marks.h"
#include "specs/load.h"
#include "specs/render.h"

namespace dayfly::golden {
namespace {

using Json = nlohmann::json;

[[noreturn]] void refuse(std::string const& what) { throw std::runtime_error("observed.json: " + what); }

void only_fields(Json const& object, std::set<std::string> const& known, std::string const& where) {
    for (auto const& [name, value] : object.items()) {
        if (!known.contains(name)) refuse(where + " has no field " + name);
    }
}

specs::PreviewEnvironment earlier(specs::PreviewEnvironment const& environment, Json const& patch) {
    Json object = specs::to_json(environment);
    object["spec"].merge_patch(patch);
    auto const loaded = specs::load(object.dump(), "observed.json", {});
    if (!loaded.problems.empty()) refuse("converged_on: " + loaded.problems.front().text());
    return loaded.environments.at(0);
}

std::string digest_for(specs::PreviewEnvironment const& environment, std::string const& values) {
    return environment.spec.secrets.empty() ? "" : values;
}

fly::IpType ip_type(std::string const& word) {
    for (auto const type : {fly::IpType::V4, fly::IpType::V6, fly::IpType::SharedV4, fly::IpType::PrivateV6}) {
        if (fly::to_string(type) == word) return type;
    }
    refuse("no address type " + word);
}

void converge(fly::Observed& seen, plan::Desired const& desired) {
    seen.presence = fly::Presence::Present;
    seen.app = {.id = "app-1", .name = desired.app, .organization = desired.ownership.organization, .network = desired.network};
    for (auto const& machine : desired.machines) {
        auto config = machine.config;
        if (machine.volume) {
            auto const id = "vol_" + machine.volume->name;
            config.mounts.front().volume = id;
            seen.volumes.push_back({.id = id,
                                    .name = machine.volume->name,
                                    .state = "created",
                                    .region = desired.regions.front(),
                                    .size_gb = machine.volume->size_gb,
                                    .attached_machine_id = "m-" + machine.name,
                                    .created_at = "2026-10-01T00:00:00Z"});
        }
        seen.machines.push_back({.id = "m-" + machine.name,
                                 .name = machine.name,
                                 .state = "started",
                                 .region = desired.regions.front(),
                                 .version = "v1",
                                 .image = config.image,
                                 .guest = config.guest,
                                 .metadata = config.metadata,
                                 .config = config});
    }
    if (seen.depth == fly::Depth::Index) {
        for (auto& machine : seen.machines) machine.config.reset();
        return;
    }
    seen.ips.emplace();
    for (auto const type : desired.ips) {
        seen.ips->push_back({.address = "address-" + std::string(fly::to_string(type)), .type = type, .region = "global"});
    }
    seen.secrets.emplace();
    for (auto const& name : desired.secret_names) seen.secrets->push_back({.name = name, .digest = "d"});
    if (!desired.domains.empty()) {
        seen.certificates.emplace();
        for (auto const& host : desired.domains) seen.certificates->push_back({.hostname = host, .status = "active"});
    }
}

void change_metadata(fly::StringMap& metadata, Json const& patch) {
    for (auto const& [name, value] : patch.items()) {
        if (value.is_null()) {
            metadata.erase(name);
        } else {
            metadata[name] = value.get<std::string>();
        }
    }
}

void change_machine(fly::ObservedMachine& machine, Json const& patch) {
    only_fields(patch, {"id", "state", "region", "image", "metadata", "config", "host_ok", "changed_behind_us"}, "a machine");
    machine.id = patch.value("id", machine.id);
    machine.state = patch.value("state", machine.state);
    machine.region = patch.value("region", machine.region);
    machine.image = patch.value("image", machine.image);
    machine.host_ok = patch.value("host_ok", machine.host_ok);
    machine.changed_behind_us = patch.value("changed_behind_us", machine.changed_behind_us);
    if (patch.contains("metadata")) {
        change_metadata(machine.metadata, patch["metadata"]);
        if (machine.config) change_metadata(machine.config->metadata, patch["metadata"]);
    }
    if (patch.contains("config")) {
        if (!machine.config) refuse("machine " + machine.name + " has no config at this depth");
        auto config = fly_rest::to_json(*machine.config);
        config.merge_patch(patch["config"]);
        machine.config = fly_rest::config_from(fly_rest::Document::parse(config.dump())->root());
        if (!machine.config) refuse("the config of machine " + machine.name + " cannot be read");
        machine.image = machine.config->image;
        machine.guest = machine.config->guest;
    }
}

void change_volume(fly::Volume& volume, Json const& patch) {
    only_fields(patch, {"name", "state", "region", "size_gb", "attached", "created_at"}, "a volume");
    volume.name = patch.value("name", volume.name);
    volume.state = patch.value("state", volume.state);
    volume.region = patch.value("region", volume.region);
    volume.size_gb = patch.value("size_gb", volume.size_gb);
    volume.attached_machine_id = patch.value("attached", volume.attached_machine_id);
    volume.created_at = patch.value("created_at", volume.created_at);
}

/// Null takes the thing of that name away, an unknown name adds one, anything else changes it.
template <class T, class Change>
void change_all(std::vector<T>& things, std::string T::* name, Json const& patches, T const& fresh, Change const& change) {
    for (auto const& [key, patch] : patches.items()) {
        auto found = std::ranges::find(things, key, name);
        if (patch.is_null()) {
            if (found == things.end()) refuse("nothing is called " + key);
            things.erase(found);
            continue;
        }
        if (found == things.end()) {
            found = things.insert(things.end(), fresh);
            (*found).*name = key;
        }
        change(*found, patch);
    }
}

}  // namespace

World read_world(specs::PreviewEnvironment const& environment, Json const& observed) {
    only_fields(observed,
                {"depth", "converged_on", "secret_values", "presence", "network", "never_attempted", "created_by_us",
                 "absence_proven", "machines_proven", "machines", "volumes", "ips", "secrets", "policy", "deletion", "print"},
                "the world");
    World world;
    auto const values_now = observed.value("secret_values", std::string("values-1"));
    world.desired = plan::desired_state(environment, ownership, digest_for(environment, values_now));
    world.deletion = observed.value("deletion", false);

    auto& seen = world.observed;
    auto const depth = observed.value("depth", std::string("truth"));
    if (depth != "index" && depth != "truth") refuse("no depth " + depth);
    seen.depth = depth == "index" ? fly::Depth::Index : fly::Depth::Truth;
    seen.app.name = world.desired.app;
    if (observed.contains("converged_on")) {
        auto const then = earlier(environment, observed["converged_on"]);
        converge(seen, plan::desired_state(then, ownership, digest_for(then, "values-1")));
    }
    if (observed.value("presence", "") == "foreign") seen.presence = fly::Presence::Foreign;
    if (observed.value("presence", "") == "present") seen.presence = fly::Presence::Present;
    seen.app.network = observed.value("network", seen.app.network);
    seen.never_attempted = observed.value("never_attempted", false);
    if (observed.value("created_by_us", false)) seen.created_for = world.desired.key.text();
    seen.absence_proven = observed.value("absence_proven", false);
    seen.machines_proven = observed.value("machines_proven", seen.depth == fly::Depth::Truth);

    fly::ObservedMachine machine{.id = "m-other",
                                 .name = {},
                                 .state = "started",
                                 .region = "fra",
                                 .version = "v1",
                                 .image = {},
                                 .guest = {},
                                 .metadata = {}};
    if (seen.depth == fly::Depth::Truth) machine.config = fly::MachineConfig{};
    change_all(seen.machines, &fly::ObservedMachine::name, observed.value("machines", Json::object()), machine, change_machine);
    fly::Volume const volume{.id = {}, .name = {}, .state = "created", .region = "fra", .size_gb = 1};
    change_all(seen.volumes, &fly::Volume::id, observed.value("volumes", Json::object()), volume, change_volume);
    if (observed.contains("ips")) {
        seen.ips.emplace();
        for (auto const& word : observed["ips"]) {
            auto const text = word.get<std::string>();
            seen.ips->push_back({.address = "address-" + text, .type = ip_type(text), .region = "global"});
        }
    }
    if (observed.contains("secrets")) {
        seen.secrets.emplace();
        for (auto const& name : observed["secrets"]) seen.secrets->push_back({.name = name.get<std::string>(), .digest = "d"});
    }
    auto const policy = observed.value("policy", Json::object());
    only_fields(policy, {"full_regions", "full_hosts", "empty_volumes", "own_doubles", "seen_in_place"}, "policy");
    world.policy.own_doubles = policy.value("own_doubles", std::set<std::string>{});
    world.policy.seen_in_place = policy.value("seen_in_place", false);
    world.policy.full_regions = policy.value("full_regions", std::set<std::string>{});
    world.policy.full_hosts = policy.value("full_hosts", std::set<std::string>{});
    world.policy.empty_volumes = policy.value("empty_volumes", std::set<std::string>{});
    return world;
}

}  // namespace dayfly::golden
