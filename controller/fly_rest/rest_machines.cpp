// RestApi: machines, from creation to destruction.
#include <algorithm>

#include "controller/fly/answer.h"
#include "controller/fly_rest/ask.h"
#include "controller/fly_rest/bodies.h"
#include "controller/fly_rest/calls.h"
#include "controller/fly_rest/config_json.h"
#include "controller/fly_rest/machine_json.h"
#include "controller/fly_rest/rest_api.h"
#include "controller/http/message.h"

namespace dayfly::fly_rest {

using fly::Action;
using std::chrono::seconds;

Task<Result<std::vector<fly::Machine>>> RestApi::list_machines(std::string app) {
    auto call = app_call(Action::ListMachines, "GET", app, "/machines");
    co_return co_await ask_for(wire_, std::move(call), Body(), &machines_from);
}

Task<Result<fly::OrgMachinePage>> RestApi::list_org_machines(fly::OrgListQuery query) {
    auto call = organization_list_call(Action::ListOrgMachines, query, "machines");
    co_return co_await ask_for(wire_, std::move(call), Body(), &org_machines_from);
}

Task<Result<fly::Machine>> RestApi::get_machine(fly::MachineRef machine) {
    auto call = machine_call(Action::GetMachine, "GET", machine, "");
    co_return co_await ask_for(wire_, std::move(call), Body(), &machine_from);
}

Task<Result<fly::MachineWaited>> RestApi::wait_machine(fly::WaitMachine wait) {
    auto const timeout = std::clamp(wait.timeout, seconds(1), seconds(60));
    auto call = machine_call(Action::WaitMachine, "GET", {.app = wait.app, .id = wait.id}, "/wait");
    call.target += "?timeout=" + std::to_string(timeout.count());
    for (auto const& state : wait.states) call.target += "&state=" + http::percent_encode(state);
    if (!wait.version.empty()) call.target += "&version=" + http::percent_encode(wait.version);
    call.limit = timeout + seconds(10);
    co_return co_await ask_for(wire_, std::move(call), Body(), &waited_from);
}

Task<Result<fly::Machine>> RestApi::create_machine(fly::CreateMachine create) {
    auto call = app_call(Action::CreateMachine, "POST", create.app, "/machines");
    auto body = body_of(create);
    co_return co_await ask_for(wire_, std::move(call), std::move(body), &machine_from);
}

Task<Result<fly::Machine>> RestApi::update_machine(fly::UpdateMachine update) {
    fly::MachineRef const machine{.app = update.app, .id = update.id, .lease_nonce = update.lease_nonce};
    auto call = machine_call(Action::UpdateMachine, "POST", machine, "");
    Body body = {{"config", to_json(update.config)}};
    if (!update.current_version.empty()) body["current_version"] = update.current_version;
    if (update.skip_launch) body["skip_launch"] = true;
    if (update.min_secrets_version) body["min_secrets_version"] = *update.min_secrets_version;
    co_return co_await ask_for(wire_, std::move(call), std::move(body), &machine_from);
}

Task<Result<void>> RestApi::start_machine(fly::MachineRef machine) {
    auto const call = machine_call(Action::StartMachine, "POST", machine, "/start");
    auto reply = co_await ask(wire_, call, Body());
    if (!reply) co_return std::unexpected(std::move(reply.error()));
    // A start that Fly could not do may be answered 200 with this inside.
    auto const json = Document::parse(reply->body);
    bool ignored = true;
    if (!json || ObjectReader(json->root(), ignored).text("status") != "error") co_return Result<void>{};
    auto error = fly::error_from(call, *reply);
    if (error.kind == ErrorKind::Unknown) error.kind = ErrorKind::NotReadyYet;
    co_return std::unexpected(std::move(error));
}

Task<Result<void>> RestApi::stop_machine(fly::MachineRef machine) {
    auto call = machine_call(Action::StopMachine, "POST", machine, "/stop");
    co_return co_await tell(wire_, std::move(call), Body());
}

Task<Result<void>> RestApi::suspend_machine(fly::MachineRef machine) {
    auto call = machine_call(Action::SuspendMachine, "POST", machine, "/suspend");
    co_return co_await tell(wire_, std::move(call), Body());
}

Task<Result<void>> RestApi::destroy_machine(fly::MachineRef machine, bool force) {
    auto call = machine_call(Action::DestroyMachine, "DELETE", machine, force ? "?force=true" : "");
    co_return co_await tell_gone(wire_, std::move(call));
}

Task<Result<void>> RestApi::cordon_machine(fly::MachineRef machine) {
    auto call = machine_call(Action::CordonMachine, "POST", machine, "/cordon");
    co_return co_await tell(wire_, std::move(call), Body());
}

Task<Result<void>> RestApi::uncordon_machine(fly::MachineRef machine) {
    auto call = machine_call(Action::UncordonMachine, "POST", machine, "/uncordon");
    co_return co_await tell(wire_, std::move(call), Body());
}

}  // namespace dayfly::fly_rest
