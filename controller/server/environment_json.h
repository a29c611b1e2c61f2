// An environment as the HTTP API shows it: the object with every default and its status.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "controller/reconcile/environment.h"

namespace dayfly::server {

/// apiVersion, kind, metadata (with generation), spec and status.
[[nodiscard]] nlohmann::ordered_json environment_json(reconcile::Environment const& environment);
[[nodiscard]] nlohmann::ordered_json event_json(reconcile::Event const& event);
/// {"apiVersion":…,"kind":"PreviewEnvironmentList","items":[…]}
[[nodiscard]] nlohmann::ordered_json list_json(std::map<specs::Key, reconcile::Environment> const& environments);

}  // namespace dayfly::server
