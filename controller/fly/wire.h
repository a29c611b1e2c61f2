// One exchange with Fly as a value, below the typed Api and above any transport. Rate limits, metrics and request logs wrap
// this one method; the HTTPS transport and the simulator's in-process binding are its two ends.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "controller/base/result.h"
#include "controller/base/task.h"

namespace dayfly::fly {

/// Every kind of call the program makes. Fly counts its rate limits per action and identifier, and metrics are labelled by it.
enum class Action : std::uint8_t {
    ListApps,
    GetApp,
    CreateApp,
    DeleteApp,
    ListMachines,
    ListOrgMachines,
    GetMachine,
    CreateMachine,
    UpdateMachine,
    StartMachine,
    StopMachine,
    SuspendMachine,
    DestroyMachine,
    WaitMachine,
    GetMetadata,
    SetMetadata,
    GetLease,
    AcquireLease,
    ReleaseLease,
    ExecMachine,
    ListEvents,
    CordonMachine,
    UncordonMachine,
    ListVolumes,
    ListOrgVolumes,
    GetVolume,
    CreateVolume,
    ExtendVolume,
    UpdateVolume,
    DeleteVolume,
    ListSnapshots,
    CreateSnapshot,
    ListSecrets,
    UpdateSecrets,
    ListIps,
    AssignIp,
    ReleaseIp,
    ListCertificates,
    GetCertificate,
    CreateCertificate,
    CheckCertificate,
    DeleteCertificate,
    ListRegions,
    GetPlacements,
    CurrentToken,
    GetLogs,
    QueryMetrics,
    GraphQlQuery,
};
inline constexpr std::size_t action_count = static_cast<std::size_t>(Action::GraphQlQuery) + 1;

/// "create_machine": the metric label and the log's word for it.
[[nodiscard]] std::string_view to_string(Action action);
/// True for what Fly serves at api.fly.io and not at the machines host.
[[nodiscard]] bool is_at_platform_host(Action action);
/// True for every action that may change something at Fly. Leases and exec count as writes.
[[nodiscard]] bool is_write(Action action);

struct Call {
    Action action;
    std::string app = {};  ///< the app it belongs to; empty for organisation-wide calls
    std::string id = {};   ///< what Fly counts the rate limit on: machine id, app name, or the organisation's slug
    std::string method = "GET";
    std::string target = "/";                 ///< path and query
    std::string body = {};                    ///< JSON, or empty
    std::string lease_nonce = {};             ///< sent as fly-machine-lease-nonce when not empty
    std::chrono::milliseconds limit{30'000};  ///< deadline of the exchange
};

struct Reply {
    int status = 0;
    std::string body = {};
    std::string request_id = {};                                ///< fly-request-id, for logs and errors
    std::optional<std::chrono::milliseconds> retry_after = {};  ///< from Retry-After
};

class Wire {
public:
    Wire() = default;
    Wire(Wire const&) = delete;
    Wire& operator=(Wire const&) = delete;
    virtual ~Wire() = default;
    /// Every HTTP status is a Reply. An Error is a transport failure: Unavailable (never sent) or Ambiguous (may have arrived),
    /// RateLimited when our own limiter refused, Cancelled on shutdown.
    virtual Task<Result<Reply>> exchange(Call call) = 0;
};

}  // namespace dayfly::fly
