// Fly.io as the program sees it. Reader is what everybody may hold; Api adds the writes, and only the gate holds one.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/base/result.h"
#include "controller/base/secret.h"
#include "controller/base/task.h"
#include "controller/fly/types.h"

namespace dayfly::fly {

struct MachineRef {
    std::string app;
    std::string id;
    /// Of the lease that the caller holds, which every write of a leased machine needs (Fly docs, "Machines resource", Leases).
    std::string lease_nonce = {};
};

struct WaitMachine {
    std::string app;
    std::string id;
    std::string version;               ///< instance_id to wait on; empty: the current one
    std::vector<std::string> states;   ///< started, stopped, suspended, destroyed, failed, settled
    std::chrono::seconds timeout{60};  ///< Fly: 1 to 60 s, anything else is a 400
};

struct MachineWaited {
    std::string state;  ///< may be empty: older answers carry only `ok`
    std::string version;
};

struct CreateApp {
    std::string name;
    std::string organization;
    std::string network;
};

struct CreateMachine {
    std::string app;
    std::string name;  ///< unique per app at Fly; the idempotency key
    std::string region;
    MachineConfig config;
    bool skip_launch = false;
    std::optional<std::uint64_t> min_secrets_version;
};

struct UpdateMachine {
    std::string app;
    std::string id;
    std::string current_version;  ///< the instance_id the change was planned on; a stale one is refused as Conflict
    MachineConfig config;         ///< replaces the whole config
    bool skip_launch = false;     ///< leave a stopped machine stopped
    std::optional<std::uint64_t> min_secrets_version;
    std::string lease_nonce = {};
};

struct CreateVolume {
    std::string app;
    std::string name;    ///< letters, digits and underscores
    std::string region;  ///< one code; volumes take no aliases
    int size_gb = 1;
    Guest compute;  ///< the guest that will mount it, so that the host has room for both
    bool snapshots = true;
    std::string source_volume_id = {};  ///< fork of
    std::string snapshot_id = {};       ///< restore of
};

struct LogQuery {
    std::string app;
    std::string instance = {};    ///< a machine's id; empty: all
    std::string next_token = {};  ///< of the page before; empty: the newest lines
};

struct OrgListQuery {
    std::string organization;
    std::string cursor = {};
    int limit = 1000;  ///< Fly's maximum; advisory, a page may be short or empty while next_cursor is set
};

/// Reads. NotFound is the one kind that means "proven absent"; a list never proves absence of what it lacks.
class Reader {
public:
    Reader() = default;
    Reader(Reader const&) = delete;
    Reader& operator=(Reader const&) = delete;
    virtual ~Reader() = default;

    virtual Task<Result<std::vector<App>>> list_apps(std::string organization) = 0;
    virtual Task<Result<App>> get_app(std::string app) = 0;
    virtual Task<Result<std::vector<Machine>>> list_machines(std::string app) = 0;
    virtual Task<Result<OrgMachinePage>> list_org_machines(OrgListQuery query) = 0;
    virtual Task<Result<Machine>> get_machine(MachineRef machine) = 0;
    /// Long-polls until the state is reached; TimedOut for Fly's 408.
    virtual Task<Result<MachineWaited>> wait_machine(WaitMachine wait) = 0;
    virtual Task<Result<std::vector<MachineEvent>>> list_events(MachineRef machine, int limit) = 0;
    /// What the app's machines wrote, also after they ended. Fly keeps it for a while and does not say how long.
    virtual Task<Result<LogPage>> logs(LogQuery query) = 0;
    virtual Task<Result<StringMap>> get_metadata(MachineRef machine) = 0;
    virtual Task<Result<Lease>> get_lease(MachineRef machine) = 0;
    virtual Task<Result<std::vector<Volume>>> list_volumes(std::string app) = 0;
    virtual Task<Result<OrgVolumePage>> list_org_volumes(OrgListQuery query) = 0;
    virtual Task<Result<Volume>> get_volume(std::string app, std::string volume) = 0;
    virtual Task<Result<std::vector<Snapshot>>> list_snapshots(std::string app, std::string volume) = 0;
    virtual Task<Result<std::vector<AppSecret>>> list_secrets(std::string app) = 0;
    virtual Task<Result<std::vector<Ip>>> list_ips(std::string app) = 0;
    virtual Task<Result<std::vector<Certificate>>> list_certificates(std::string app) = 0;
    virtual Task<Result<Certificate>> get_certificate(std::string app, std::string hostname) = 0;
    virtual Task<Result<std::vector<Region>>> list_regions() = 0;
    /// Regions that have room for `count` such guests now; a dry run, nothing is reserved.
    virtual Task<Result<std::vector<Placement>>> placements(std::string organization, std::string region, Guest guest,
                                                            int count) = 0;
    virtual Task<Result<std::vector<TokenInfo>>> current_token() = 0;
    /// Addresses and secret digests of every app of the organisation: one GraphQL call per 200 apps.
    virtual Task<Result<std::vector<AppAudit>>> audit_apps(std::string organization) = 0;
};

/// Reads and writes. A write that fails with Ambiguous may have happened: look before doing anything else.
class Api : public Reader {
public:
    /// Returns the new app's id. NameTaken: look before adopting; the name is unique over all of Fly.
    virtual Task<Result<std::string>> create_app(CreateApp create) = 0;
    /// Asynchronous at Fly: gone only when get_app answers NotFound. NotFound here is success.
    virtual Task<Result<void>> delete_app(std::string app) = 0;

