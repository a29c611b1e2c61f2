// Volumes and their snapshots out of Fly's JSON, and the body of a new volume.
#pragma once

#include "controller/fly/api.h"
#include "controller/fly_rest/json_read.h"
#include "controller/fly_rest/json_write.h"

namespace dayfly::fly_rest {

[[nodiscard]] Body to_json(fly::CreateVolume const& create);

/// Each of these gives nothing for an answer that cannot be read.
[[nodiscard]] std::optional<fly::Volume> volume_from(Json value);
/// The answer to an extension: the volume inside {"volume":…,"needs_restart":…}, or flat.
[[nodiscard]] std::optional<fly::Volume> extended_volume_from(Json value);
[[nodiscard]] std::optional<std::vector<fly::Volume>> volumes_from(Json value);
[[nodiscard]] std::optional<fly::OrgVolumePage> org_volumes_from(Json value);
[[nodiscard]] std::optional<std::vector<fly::Snapshot>> snapshots_from(Json value);

}  // namespace dayfly::fly_rest
