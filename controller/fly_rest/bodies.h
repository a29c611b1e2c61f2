// The bodies of the requests that make something, once for those who send them and for those who only show them. A volume's is
// in volume_json.h, a machine's config in config_json.h.
#pragma once

#include "controller/fly/api.h"
#include "controller/fly_rest/json_write.h"

namespace dayfly::fly_rest {

[[nodiscard]] Body body_of(fly::CreateApp const& create);
[[nodiscard]] Body body_of(fly::CreateMachine const& create);
[[nodiscard]] Body body_of(fly::IpType type);

}  // namespace dayfly::fly_rest
