#include "controller/fly_sim/machines.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "controller/fly_sim/apps.h"
#include "controller/fly_sim/guesses.h"
#include "controller/fly_sim/leases.h"
#include "controller/fly_sim/machine_config.h"
#include "controller/fly_sim/machine_life.h"
#include "controller/fly_sim/regions.h"
#include "controller/fly_sim/volumes.h"

namespace dayfly::fly_sim {
namespace {

constexpr std::string_view host_full_text =
    "aborted: could not reserve resource for machine: insufficient memory available to fulfill request";

/// The version of the app's secrets that a machine built now would see, or the refusal when it has to be newer than there is.
std::expected<std::uint64_t, Answer> secrets_for(State const& state, App const& app, Exchange const& exchange) {
    std::uint64_t seen = 0;
    for (auto const& [when, version] : app.secrets_seen) {
        if (when <= state.now) seen = version;
    }
    if (exchange.boolean("skip_secrets")) return 0;
    auto const wanted =
        static_cast<std::uint64_t>(std::max<std::int64_t>(exchange.number("min_secrets_version").value_or(0), 0));
    if (wanted > app.secrets_version && !state.options.quirks.unmet_secrets_version_waits) {
        return std::unexpected(
            guessed(state.options, "unmet_secrets_version", {std::to_string(wanted), std::to_string(app.secrets_version)}));
    }
    return std::max(seen, std::min(wanted, app.secrets_version));
}

struct Place {
    std::string region;
    std::string host;
};

/// Where a machine that mounts `volume` must go, or the refusal.
std::expected<Place, Answer> place_with_volume(State& state, App const& app, std::vector<std::string> const& regions,
                                               bool chosen, std::string const& volume_id) {
    auto const* const volume = state.volume(app, volume_id);
    if (volume == nullptr || volume->going()) {
        return std::unexpected(problem(400, fmt::format("invalid_argument: volume '{}' not found", volume_id)));
    }
    if (chosen && std::ranges::find(regions, volume->region) == regions.end()) {
        return std::unexpected(guessed(state.options, "volume_region_mismatch", {volume_id, volume->region, regions.front()}));
    }
    if (!volume->holder.empty()) {
        return std::unexpected(
            problem(412, "failed_precondition: volume already claimed by machine " + shown_holder(state, *volume)));
    }
    if (volume->state == "restoring" || volume->state == "creating") {
        return std::unexpected(problem(412, "failed_precondition: volume is not ready"));
    }
    if (volume->cramped || state.full_hosts.contains(volume->host) ||
        state.options.capacity.full_for_machines.contains(volume->region)) {
        return std::unexpected(
            problem(412, fmt::format("insufficient resources to create new machine with existing volume '{}'", volume_id)));
    }
    return Place{volume->region, volume->host};
}

std::expected<Place, Answer> place_anywhere(State& state, std::vector<std::string> const& regions) {
    for (auto const& region : regions) {
        if (state.options.capacity.full_for_machines.contains(region)) continue;
        if (auto host = pick_host(state, region); !host.empty()) return Place{region, std::move(host)};
    }
    return std::unexpected(guessed(state.options, "create_capacity", {}, state.options.quirks.create_capacity_status));
}

std::optional<Answer> refuse_for_quota(State const& state, App const& app, std::string const& region, Json const& config) {
    auto const& capacity = state.options.capacity;
    if (capacity.machines_per_app > 0 && app.machine_names.size() >= static_cast<std::size_t>(capacity.machines_per_app)) {
        return problem(422, fmt::format("To create more than {} machine per app please add a payment method. "
                                        "https://fly.io/dashboard/{}/billing",
                                        capacity.machines_per_app, app.organisation));
    }
    auto const quota = capacity.memory_quota_mb.find(region);
    if (quota == capacity.memory_quota_mb.end()) return std::nullopt;
    std::int64_t used = config["guest"].value("memory_mb", 0);
    for (auto const& [id, machine] : state.machines) {
        if (machine.organisation == app.organisation && machine.region == region && !machine.gone()) {
            used += (*machine.config)["guest"].value("memory_mb", 0);
        }
    }
    if (used <= quota->second) return std::nullopt;
    return problem(403, fmt::format("organization \"{}\" is using {} MB of memory in {} which is over the allowed quota. "
                                    "please consider other regions",
                                    app.organisation, used, region));
}

Answer name_violation(std::string const& holder, std::string const& name) {
    return problem(
        409, fmt::format("already_exists: unique machine name violation, machine ID {} already exists with name \"{}\"", holder,
                         name));
}

bool was_running(Machine const& machine) {
    return machine.state == "started" || machine.state == "starting" || machine.state == "restarting" ||
           (machine.state == "created" && machine.due.has_value());
}

bool matches(Machine const& machine, Exchange const& exchange, std::vector<std::string> const& states) {
    if (machine.gone() && !exchange.flag("include_deleted")) return false;
    if (!states.empty() && std::ranges::find(states, machine.state) == states.end()) return false;
    if (auto const region = exchange.param("region"); region && !region->empty() && *region != machine.region) return false;
    for (auto const& [key, value] : exchange.query) {
        if (!key.starts_with("metadata.")) continue;
        auto const metadata = machine.config->value("metadata", Json::object());
        if (metadata.value(key.substr(9), "") != value) return false;
    }
    return true;
}

}  // namespace

std::expected<Found, Answer> find_machine(State& state, Exchange const& exchange) {
    auto const app = find_app(state, exchange);
    if (!app) return std::unexpected(app.error());
    auto* const machine = state.machine(**app, exchange.id);
    if (machine == nullptr) return std::unexpected(problem(404, "machine not found"));
    return Found{*app, machine};
}

std::expected<Found, Answer> find_writable_machine(State& state, Exchange const& exchange) {
    auto found = find_machine(state, exchange);
    if (!found) return found;
    if (auto refusal = refuse_for_lease(state, *found->machine, exchange.nonce)) return std::unexpected(std::move(*refusal));
    return found;
}

Outcome list_machines(State& state, Exchange const& exchange) {
    auto const app = find_app(state, exchange);
    if (!app) return app.error();
    auto const states = exchange.list("state");
    Rendering const rendering{.leases = exchange.flag("include_leases"), .summary = exchange.flag("summary")};
    auto shown = Json::array();
    if (auto const rows = state.replicas.machines.find((*app)->id); rows != state.replicas.machines.end()) {
        for (auto const& [id, machine] : rows->second) {
            if (matches(*machine, exchange, states)) shown.push_back(machine_json(state, *machine, rendering));
        }
    }
    return reply(200, shown);
}

Outcome create_machine(State& state, Exchange const& exchange) {
    if (exchange.body_is_broken) return problem(400, "invalid request body");
    auto const found_app = find_app(state, exchange);
    if (!found_app) return found_app.error();
    auto& app = **found_app;
    auto const* const wanted = exchange.member("config");
    auto config = accept_config(wanted == nullptr ? Json::object() : *wanted, state.options);
    if (!config) return config.error();
    auto name = exchange.text("name");
    if (auto const holder = app.machine_names.find(name); !name.empty() && holder != app.machine_names.end()) {
        return name_violation(holder->second, name);
    }
    auto const preference = exchange.text("region");
    auto const codes = expand_regions(state, preference);
    if (!codes) return guessed(state.options, "invalid_region", {codes.error()});
    auto const volume_id = mounted_volume(**config);
    auto const place = volume_id.empty() ? place_anywhere(state, *codes)
                                         : place_with_volume(state, app, *codes, !preference.empty(), volume_id);
    if (!place) return place.error();
    if (auto refusal = refuse_for_quota(state, app, place->region, **config)) return std::move(*refusal);
    auto const secrets = secrets_for(state, app, exchange);
    if (!secrets) return secrets.error();

    while (name.empty() || app.machine_names.contains(name)) name = state.ids.machine_name();
    Machine fresh;
    fresh.id = state.ids.machine();
    fresh.app = app.name;
    fresh.app_id = app.id;
    fresh.organisation = app.organisation;
    fresh.name = name;
    fresh.region = place->region;
    fresh.host = place->host;
    fresh.private_ip = state.ids.private_address();
    fresh.instance_id = state.ids.ulid(state.wall);
    fresh.config = std::move(*config);
    fresh.created = state.wall;
    fresh.born = state.now;
    fresh.volume = volume_id;
    fresh.secrets_version = *secrets;
    fresh.cordoned = exchange.boolean("skip_service_registration");
    fresh.versions.emplace_back(fresh.instance_id, fresh.config);
    auto& machine = state.machines.insert_or_assign(fresh.id, fresh).first->second;
    app.machines.insert(machine.id);
    app.machine_names[name] = machine.id;
    state.witness.machine_born(app.name, machine.id, name);
    if (auto* const volume = state.volume(app, volume_id); volume != nullptr) {
        volume->holder = machine.id;
        volume->holder_gone = false;
        state.touch(*volume);
    }
    std::string nonce;
    if (auto const ttl = exchange.number("lease_ttl"); ttl && *ttl > 0) {
        nonce = hold_lease(state, machine, seconds(std::min<std::int64_t>(*ttl, 24 * 3600)), "").nonce;
    }
    begin_boot(state, machine, !exchange.boolean("skip_launch"));
    auto shown = machine_json(state, machine, {});
    if (!nonce.empty()) shown["nonce"] = nonce;
    return reply(200, shown);
}

Outcome get_machine(State& state, Exchange const& exchange) {
    auto const found = find_machine(state, exchange);
    if (!found) return found.error();
    return reply(200, machine_json(state, *found->machine, {.leases = exchange.flag("include_leases")}));
}

Outcome update_machine(State& state, Exchange const& exchange) {
    if (exchange.body_is_broken) return problem(400, "invalid request body");
    auto const found = find_writable_machine(state, exchange);
    if (!found) return found.error();
    auto& machine = *found->machine;
    if (machine.gone()) return problem(404, "machine not found");
    if (machine.state == "destroying" || machine.state == "replacing") {
        return problem(412,
                       fmt::format("failed_precondition: unable to update machine from current state: '{}'", machine.state));
    }
    auto const version = exchange.text("current_version");
    if (!version.empty() && version != machine.instance_id) {
        return guessed(state.options, "stale_version", {version, machine.instance_id},
                       state.options.quirks.stale_version_status);
    }
    auto const* const wanted = exchange.member("config");
    auto config = accept_config(wanted == nullptr ? Json::object() : *wanted, state.options);
    if (!config) return config.error();
    auto const volume_id = mounted_volume(**config);
    if (!volume_id.empty() && volume_id != machine.volume) {
        return problem(400, "invalid_argument: the volume of a machine cannot be changed");
    }
    if (state.full_hosts.contains(machine.host)) return problem(409, std::string(host_full_text));
    if (state.disabled_hosts.contains(machine.host)) {
        return problem(412, "failed_precondition: deploys to this host are temporarily disabled");
    }
    auto const secrets = secrets_for(state, *found->app, exchange);
    if (!secrets) return secrets.error();

    auto const running = was_running(machine);
    if (volume_id.empty() && !machine.volume.empty()) {
        release_volume_later(state, machine.volume, machine.id);
        machine.volume.clear();
    }
    machine.config = std::move(*config);
    machine.instance_id = state.ids.ulid(state.wall);
    machine.versions.emplace_back(machine.instance_id, machine.config);
    machine.secrets_version = *secrets;
    machine.events.clear();
    machine.restarts.clear();
    machine.last_exit.reset();
    machine.launch_after_replace = running && !exchange.boolean("skip_launch");
    stop_process(state, machine, stop_order(machine));
    add_event(state, machine, "update", "replacing", "user",
              running ? Json()
                      : Json{{"message",
                              "machine was in a non-started state prior to the update so leaving the new version stopped"}});
    enter(state, machine, "replacing", Step::MachineReplaced, state.options.timings.replace);
    return reply(200, machine_json(state, machine, {}));
}

Outcome list_events(State& state, Exchange const& exchange) {
    auto const found = find_machine(state, exchange);
    if (!found) return found.error();
    std::size_t limit = 20;
    if (auto const text = exchange.param("limit")) std::from_chars(text->data(), text->data() + text->size(), limit);
    return reply(200, events_json(*found->machine, std::clamp<std::size_t>(limit, 1, 50)));
}

Outcome list_versions(State& state, Exchange const& exchange) {
    auto const found = find_machine(state, exchange);
    if (!found) return found.error();
    auto shown = Json::array();
    auto const& versions = found->machine->versions;
    for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
        shown.push_back({{"version", version->first}, {"user_config", *version->second}});
    }
    return reply(200, shown);
}

}  // namespace dayfly::fly_sim
