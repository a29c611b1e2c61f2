#include "controller/fly_sim/graphql.h"

#include <algorithm>

#include "controller/base/time_text.h"
#include "controller/fly_sim/graphql_query.h"
#include "controller/fly_sim/graphql_schema.h"
#include "controller/fly_sim/ips.h"
#include "controller/fly_sim/regions.h"
#include "controller/fly_sim/secrets.h"

namespace dayfly::fly_sim {
namespace {

/// What the selection asks of an object; what the simulator does not have is null.
Json project(Json const& value, Selection const& selection) {
    if (value.is_array()) {
        auto shown = Json::array();
        for (auto const& item : value) shown.push_back(project(item, selection));
        return shown;
    }
    if (!value.is_object() || selection.fields.empty()) return value;
    auto shown = Json::object();
    for (auto const& field : selection.fields) {
        auto const found = value.find(field.name);
        shown[field.alias] = found == value.end() ? Json() : project(*found, field);
    }
    return shown;
}

bool asks(Selection const& selection, std::string_view field) {
    return std::ranges::find(selection.fields, field, &Selection::name) != selection.fields.end();
}

Json organisation_json(std::string const& slug) {
    return {{"id", "org-" + slug},     {"slug", slug},          {"rawSlug", slug},  {"name", slug},
            {"type", "SHARED"},        {"viewerRole", "admin"}, {"paidPlan", true}, {"billingStatus", "CURRENT"},
            {"internalNumericId", "1"}};
}

Json ip_node(App const& app, AssignedIp const& ip) {
    return {{"id", "ip-" + app.id + "-" + ip.address},
            {"address", ip.address},
            {"type", ip.type},
            {"region", ip.region},
            {"serviceName", ip.service},
            {"createdAt", rfc3339(ip.created)}};
}

Json app_json(State const& state, App const& app, Selection const& selection) {
    auto const status = app.machine_names.empty() ? "PENDING" : "DEPLOYED";
    Json shown{{"id", app.name},
               {"internalId", app.id},
               {"internalNumericId", app.numeric_id},
               {"name", app.name},
               {"status", status},
               {"state", status},
               {"deployed", !app.machine_names.empty()},
               {"hostname", app.name + ".fly.dev"},
               {"appUrl", "https://" + app.name + ".fly.dev"},
               {"network", app.network},
               {"platformVersion", "machines"},
               {"createdAt", rfc3339(app.created)},
               {"organization", organisation_json(app.organisation)}};
    if (asks(selection, "ipAddresses")) {
        // The shared v4 is not among the nodes.
        auto nodes = Json::array();
        for (auto const& ip : app.ips) {
            if (ip.type != "shared_v4") nodes.push_back(ip_node(app, ip));
        }
        shown["ipAddresses"] = {{"nodes", std::move(nodes)}};
    }
    if (auto const shared = std::ranges::find(app.ips, "shared_v4", &AssignedIp::type); shared != app.ips.end()) {
        shown["sharedIpAddress"] = shared->address;
    }
    if (asks(selection, "secrets")) {
        auto secrets = Json::array();
        for (auto const& [name, secret] : app.secrets) {
            secrets.push_back(
                {{"id", name}, {"name", name}, {"digest", secret.digest}, {"createdAt", rfc3339(secret.created)}});
        }
        shown["secrets"] = std::move(secrets);
    }
    if (asks(selection, "machines")) {
        auto nodes = Json::array();
        for (auto const& id : app.machines) {
            auto const machine = state.machines.find(id);
            if (machine == state.machines.end() || machine->second.gone()) continue;
            nodes.push_back({{"id", id},
                             {"name", machine->second.name},
                             {"state", machine->second.state},
                             {"region", machine->second.region}});
        }
        shown["machines"] = {{"nodes", std::move(nodes)}};
    }
    return shown;
}

/// The page of apps after `after`, in the order of their names; only as many as asked are built.
Json apps_json(State const& state, std::string const& organisation, Selection const& selection) {
    std::size_t first = state.apps.size();
    if (auto const asked = selection.arguments.find("first");
        asked != selection.arguments.end() && asked->is_number_unsigned()) {
        first = asked->get<std::size_t>();
    }
    Selection const none;
    auto const nodes_asked = std::ranges::find(selection.fields, "nodes", &Selection::name);
    auto const& node = nodes_asked == selection.fields.end() ? none : *nodes_asked;
    auto nodes = Json::array();
    std::string last;
    bool more = false;
    auto const after = selection.text("after");
    for (auto row = after.empty() ? state.apps.begin() : state.apps.upper_bound(after); row != state.apps.end(); ++row) {
        if (row->second.organisation != organisation || row->second.deleting) continue;
        if (nodes.size() == first) {
            more = true;
            break;
        }
        nodes.push_back(app_json(state, row->second, node));
        last = row->first;
    }
    return {{"nodes", std::move(nodes)}, {"pageInfo", {{"hasNextPage", more}, {"endCursor", last}}}};
}

struct Resolver {
    State& state;
    Json errors = Json::array();