    /// Returns at once with the machine in state `created`. Conflict naming the holder when the name exists already.
    virtual Task<Result<Machine>> create_machine(CreateMachine create) = 0;
    virtual Task<Result<Machine>> update_machine(UpdateMachine update) = 0;
    virtual Task<Result<void>> start_machine(MachineRef machine) = 0;
    virtual Task<Result<void>> stop_machine(MachineRef machine) = 0;
    virtual Task<Result<void>> suspend_machine(MachineRef machine) = 0;
    /// With force, running machines too. NotFound is success.
    virtual Task<Result<void>> destroy_machine(MachineRef machine, bool force) = 0;
    virtual Task<Result<void>> cordon_machine(MachineRef machine) = 0;
    virtual Task<Result<void>> uncordon_machine(MachineRef machine) = 0;
    /// Neither restarts the machine nor changes its version. An empty value deletes the key.
    virtual Task<Result<void>> set_metadata(MachineRef machine, std::string key, std::string value) = 0;
    virtual Task<Result<Lease>> acquire_lease(MachineRef machine, std::chrono::seconds ttl) = 0;
    /// "lease not found" counts as released.
    virtual Task<Result<void>> release_lease(MachineRef machine, std::string nonce) = 0;
    virtual Task<Result<ExecResult>> exec(MachineRef machine, std::vector<std::string> command,
                                          std::chrono::seconds timeout) = 0;

    virtual Task<Result<Volume>> create_volume(CreateVolume create) = 0;
    virtual Task<Result<Volume>> extend_volume(std::string app, std::string volume, int size_gb) = 0;
    virtual Task<Result<void>> set_volume_snapshots(std::string app, std::string volume, bool enabled) = 0;
    /// NotReadyYet while a machine still holds it. NotFound is success.
    virtual Task<Result<void>> delete_volume(std::string app, std::string volume) = 0;
    virtual Task<Result<void>> create_snapshot(std::string app, std::string volume) = 0;

    /// One call for all; nullopt deletes a secret. Returns the version to build machines with.
    virtual Task<Result<std::uint64_t>> update_secrets(std::string app,
                                                       std::map<std::string, std::optional<Secret>> values) = 0;
    virtual Task<Result<Ip>> assign_ip(std::string app, IpType type) = 0;
    virtual Task<Result<void>> release_ip(std::string app, std::string address) = 0;
    virtual Task<Result<Certificate>> create_certificate(std::string app, std::string hostname) = 0;
    virtual Task<Result<Certificate>> check_certificate(std::string app, std::string hostname) = 0;
    virtual Task<Result<void>> delete_certificate(std::string app, std::string hostname) = 0;
};

}  // namespace dayfly::fly
