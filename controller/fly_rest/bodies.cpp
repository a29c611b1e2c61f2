// See bodies.h.
#include "controller/fly_rest/bodies.h"

#include "controller/fly_rest/config_json.h"

namespace dayfly::fly_rest {

Body body_of(fly::CreateApp const& create) {
    Body body = {{"name", create.name}, {"org_slug", create.organization}};
    if (!create.network.empty()) body["network"] = create.network;
    return body;
}

Body body_of(fly::CreateMachine const& create) {
    Body body = {{"config", to_json(create.config)}};
    if (!create.name.empty()) body["name"] = create.name;
    if (!create.region.empty()) body["region"] = create.region;
    if (create.skip_launch) body["skip_launch"] = true;
    if (create.min_secrets_version) body["min_secrets_version"] = *create.min_secrets_version;
    return body;
}

Body body_of(fly::IpType type) { return {{"type", fly::to_string(type)}}; }

}  // namespace dayfly::fly_rest
