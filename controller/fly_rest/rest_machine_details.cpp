// RestApi: what hangs on one machine: events, logs, metadata, leases, commands run inside.
#include <algorithm>

#include "controller/fly_rest/ask.h"
#include "controller/fly_rest/calls.h"
#include "controller/fly_rest/machine_json.h"
#include "controller/fly_rest/rest_api.h"
#include "controller/http/message.h"

namespace dayfly::fly_rest {

using fly::Action;
using std::chrono::seconds;

Task<Result<std::vector<fly::MachineEvent>>> RestApi::list_events(fly::MachineRef machine, int limit) {
    auto const rest = "/events?limit=" + std::to_string(std::clamp(limit, 1, 50));
    auto call = machine_call(Action::ListEvents, "GET", machine, rest);
    co_return co_await ask_for(wire_, std::move(call), Body(), &events_from);
}

Task<Result<fly::LogPage>> RestApi::logs(fly::LogQuery query) {
    fly::Call call{.action = Action::GetLogs, .app = query.app, .id = query.app};
    call.target = "/api/v1/apps/" + http::percent_encode(query.app) + "/logs";
    char separator = '?';
    auto const add = [&](char const* name, std::string const& value) {
        if (value.empty()) return;
        call.target += separator + std::string(name) + '=' + http::percent_encode(value);
        separator = '&';
    };
    add("instance", query.instance);
    add("next_token", query.next_token);
    co_return co_await ask_for(wire_, std::move(call), Body(), &log_page_from);
}

Task<Result<fly::StringMap>> RestApi::get_metadata(fly::MachineRef machine) {
    auto call = machine_call(Action::GetMetadata, "GET", machine, "/metadata");
    co_return co_await ask_for(wire_, std::move(call), Body(), &metadata_from);
}

Task<Result<void>> RestApi::set_metadata(fly::MachineRef machine, std::string key, std::string value) {
    auto const rest = "/metadata/" + http::percent_encode(key);
    if (value.empty()) {
        auto call = machine_call(Action::SetMetadata, "DELETE", machine, rest);
        co_return co_await tell(wire_, std::move(call), Body());
    }
    auto call = machine_call(Action::SetMetadata, "POST", machine, rest);
    Body body = {{"value", value}};
    co_return co_await tell(wire_, std::move(call), std::move(body));
}

Task<Result<fly::Lease>> RestApi::get_lease(fly::MachineRef machine) {
    auto call = machine_call(Action::GetLease, "GET", machine, "/lease");
    co_return co_await ask_for(wire_, std::move(call), Body(), &lease_from);
}

Task<Result<fly::Lease>> RestApi::acquire_lease(fly::MachineRef machine, seconds ttl) {
    // Fly's document puts the time to live into the body, its own client into the query.
    auto call = machine_call(Action::AcquireLease, "POST", machine, "/lease?ttl=" + std::to_string(ttl.count()));
    Body body = {{"ttl", ttl.count()}, {"description", "dayfly"}};
    co_return co_await ask_for(wire_, std::move(call), std::move(body), &acquired_lease_from);
}

Task<Result<void>> RestApi::release_lease(fly::MachineRef machine, std::string nonce) {
    machine.lease_nonce = std::move(nonce);
    auto call = machine_call(Action::ReleaseLease, "DELETE", machine, "/lease");
    co_return co_await tell_gone(wire_, std::move(call));
}

Task<Result<fly::ExecResult>> RestApi::exec(fly::MachineRef machine, std::vector<std::string> command, seconds timeout) {
    auto call = machine_call(Action::ExecMachine, "POST", machine, "/exec");
    call.limit = timeout + seconds(10);
    Body body = {{"command", command}, {"timeout", timeout.count()}};
    co_return co_await ask_for(wire_, std::move(call), std::move(body), &exec_result_from);
}

}  // namespace dayfly::fly_rest
