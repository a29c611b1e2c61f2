// An environment as the HTTP API shows it: the object with every default and its status.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "controller/reconcile/environment.h"

namespace dayfly::server {

/// apiVersion, kind, metadata (with generation), spec and status.
[[nodiscard]] nlohmann::ordered_json environment_json(reconcile::Environment const& environment);
/// {"step":…,"lines":[…],"next":…}: the lines from number `after` on; "next" asks for what follows.
[[nodiscard]] nlohmann::ordered_json log_json(std::string const& step, reconcile::StageLog const& log, std::uint64_t after);
/// The same of what Fly keeps of all its machines, as step "app".
[[nodiscard]] nlohmann::ordered_json log_json(fly::LogPage const& page);
[[nodiscard]] nlohmann::ordered_json event_json(reconcile::Event const& event);
/// {"apiVersion":…,"kind":"PreviewEnvironmentList","items":[…]}
[[nodiscard]] nlohmann::ordered_json list_json(std::map<specs::Key, reconcile::Environment> const& environments);

}  // namespace dayfly::server
