#include "controller/fly_sim/ips.h"

#include <fmt/format.h>

#include <algorithm>

#include "controller/base/time_text.h"
#include "controller/fly_sim/apps.h"
#include "controller/fly_sim/guesses.h"
#include "controller/fly_sim/regions.h"

namespace dayfly::fly_sim {
namespace {

bool is_egress(AssignedIp const& ip) { return ip.type.starts_with("egress"); }

Json ip_json(App const& app, AssignedIp const& ip) {
    Json shown{{"ip", ip.address},
               {"region", ip.region},
               {"service_name", ip.service},
               {"shared", ip.type == "shared_v4"},
               {"created_at", rfc3339(ip.created)}};
    if (is_egress(ip)) shown["egress"] = true;
    if (ip.type == "private_v6") shown["network"] = {{"name", ip.network}, {"org_slug", app.organisation}};
    return shown;
}

std::string new_address(State& state, std::string_view type) {
    // Everybody shares the few addresses behind shared_v4.
    if (type == "shared_v4")
        return fmt::format("66.241.{}.{}", 124 + state.ids.random().below(2), 1 + state.ids.random().below(254));
    if (type == "v4" || type == "egress_v4") return state.ids.v4();
    return type == "private_v6" ? state.ids.private_address() : state.ids.public_v6();
}

bool is_type(std::string_view type) {
    return type == "v4" || type == "v6" || type == "shared_v4" || type == "private_v6" || type == "egress_v4" ||
           type == "egress_v6" || type == "egress_pair";
}

AssignedIp const& add_ip(State& state, App& app, std::string const& type, std::string const& region, Exchange const& exchange) {
    return app.ips.emplace_back(AssignedIp{.address = new_address(state, type),
                                           .type = type,
                                           .region = region,
                                           .network = exchange.text("network"),
                                           .service = exchange.text("service_name"),
                                           .created = state.wall});
}

}  // namespace

Outcome list_ips(State& state, Exchange const& exchange) {
    auto const app = find_app(state, exchange);
    if (!app) return app.error();
    auto shown = Json::array();
    for (auto const& ip : (*app)->ips) shown.push_back(ip_json(**app, ip));
    return reply(200, {{"ips", std::move(shown)}});
}

Outcome assign_ip(State& state, Exchange const& exchange) {
    auto const app = find_app(state, exchange);
    if (!app) return app.error();
    auto const type = exchange.text("type");
    if (exchange.body_is_broken || !is_type(type))
        return problem(400, fmt::format("invalid_argument: unknown address type '{}'", type));
    auto region = exchange.text("region");
    if (region.empty()) region = "global";
    if (region != "global" && !is_region(region)) return guessed(state.options, "invalid_region", {region});
    auto& ips = (*app)->ips;
    if (auto const known = std::ranges::find(ips, "shared_v4", &AssignedIp::type); type == "shared_v4" && known != ips.end()) {
        auto const status = state.options.quirks.shared_v4_twice_status;
        if (status == 200) return reply(200, ip_json(**app, *known));
        return guessed(state.options, "shared_v4_twice", {}, status);
    }
    if (type == "egress_pair") {
        auto const v4 = add_ip(state, **app, "egress_v4", region, exchange).address;
        auto shown = ip_json(**app, add_ip(state, **app, "egress_v6", region, exchange));
        shown["ip_pair"] = {{"v4", v4}, {"v6", shown["ip"]}};
        shown["ip"] = nullptr;
        return reply(200, shown);
    }
    return reply(200, ip_json(**app, add_ip(state, **app, type, region, exchange)));
}

Outcome release_ip(State& state, Exchange const& exchange) {
    auto const app = find_app(state, exchange);
    if (!app) return app.error();
    auto const gone = std::erase_if((*app)->ips, [&](AssignedIp const& ip) { return ip.address == exchange.id; });
    return gone == 0 ? problem(404, "ip address not found") : no_content();
}

}  // namespace dayfly::fly_sim
