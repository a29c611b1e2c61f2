// Reads regions, placements and token facts.
#include "controller/fly_rest/platform_json.h"

namespace dayfly::fly_rest {
namespace {

std::optional<fly::Region> region_from(Json value) {
    bool sound = value.is_object();
    ObjectReader const json(value, sound);
    fly::Region region{.code = json.text(json.either("code", "Code")),
                       .name = json.text(json.either("name", "Name")),
                       .deprecated = json.flag(json.either("deprecated", "Deprecated")),
                       .requires_paid_plan = json.flag(json.either("requires_paid_plan", "RequiresPaidPlan"))};
    if (!sound || region.code.empty()) return std::nullopt;
    return region;
}

std::optional<fly::Placement> placement_from(Json value) {
    bool sound = value.is_object();
    ObjectReader const json(value, sound);
    fly::Placement placement{.region = json.text(json.either("region", "Region")),
                             .count = json.number(json.either("count", "Count"))};
    if (!sound || placement.region.empty()) return std::nullopt;
    return placement;
}

std::optional<fly::TokenInfo> token_from(Json value) {
    bool sound = value.is_object();
    ObjectReader const json(value, sound);
    fly::TokenInfo token{.organization = json.text("organization"),
                         .org_slug = json.text("org_slug"),
                         .apps = json.texts("apps"),
                         .user = json.text("user")};
    if (!sound) return std::nullopt;
    return token;
}

/// The list of regions in `value`, in either spelling of its key.
std::optional<Json> regions_in(Json value) {
    auto const upper = member(value, "Regions");
    return upper ? upper : member(value, "regions");
}

}  // namespace

std::optional<std::vector<fly::Region>> regions_from(Json value) {
    auto const list = regions_in(value);
    return list ? read_all(*list, &region_from) : std::nullopt;
}

std::optional<std::vector<fly::Placement>> placements_from(Json value) {
    auto const list = regions_in(value);
    return list ? read_all(*list, &placement_from) : std::nullopt;
}

std::optional<std::vector<fly::TokenInfo>> tokens_from(Json value) {
    auto const list = member(value, "tokens");
    return list ? read_all(*list, &token_from) : std::nullopt;
}

}  // namespace dayfly::fly_rest
