#include "controller/fly_sim/routes.h"

#include "controller/fly_sim/apps.h"
#include "controller/fly_sim/certificates.h"
#include "controller/fly_sim/graphql.h"
#include "controller/fly_sim/ips.h"
#include "controller/fly_sim/leases.h"
#include "controller/fly_sim/logs.h"
#include "controller/fly_sim/machine_actions.h"
#include "controller/fly_sim/machine_metadata.h"
#include "controller/fly_sim/machines.h"
#include "controller/fly_sim/org_lists.h"
#include "controller/fly_sim/platform.h"
#include "controller/fly_sim/query_metrics.h"
#include "controller/fly_sim/secrets.h"
#include "controller/fly_sim/volumes.h"

namespace dayfly::fly_sim {
namespace {

constexpr Route table[] = {
    {"GET", "v1/apps", "list_apps", false, false, list_apps},
    {"POST", "v1/apps", "create_app", true, false, create_app},
    {"GET", "v1/apps/:app", "get_app", false, false, get_app},
    {"DELETE", "v1/apps/:app", "delete_app", true, false, delete_app},

    {"GET", "v1/apps/:app/machines", "list_machines", false, false, list_machines},
    {"POST", "v1/apps/:app/machines", "create_machine", true, false, create_machine},
    {"GET", "v1/apps/:app/machines/:id", "get_machine", false, true, get_machine},
    {"POST", "v1/apps/:app/machines/:id", "update_machine", true, true, update_machine},
    {"DELETE", "v1/apps/:app/machines/:id", "destroy_machine", true, true, destroy_machine},
    {"POST", "v1/apps/:app/machines/:id/start", "start_machine", true, true, start_machine},
    {"POST", "v1/apps/:app/machines/:id/stop", "stop_machine", true, true, stop_machine},
    {"POST", "v1/apps/:app/machines/:id/suspend", "suspend_machine", true, true, suspend_machine},
    {"POST", "v1/apps/:app/machines/:id/restart", "restart_machine", true, true, restart_machine},
    {"POST", "v1/apps/:app/machines/:id/signal", "signal_machine", true, true, signal_machine},
    {"POST", "v1/apps/:app/machines/:id/cordon", "cordon_machine", true, true, cordon_machine},
    {"POST", "v1/apps/:app/machines/:id/uncordon", "uncordon_machine", true, true, uncordon_machine},
    {"POST", "v1/apps/:app/machines/:id/exec", "exec_machine", true, true, exec_machine},
    {"GET", "v1/apps/:app/machines/:id/ps", "list_processes", false, true, list_processes},
    {"GET", "v1/apps/:app/machines/:id/wait", "wait_machine", false, true, wait_machine},
    {"GET", "v1/apps/:app/machines/:id/events", "list_events", false, true, list_events},
    {"GET", "v1/apps/:app/machines/:id/versions", "list_versions", false, true, list_versions},
    {"GET", "v1/apps/:app/machines/:id/lease", "get_lease", false, true, get_lease},
    {"POST", "v1/apps/:app/machines/:id/lease", "acquire_lease", true, true, acquire_lease},
    {"DELETE", "v1/apps/:app/machines/:id/lease", "release_lease", true, true, release_lease},
    {"GET", "v1/apps/:app/machines/:id/metadata", "get_metadata", false, true, get_metadata},
    {"PUT", "v1/apps/:app/machines/:id/metadata", "set_metadata", true, true, update_metadata},
    {"PATCH", "v1/apps/:app/machines/:id/metadata", "set_metadata", true, true, update_metadata},
    {"GET", "v1/apps/:app/machines/:id/metadata/:extra", "get_metadata", false, true, get_metadata_key},
    {"POST", "v1/apps/:app/machines/:id/metadata/:extra", "set_metadata", true, true, set_metadata_key},
    {"DELETE", "v1/apps/:app/machines/:id/metadata/:extra", "set_metadata", true, true, delete_metadata_key},

    {"GET", "v1/apps/:app/volumes", "list_volumes", false, false, list_volumes},
    {"POST", "v1/apps/:app/volumes", "create_volume", true, false, create_volume},
    {"GET", "v1/apps/:app/volumes/:id", "get_volume", false, false, get_volume},
    {"PUT", "v1/apps/:app/volumes/:id", "update_volume", true, false, update_volume},
    {"DELETE", "v1/apps/:app/volumes/:id", "delete_volume", true, false, delete_volume},
    {"PUT", "v1/apps/:app/volumes/:id/extend", "extend_volume", true, false, extend_volume},
    {"GET", "v1/apps/:app/volumes/:id/snapshots", "list_snapshots", false, false, list_snapshots},
    {"POST", "v1/apps/:app/volumes/:id/snapshots", "create_snapshot", true, false, create_snapshot},

    {"GET", "v1/apps/:app/secrets", "list_secrets", false, false, list_secrets},
    {"POST", "v1/apps/:app/secrets", "update_secrets", true, false, update_secrets},
    {"GET", "v1/apps/:app/secrets/:id", "list_secrets", false, false, get_secret},
    {"POST", "v1/apps/:app/secrets/:id", "update_secrets", true, false, set_secret},
    {"DELETE", "v1/apps/:app/secrets/:id", "update_secrets", true, false, delete_secret},

    {"GET", "v1/apps/:app/ip_assignments", "list_ips", false, false, list_ips},
    {"POST", "v1/apps/:app/ip_assignments", "assign_ip", true, false, assign_ip},
    {"DELETE", "v1/apps/:app/ip_assignments/:id", "release_ip", true, false, release_ip},

    {"GET", "v1/apps/:app/certificates", "list_certificates", false, false, list_certificates},
    {"POST", "v1/apps/:app/certificates/acme", "create_certificate", true, false, create_acme_certificate},
    {"GET", "v1/apps/:app/certificates/:id", "get_certificate", false, false, get_certificate},
    {"POST", "v1/apps/:app/certificates/:id/check", "check_certificate", true, false, check_certificate},
    {"DELETE", "v1/apps/:app/certificates/:id", "delete_certificate", true, false, delete_certificate},
    {"DELETE", "v1/apps/:app/certificates/:id/acme", "delete_certificate", true, false, delete_acme_certificate},

    {"GET", "v1/orgs/:app/machines", "list_org_machines", false, false, list_org_machines},
    {"GET", "v1/orgs/:app/volumes", "list_org_volumes", false, false, list_org_volumes},

    {"GET", "v1/platform/regions", "list_regions", false, false, list_regions},
    {"POST", "v1/platform/placements", "get_placements", false, false, get_placements},
    {"GET", "v1/tokens/current", "current_token", false, false, current_token},
    {"GET", "api/v1/apps/:app/logs", "get_logs", false, false, list_logs},
    {"GET", "prometheus/:app/api/v1/query", "query_metrics", false, false, query_metrics},
    {"POST", "prometheus/:app/api/v1/query", "query_metrics", false, false, query_metrics},
    {"POST", "graphql", "graphql_query", false, false, graphql},
};

bool fits(Route const& route, Exchange const& exchange) {
    if (route.method != exchange.method) return false;
    std::string_view rest = route.pattern;
    for (auto const& segment : exchange.segments) {
        if (rest.empty()) return false;
        auto const end = rest.find('/');
        auto const wanted = rest.substr(0, end);
        if (!wanted.starts_with(':') && wanted != segment) return false;
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
    return rest.empty();
}

void fill(Route const& route, Exchange& exchange) {
    std::string_view rest = route.pattern;
    for (auto const& segment : exchange.segments) {
        auto const end = rest.find('/');
        auto const wanted = rest.substr(0, end);
        if (wanted == ":app") exchange.app = segment;
        if (wanted == ":id") exchange.id = segment;
        if (wanted == ":extra") exchange.extra = segment;
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
}

}  // namespace

Route const* find_route(Exchange& exchange) {
    for (auto const& route : table) {
        if (!fits(route, exchange)) continue;
        fill(route, exchange);
        return &route;
    }
    return nullptr;
}

}  // namespace dayfly::fly_sim
