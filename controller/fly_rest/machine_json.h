// Machines, their events, leases and waits out of Fly's JSON.
#pragma once

#include "controller/fly/api.h"
#include "controller/fly/types.h"
#include "controller/fly_rest/json_read.h"

namespace dayfly::fly_rest {

/// Each of these gives nothing for an answer that cannot be read.
[[nodiscard]] std::optional<fly::Machine> machine_from(Json value);
[[nodiscard]] std::optional<std::vector<fly::Machine>> machines_from(Json value);
[[nodiscard]] std::optional<fly::OrgMachinePage> org_machines_from(Json value);
[[nodiscard]] std::optional<std::vector<fly::MachineEvent>> events_from(Json value);
/// Takes the envelope {"status":"success","data":{…}} and the flat form.
[[nodiscard]] std::optional<fly::Lease> lease_from(Json value);
/// lease_from() that insists on the nonce.
[[nodiscard]] std::optional<fly::Lease> acquired_lease_from(Json value);
[[nodiscard]] std::optional<fly::MachineWaited> waited_from(Json value);
[[nodiscard]] std::optional<fly::ExecResult> exec_result_from(Json value);
[[nodiscard]] std::optional<fly::LogPage> log_page_from(Json value);
[[nodiscard]] std::optional<fly::StringMap> metadata_from(Json value);

}  // namespace dayfly::fly_rest
