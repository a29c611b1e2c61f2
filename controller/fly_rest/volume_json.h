// Volumes and their snapshots out of Fly's JSON, and the body of a new volume.
#pragma once

#include "controller/fly/api.h"
#include "controller/fly_rest/json_read.h"

namespace dayfly::fly_rest {

[[nodiscard]] Json to_json(fly::CreateVolume const& create);

/// Each of these gives nothing for an answer that cannot be read.
[[nodiscard]] std::optional<fly::Volume> volume_from(Json const& value);
/// The answer to an extension: the volume inside {"volume":…,"needs_restart":…}, or flat.
[[nodiscard]] std::optional<fly::Volume> extended_volume_from(Json const& value);
[[nodiscard]] std::optional<std::vector<fly::Volume>> volumes_from(Json const& value);
[[nodiscard]] std::optional<fly::OrgVolumePage> org_volumes_from(Json const& value);
[[nodiscard]] std::optional<std::vector<fly::Snapshot>> snapshots_from(Json const& value);

}  // namespace dayfly::fly_rest
