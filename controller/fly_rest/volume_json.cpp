// Reads and writes volumes.
#include "controller/fly_rest/volume_json.h"

#include "controller/fly_rest/config_json.h"

namespace dayfly::fly_rest {
namespace {

std::optional<fly::Snapshot> snapshot_from(Json value) {
    bool sound = value.is_object();
    ObjectReader const json(value, sound);
    fly::Snapshot snapshot{.id = json.text("id"), .status = json.text("status"), .created_at = json.text("created_at")};
    if (!sound || snapshot.id.empty()) return std::nullopt;
    return snapshot;
}

}  // namespace

Body to_json(fly::CreateVolume const& create) {
    Body json = {{"name", create.name},
                 {"region", create.region},
                 {"size_gb", create.size_gb},
                 {"encrypted", true},
                 {"auto_backup_enabled", create.snapshots}};
    if (create.compute.cpus > 0) json["compute"] = to_json(create.compute);
    if (!create.source_volume_id.empty()) json["source_volume_id"] = create.source_volume_id;
    if (!create.snapshot_id.empty()) json["snapshot_id"] = create.snapshot_id;
    return json;
}

std::optional<fly::Volume> volume_from(Json value) {
    bool sound = value.is_object();
    ObjectReader const json(value, sound);
    fly::Volume volume{.id = json.text("id"),
                       .name = json.text("name"),
                       .state = json.text("state"),
                       .region = json.text("region"),
                       .size_gb = json.number("size_gb"),
                       .encrypted = !json.has("encrypted") || json.flag("encrypted"),
                       .attached_machine_id = json.text("attached_machine_id"),
                       .app_name = json.text("app_name"),
                       .created_at = json.text("created_at")};
    if (!sound || volume.id.empty()) return std::nullopt;
    return volume;
}

std::optional<fly::Volume> extended_volume_from(Json value) { return volume_from(member(value, "volume").value_or(value)); }

std::optional<std::vector<fly::Volume>> volumes_from(Json value) { return read_all(value, &volume_from); }

std::optional<fly::OrgVolumePage> org_volumes_from(Json value) {
    bool sound = member(value, "volumes").has_value();
    ObjectReader const json(value, sound);
    auto volumes = read_all(json.list("volumes"), &volume_from);
    auto cursor = json.text("next_cursor");
    if (!sound || !volumes) return std::nullopt;
    return fly::OrgVolumePage{.volumes = std::move(*volumes), .next_cursor = std::move(cursor)};
}

std::optional<std::vector<fly::Snapshot>> snapshots_from(Json value) { return read_all(value, &snapshot_from); }

}  // namespace dayfly::fly_rest
