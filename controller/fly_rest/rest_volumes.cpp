// RestApi: volumes and snapshots.
#include "controller/fly_rest/ask.h"
#include "controller/fly_rest/calls.h"
#include "controller/fly_rest/rest_api.h"
#include "controller/fly_rest/volume_json.h"

namespace dayfly::fly_rest {

using fly::Action;

Task<Result<std::vector<fly::Volume>>> RestApi::list_volumes(std::string app) {
    auto call = app_call(Action::ListVolumes, "GET", app, "/volumes");
    co_return co_await ask_for(wire_, std::move(call), Body(), &volumes_from);
}

Task<Result<fly::OrgVolumePage>> RestApi::list_org_volumes(fly::OrgListQuery query) {
    auto call = organization_list_call(Action::ListOrgVolumes, query, "volumes");
    co_return co_await ask_for(wire_, std::move(call), Body(), &org_volumes_from);
}

Task<Result<fly::Volume>> RestApi::get_volume(std::string app, std::string volume) {
    auto call = volume_call(Action::GetVolume, "GET", app, volume, "");
    co_return co_await ask_for(wire_, std::move(call), Body(), &volume_from);
}

Task<Result<fly::Volume>> RestApi::create_volume(fly::CreateVolume create) {
    auto call = app_call(Action::CreateVolume, "POST", create.app, "/volumes");
    auto body = to_json(create);
    co_return co_await ask_for(wire_, std::move(call), std::move(body), &volume_from);
}

Task<Result<fly::Volume>> RestApi::extend_volume(std::string app, std::string volume, int size_gb) {
    auto call = volume_call(Action::ExtendVolume, "PUT", app, volume, "/extend");
    Body body = {{"size_gb", size_gb}};
    co_return co_await ask_for(wire_, std::move(call), std::move(body), &extended_volume_from);
}

Task<Result<void>> RestApi::set_volume_snapshots(std::string app, std::string volume, bool enabled) {
    auto call = volume_call(Action::UpdateVolume, "PUT", app, volume, "");
    Body body = {{"auto_backup_enabled", enabled}};
    co_return co_await tell(wire_, std::move(call), std::move(body));
}

Task<Result<void>> RestApi::delete_volume(std::string app, std::string volume) {
    auto call = volume_call(Action::DeleteVolume, "DELETE", app, volume, "");
    co_return co_await tell_gone(wire_, std::move(call));
}

Task<Result<std::vector<fly::Snapshot>>> RestApi::list_snapshots(std::string app, std::string volume) {
    auto call = volume_call(Action::ListSnapshots, "GET", app, volume, "/snapshots");
    co_return co_await ask_for(wire_, std::move(call), Body(), &snapshots_from);
}

Task<Result<void>> RestApi::create_snapshot(std::string app, std::string volume) {
    auto call = volume_call(Action::CreateSnapshot, "POST", app, volume, "/snapshots");
    co_return co_await tell(wire_, std::move(call), Body());
}

}  // namespace dayfly::fly_rest
