// Fly's REST API (and the one GraphQL query) as fly::Api. Knows paths and bodies; transport, pace and logs are the Wire's.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/fly/api.h"
#include "controller/fly/wire.h"

namespace dayfly::fly_rest {

/// Reads and writes as fly::Api promises. An answer that cannot be read is Unavailable for a read and Ambiguous for a write.
class RestApi final : public fly::Api {
public:
    /// `wire` must outlive every call.
    explicit RestApi(fly::Wire& wire) : wire_(wire) {}

    Task<Result<std::vector<fly::App>>> list_apps(std::string organization) override;
    Task<Result<fly::App>> get_app(std::string app) override;
    Task<Result<std::vector<fly::Machine>>> list_machines(std::string app) override;
    Task<Result<fly::OrgMachinePage>> list_org_machines(fly::OrgListQuery query) override;
    Task<Result<fly::Machine>> get_machine(fly::MachineRef machine) override;
    /// The timeout is brought within Fly's 1 to 60 s; the exchange may take 10 s more.
    Task<Result<fly::MachineWaited>> wait_machine(fly::WaitMachine wait) override;
    /// The limit is brought within Fly's 1 to 50.
    Task<Result<std::vector<fly::MachineEvent>>> list_events(fly::MachineRef machine, int limit) override;
    Task<Result<fly::LogPage>> logs(fly::LogQuery query) override;
    Task<Result<fly::StringMap>> get_metadata(fly::MachineRef machine) override;
    Task<Result<fly::Lease>> get_lease(fly::MachineRef machine) override;
    Task<Result<std::vector<fly::Volume>>> list_volumes(std::string app) override;
    Task<Result<fly::OrgVolumePage>> list_org_volumes(fly::OrgListQuery query) override;
    Task<Result<fly::Volume>> get_volume(std::string app, std::string volume) override;
    Task<Result<std::vector<fly::Snapshot>>> list_snapshots(std::string app, std::string volume) override;
    Task<Result<std::vector<fly::AppSecret>>> list_secrets(std::string app) override;
    Task<Result<std::vector<fly::Ip>>> list_ips(std::string app) override;
    /// At most 20 pages of 500.
    Task<Result<std::vector<fly::Certificate>>> list_certificates(std::string app) override;
    Task<Result<fly::Certificate>> get_certificate(std::string app, std::string hostname) override;
    Task<Result<std::vector<fly::Region>>> list_regions() override;
    Task<Result<std::vector<fly::Placement>>> placements(std::string organization, std::string region, fly::Guest guest,
                                                         int count) override;
    Task<Result<std::vector<fly::TokenInfo>>> current_token() override;
    /// At most 500 pages of 200 apps.
    Task<Result<std::vector<fly::AppAudit>>> audit_apps(std::string organization) override;

    Task<Result<std::string>> create_app(fly::CreateApp create) override;
    Task<Result<void>> delete_app(std::string app) override;
    Task<Result<fly::Machine>> create_machine(fly::CreateMachine create) override;
    Task<Result<fly::Machine>> update_machine(fly::UpdateMachine update) override;
    Task<Result<void>> start_machine(fly::MachineRef machine) override;
    Task<Result<void>> stop_machine(fly::MachineRef machine) override;
    Task<Result<void>> suspend_machine(fly::MachineRef machine) override;
    Task<Result<void>> destroy_machine(fly::MachineRef machine, bool force) override;
    Task<Result<void>> cordon_machine(fly::MachineRef machine) override;
    Task<Result<void>> uncordon_machine(fly::MachineRef machine) override;
    Task<Result<void>> set_metadata(fly::MachineRef machine, std::string key, std::string value) override;
    Task<Result<fly::Lease>> acquire_lease(fly::MachineRef machine, std::chrono::seconds ttl) override;
    Task<Result<void>> release_lease(fly::MachineRef machine, std::string nonce) override;
    /// The exchange may take 10 s more than `timeout`.
    Task<Result<fly::ExecResult>> exec(fly::MachineRef machine, std::vector<std::string> command,
                                       std::chrono::seconds timeout) override;
    Task<Result<fly::Volume>> create_volume(fly::CreateVolume create) override;
    Task<Result<fly::Volume>> extend_volume(std::string app, std::string volume, int size_gb) override;
    Task<Result<void>> set_volume_snapshots(std::string app, std::string volume, bool enabled) override;
    Task<Result<void>> delete_volume(std::string app, std::string volume) override;
    Task<Result<void>> create_snapshot(std::string app, std::string volume) override;
    Task<Result<std::uint64_t>> update_secrets(std::string app, std::map<std::string, std::optional<Secret>> values) override;
    /// An address of this type that the app has already is success and is returned.
    Task<Result<fly::Ip>> assign_ip(std::string app, fly::IpType type) override;
    Task<Result<void>> release_ip(std::string app, std::string address) override;
    Task<Result<fly::Certificate>> create_certificate(std::string app, std::string hostname) override;
    Task<Result<fly::Certificate>> check_certificate(std::string app, std::string hostname) override;
    Task<Result<void>> delete_certificate(std::string app, std::string hostname) override;

private:
    fly::Wire& wire_;
};

}  // namespace dayfly::fly_rest
