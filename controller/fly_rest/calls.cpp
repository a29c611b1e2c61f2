// Builds calls.
#include "controller/fly_rest/calls.h"

#include "controller/http/message.h"

namespace dayfly::fly_rest {

using http::percent_encode;

fly::Call app_call(fly::Action action, std::string method, std::string const& app, std::string const& rest) {
    return {.action = action,
            .app = app,
            .id = app,
            .method = std::move(method),
            .target = "/v1/apps/" + percent_encode(app) + rest};
}

fly::Call machine_call(fly::Action action, std::string method, fly::MachineRef const& machine, std::string const& rest) {
    auto call = app_call(action, std::move(method), machine.app, "/machines/" + percent_encode(machine.id) + rest);
    call.id = machine.id;
    if (fly::is_write(action)) call.lease_nonce = machine.lease_nonce;
    return call;
}

fly::Call volume_call(fly::Action action, std::string method, std::string const& app, std::string const& volume,
                      std::string const& rest) {
    return app_call(action, std::move(method), app, "/volumes/" + percent_encode(volume) + rest);
}

fly::Call organization_list_call(fly::Action action, fly::OrgListQuery const& query, std::string const& what) {
    auto target = "/v1/orgs/" + percent_encode(query.organization) + "/" + what + "?limit=" + std::to_string(query.limit);
    if (!query.cursor.empty()) target += "&cursor=" + percent_encode(query.cursor);
    return {.action = action, .id = query.organization, .target = std::move(target)};
}

}  // namespace dayfly::fly_rest
