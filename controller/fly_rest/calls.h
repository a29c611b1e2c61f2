// Calls with their paths and rate-limit identifiers: the machine's id for machine calls, the app's name for everything else
// inside an app, the organisation's slug above it.
#pragma once

#include <string>

#include "controller/fly/api.h"
#include "controller/fly/wire.h"

namespace dayfly::fly_rest {

/// A call on "/v1/apps/{app}" + `rest`.
[[nodiscard]] fly::Call app_call(fly::Action action, std::string method, std::string const& app, std::string const& rest);
/// A call on "/v1/apps/{app}/machines/{id}" + `rest`; a write carries the lease's nonce.
[[nodiscard]] fly::Call machine_call(fly::Action action, std::string method, fly::MachineRef const& machine,
                                     std::string const& rest);
/// A call on "/v1/apps/{app}/volumes/{volume}" + `rest`.
[[nodiscard]] fly::Call volume_call(fly::Action action, std::string method, std::string const& app, std::string const& volume,
                                    std::string const& rest);
/// A page of "/v1/orgs/{organization}/" + `what`.
[[nodiscard]] fly::Call organization_list_call(fly::Action action, fly::OrgListQuery const& query, std::string const& what);

}  // namespace dayfly::fly_rest
