#include "controller/fly_sim/platform.h"

#include "controller/fly_sim/guesses.h"
#include "controller/fly_sim/regions.h"

namespace dayfly::fly_sim {

Outcome list_regions(State& state, Exchange const&) {
    auto rows = Json::array();
    for (auto const& region : regions()) {
        rows.push_back({{"code", region.code},
                        {"name", region.name},
                        {"latitude", region.latitude},
                        {"longitude", region.longitude},
                        {"gateway_available", region.gateway},
                        {"requires_paid_plan", false},
                        {"deprecated", false},
                        {"capacity", state.options.capacity.full_for_machines.contains(std::string(region.code)) ? 0 : 1000},
                        {"geo_region", region.geo},
                        {"mpg_available", region.gateway}});
    }
    return reply(200, {{"Regions", std::move(rows)}, {"Nearest", state.options.nearest_region}});
}

Outcome get_placements(State& state, Exchange const& exchange) {
    if (!state.is_own(state.organisation(exchange.text("org_slug")))) return problem(404, "organization not found");
    auto const preference = exchange.text("region");
    auto const codes = expand_regions(state, preference.empty() ? "any" : preference);
    if (!codes) return guessed(state.options, "invalid_region", {codes.error()});
    auto const& capacity = state.options.capacity;
    auto const with_volume = !exchange.text("volume_name").empty() || exchange.number("volume_size_bytes").value_or(0) > 0;
    auto rows = Json::array();
    for (auto const& code : *codes) {
        if (capacity.full_for_machines.contains(code) || (with_volume && capacity.full_for_volumes.contains(code))) continue;
        rows.push_back({{"Region", code}, {"Count", exchange.number("count").value_or(1)}, {"Concurrency", 1}});
    }
    return reply(200, {{"Regions", std::move(rows)}});
}

Outcome current_token(State& state, Exchange const&) {
    auto const& organisation = state.options.organisations.front();
    Json token{{"token_id", "00000000-0000-4000-8000-000000000001"},
               {"organization", organisation},
               {"org_slug", organisation},
               {"user", state.options.user}};
    if (!state.options.token_apps.empty()) token["apps"] = state.options.token_apps;
    return reply(200, {{"tokens", Json::array({std::move(token)})}});
}

}  // namespace dayfly::fly_sim
