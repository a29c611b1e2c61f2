// Names and nature of the actions.
#include "controller/fly/wire.h"

#include <array>

namespace dayfly::fly {
namespace {

struct ActionRow {
    Action action;
    std::string_view name;
    bool write;
};

constexpr std::array<ActionRow, action_count> rows{{
    {Action::ListApps, "list_apps", false},
    {Action::GetApp, "get_app", false},
    {Action::CreateApp, "create_app", true},
    {Action::DeleteApp, "delete_app", true},
    {Action::ListMachines, "list_machines", false},
    {Action::ListOrgMachines, "list_org_machines", false},
    {Action::GetMachine, "get_machine", false},
    {Action::CreateMachine, "create_machine", true},
    {Action::UpdateMachine, "update_machine", true},
    {Action::StartMachine, "start_machine", true},
    {Action::StopMachine, "stop_machine", true},
    {Action::SuspendMachine, "suspend_machine", true},
    {Action::DestroyMachine, "destroy_machine", true},
    {Action::WaitMachine, "wait_machine", false},
    {Action::GetMetadata, "get_metadata", false},
    {Action::SetMetadata, "set_metadata", true},
    {Action::GetLease, "get_lease", false},
    {Action::AcquireLease, "acquire_lease", true},
    {Action::ReleaseLease, "release_lease", true},
    {Action::ExecMachine, "exec_machine", true},
    {Action::ListEvents, "list_events", false},
    {Action::CordonMachine, "cordon_machine", true},
    {Action::UncordonMachine, "uncordon_machine", true},
    {Action::ListVolumes, "list_volumes", false},
    {Action::ListOrgVolumes, "list_org_volumes", false},
    {Action::GetVolume, "get_volume", false},
    {Action::CreateVolume, "create_volume", true},
    {Action::ExtendVolume, "extend_volume", true},
    {Action::UpdateVolume, "update_volume", true},
    {Action::DeleteVolume, "delete_volume", true},
    {Action::ListSnapshots, "list_snapshots", false},
    {Action::CreateSnapshot, "create_snapshot", true},
    {Action::ListSecrets, "list_secrets", false},
    {Action::UpdateSecrets, "update_secrets", true},
    {Action::ListIps, "list_ips", false},
    {Action::AssignIp, "assign_ip", true},
    {Action::ReleaseIp, "release_ip", true},
    {Action::ListCertificates, "list_certificates", false},
    {Action::GetCertificate, "get_certificate", false},
    {Action::CreateCertificate, "create_certificate", true},
    {Action::CheckCertificate, "check_certificate", true},
    {Action::DeleteCertificate, "delete_certificate", true},
    {Action::ListRegions, "list_regions", false},
    {Action::GetPlacements, "get_placements", false},
    {Action::CurrentToken, "current_token", false},
    {Action::GetLogs, "get_logs", false},
    {Action::QueryMetrics, "query_metrics", false},
    {Action::GraphQlQuery, "graphql_query", false},
}};

constexpr bool in_order() {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (static_cast<std::size_t>(rows[i].action) != i) return false;
    }
    return true;
}
static_assert(in_order(), "a row per action, in the order of the enumeration");

}  // namespace

std::string_view to_string(Action action) { return rows[static_cast<std::size_t>(action)].name; }

bool is_at_platform_host(Action action) {
    return action == Action::GraphQlQuery || action == Action::GetLogs || action == Action::QueryMetrics;
}

bool is_write(Action action) { return rows[static_cast<std::size_t>(action)].write; }

}  // namespace dayfly::fly
