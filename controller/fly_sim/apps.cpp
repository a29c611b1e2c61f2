#include "controller/fly_sim/apps.h"

#include <fmt/format.h>

#include <algorithm>

#include "controller/fly_sim/guesses.h"
#include "controller/fly_sim/machine_life.h"
#include "controller/fly_sim/volumes.h"

namespace dayfly::fly_sim {
namespace {

constexpr std::string_view dns_letters = "abcdefghijklmnopqrstuvwxyz0123456789-";

bool is_good_name(std::string_view name) {
    return !name.empty() && name.size() < 63 && name.find_first_not_of(dns_letters) == std::string_view::npos &&
           name.front() != '-' && name.back() != '-';
}

bool is_good_network(std::string_view network) {
    auto const is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    return network.empty() || (is_letter(network.front()) && std::ranges::all_of(network, [&](char c) {
                                   return is_letter(c) || (c >= '0' && c <= '9') || c == '-';
                               }));
}

std::string network_of(std::string const& network) { return network.empty() ? "default" : network; }

Answer name_taken(State const& state) {
    return problem(422, "Validation failed: Name has already been taken",
                   state.options.quirks.name_taken_status ? "name_taken" : "");
}

bool has_running_machine(State& state, App const& app) {
    return std::ranges::any_of(app.machines, [&](auto const& id) {
        auto const* const machine = state.machine(app, id);
        return machine != nullptr && !machine->going() && machine->state != "stopped" && machine->state != "suspended" &&
               machine->state != "failed" && machine->state != "created";
    });
}

std::size_t live_machines(State& state, App const& app) {
    return static_cast<std::size_t>(std::ranges::count_if(app.machines, [&](auto const& id) {
        auto const* const machine = state.machine(app, id);
        return machine != nullptr && !machine->gone();
    }));
}

std::size_t live_volumes(State& state, App const& app) {
    return static_cast<std::size_t>(std::ranges::count_if(app.volumes, [&](auto const& id) {
        auto const* const volume = state.volume(app, id);
        return volume != nullptr && !volume->going();
    }));
}

Json whole_app(State& state, App const& app) {
    auto const machines = live_machines(state, app);
    return {{"id", app.id},
            {"internal_numeric_id", app.numeric_id},
            {"name", app.name},
            {"status", machines == 0 ? "pending" : "deployed"},
            {"network", app.network},
            {"machine_count", machines},
            {"volume_count", live_volumes(state, app)},
            {"organization", {{"name", app.organisation}, {"slug", app.organisation}, {"internal_numeric_id", 1}}}};
}

Answer created(State& state, App const& app, bool waited) {
    auto const& quirks = state.options.quirks;
    auto const form = waited ? quirks.create_app_wait_answer : quirks.create_app_answer;
    auto body = form == AppAnswer::WholeApp ? whole_app(state, app) : Json{{"id", app.id}};
    body["created_at"] = std::chrono::duration_cast<milliseconds>(app.created.time_since_epoch()).count();
    auto answer = reply(201, body);
    answer.response.headers.add("set-cookie", fmt::format("fly_flaps_affinity={}; Path=/v1/apps/{}", app.affinity, app.name));
    return answer;
}

bool has_affinity(App const& app, Exchange const& exchange) {
    return exchange.header("cookie").find("fly_flaps_affinity=" + app.affinity) != std::string::npos;
}

}  // namespace

std::expected<App*, Answer> find_app(State& state, Exchange const& exchange) {
    auto* const app = state.app(exchange.app);
    if (app == nullptr) return std::unexpected(problem(404, "app not found"));
    auto const& allowed = state.options.token_apps;
    if (!state.is_own(app->organisation) || (!allowed.empty() && std::ranges::find(allowed, app->name) == allowed.end())) {
        return std::unexpected(problem(403, "unauthorized"));
    }
    if (state.now < app->visible && !has_affinity(*app, exchange)) {
        auto const status = state.options.quirks.invisible_app_status;
        return std::unexpected(status == 401 ? problem(401, "unauthorized") : problem(status, "app not found"));
    }
    if (app->deleting && exchange.method != "GET") return std::unexpected(problem(404, "app not found"));
    return app;
}

App& add_app(State& state, std::string const& name, std::string const& organisation, std::string const& network) {
    App app;
    app.id = state.ids.app();
    app.numeric_id = ++state.numbers;
    app.name = name;
    app.organisation = organisation;
    app.network = network_of(network);
    app.affinity = state.ids.nonce();
    app.created = state.wall;
    app.visible = state.now;
    auto& stored = state.apps.insert_or_assign(name, std::move(app)).first->second;
    state.replicate(stored);
    return stored;
}

void begin_app_deletion(State& state, App& app) {
    app.deleting = true;
    state.schedule.add(state.now + state.lasting(state.options.timings.app_deletion),
                       {.step = Step::AppGone, .app = app.name, .id = app.id});
}

void finish_app_deletion(State& state, std::string const& name, std::string const& id) {
    auto* const app = state.app(name);
    if (app == nullptr || app->id != id) return;
    for (auto const& machine : std::set(app->machines)) {
        if (auto* const found = state.machine(*app, machine); found != nullptr && !found->gone()) finish_destroy(state, *found);
    }
    for (auto const& volume : std::set(app->volumes)) drop_volume(state, *app, volume);
    state.traffic.forget(name);
    state.forget(Step::ForgetApp, name, id);
    auto const free = state.now + state.lasting(state.options.timings.app_name_reuse);
    state.held_names[name] = free;
    state.schedule.add(free, {.step = Step::NameFree, .app = name});
    state.apps.erase(name);
}

Outcome create_app(State& state, Exchange const& exchange) {
    if (exchange.body_is_broken) return problem(400, "invalid request body");
    if (!state.options.token_apps.empty()) return problem(403, "unauthorized");
    auto const organisation = state.organisation(exchange.text("org_slug"));
    if (organisation.empty()) return problem(400, "invalid_argument: org_slug is required");
    if (!state.is_own(organisation)) return problem(404, "organization not found");
    auto name = exchange.text("name");
    if (name.empty()) name = exchange.text("app_name");
    auto const key = state.options.quirks.idempotency_key ? exchange.text("idempotency_key") : "";
    if (!key.empty()) {
        for (auto const& [known, app] : state.apps) {
            if (app.idempotency_key != key || app.organisation != organisation) continue;
            if (!name.empty() && name != known)
                return problem(422, "Validation failed: idempotency key was used for another name");
            return created(state, app, exchange.flag("wait"));
        }
    }
    if (name.empty()) name = state.ids.machine_name();
    if (!is_good_name(name)) {
        return problem(422, "Validation failed: Name under 63 chars using numbers, lowercase letters and dashes");
    }
    if (!is_good_network(exchange.text("network"))) return problem(422, "Validation failed: Network is invalid");
    if (state.apps.contains(name) || state.held_names.contains(name)) return name_taken(state);
    auto& app = add_app(state, name, organisation, exchange.text("network"));
    app.idempotency_key = key;
    app.visible = state.now + state.lasting(state.options.timings.app_visible);
    return created(state, app, exchange.flag("wait"));
}

Outcome get_app(State& state, Exchange const& exchange) {
    auto const app = find_app(state, exchange);
    if (!app) return app.error();
    return reply(200, whole_app(state, **app));
}

Outcome list_apps(State& state, Exchange const& exchange) {
    auto const organisation = state.organisation(exchange.param("org_slug").value_or(""));
    if (organisation.empty()) return problem(400, "org_slug is required");
    if (!state.is_own(organisation)) return problem(404, "organization not found");
    auto rows = Json::array();
    for (auto const& [name, row] : state.replicas.apps) {
        if (row.organisation != organisation) continue;
        auto const machines = state.replicas.machines.find(row.id);
        auto const volumes = state.replicas.volumes.find(row.id);
        std::size_t machine_count = 0;
        std::size_t volume_count = 0;
        if (machines != state.replicas.machines.end()) {
            for (auto const& [id, machine] : machines->second) machine_count += machine->gone() ? 0 : 1;
        }
        if (volumes != state.replicas.volumes.end()) {
            for (auto const& [id, volume] : volumes->second) volume_count += volume->going() ? 0 : 1;
        }
        Json shown{{"id", row.id}, {"machine_count", machine_count}, {"volume_count", volume_count}, {"network", row.network}};
        if (state.options.quirks.names_in_app_list) shown["name"] = name;
        rows.push_back(std::move(shown));
    }
    auto const total = rows.size();
    return reply(200, {{"total_apps", total}, {"apps", std::move(rows)}});
}

Outcome delete_app(State& state, Exchange const& exchange) {
    auto const app = find_app(state, exchange);
    if (!app) return app.error();
    if (state.options.quirks.delete_app_needs_force && !exchange.flag("force") && has_running_machine(state, **app)) {
        return guessed(state.options, "delete_app_running");
    }
    begin_app_deletion(state, **app);
    return no_content(202);
}

}  // namespace dayfly::fly_sim