    Json missing(Selection const& field, std::string const& text) {
        Json error{{"message", text}, {"path", Json::array({field.alias})}};
        if (auto const& code = state.options.quirks.graphql_code; !code.empty()) error["extensions"] = {{"code", code}};
        errors.push_back(std::move(error));
        return {};
    }

    Json organisation(Selection const& field, std::string const& slug) {
        if (!state.is_own(slug)) return missing(field, "Could not find Organization");
        auto shown = organisation_json(slug);
        auto projected = project(shown, field);
        for (auto const& inner : field.fields) {
            if (inner.name == "apps") projected[inner.alias] = project(apps_json(state, slug, inner), inner);
        }
        return projected;
    }

    Json root(Selection const& field) {
        if (field.name == "organization") return organisation(field, field.text("slug"));
        if (field.name == "personalOrganization") return organisation(field, state.options.organisations.front());
        if (field.name == "organizations") {
            auto nodes = Json::array();
            for (auto const& slug : state.options.organisations) nodes.push_back(organisation_json(slug));
            return project({{"nodes", std::move(nodes)}}, field);
        }
        if (field.name == "app") {
            auto const* const app = state.app(field.text("name"));
            if (app == nullptr || !state.is_own(app->organisation)) return missing(field, "Could not find App");
            return project(app_json(state, *app, field), field);
        }
        if (field.name == "apps") return project(apps_json(state, state.options.organisations.front(), field), field);
        if (field.name == "appNameAvailable")
            return !state.apps.contains(field.text("name")) && !state.held_names.contains(field.text("name"));
        if (field.name == "viewer")
            return project({{"id", "user-1"}, {"email", state.options.user}, {"name", state.options.user}}, field);
        if (field.name == "platform") {
            auto rows = Json::array();
            for (auto const& region : regions()) rows.push_back({{"code", region.code}, {"name", region.name}});
            return project({{"regions", std::move(rows)}}, field);
        }
        return missing(field, "The simulator does not answer " + field.name);
    }

    /// Done as the REST endpoint does it.
    Json mutate(Selection const& field, Exchange const& exchange) {
        auto const input = field.arguments.value("input", Json::object());
        auto const text = [&](char const* name) {
            auto const found = input.find(name);
            return found != input.end() && found->is_string() ? found->get<std::string>() : std::string();
        };
        auto* const app = state.app(text("appId"));
        if (app == nullptr || !state.is_own(app->organisation)) return missing(field, "Could not find App");
        auto rest = exchange;
        rest.app = app->name;
        rest.id = text("ip");
        rest.body = {{"type", text("type")},
                     {"region", text("region")},
                     {"network", text("network")},
                     {"service_name", text("serviceName")}};
        auto const allocates = field.name == "allocateIpAddress";
        auto const outcome = allocates ? assign_ip(state, rest) : release_ip(state, rest);
        auto const& answer = std::get<Answer>(outcome);
        if (answer.status() >= 300) return missing(field, answer.json().value("error", ""));
        // The shared v4 is told as the app's own and not as an address of its own.
        auto const newest = allocates ? app->ips.back() : AssignedIp{.type = "shared_v4"};
        auto shown = Json::object();
        for (auto const& inner : field.fields) {
            auto const is_address = inner.name == "ipAddress" && newest.type != "shared_v4";
            shown[inner.alias] = inner.name == "app" ? project(app_json(state, *app, inner), inner)
                                 : is_address        ? project(ip_node(*app, newest), inner)
                                                     : Json();
        }
        return shown;
    }
};

Answer only_error(std::string const& text) { return reply(200, {{"errors", Json::array({Json{{"message", text}}})}}); }

}  // namespace

Outcome graphql(State& state, Exchange const& exchange) {
    auto const variables = exchange.member("variables") == nullptr ? Json::object() : *exchange.member("variables");
    auto const operation = parse_graphql(exchange.text("query"), variables);
    if (!operation) return only_error(operation.error());
    if (auto errors = check_fields(*operation); !errors.empty()) return reply(200, {{"errors", std::move(errors)}});
    Resolver resolver{state};
    auto data = Json::object();
    for (auto const& field : operation->fields) {
        data[field.alias] = operation->kind == "mutation" ? resolver.mutate(field, exchange) : resolver.root(field);
    }
    Json body{{"data", std::move(data)}};
    if (!resolver.errors.empty()) body["errors"] = std::move(resolver.errors);
    return reply(200, body);
}

}  // namespace dayfly::fly_sim
