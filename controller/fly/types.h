// Fly.io's resources as plain values: only the fields the program reads or owns. Names follow Fly's API.
// Sources: Fly's OpenAPI document (2026-08) and its Machines documentation; see docs/fly.md for the facts relied upon.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dayfly::fly {

using StringMap = std::map<std::string, std::string>;

struct App {
    std::string id;
    std::string name;
    std::string organization;  ///< slug; empty in lists
    std::string network;       ///< "default" or a custom private network's name; an app can never move to another
    std::string status;        ///< pending, deployed, suspended
    std::int64_t machine_count = 0;
    std::int64_t volume_count = 0;
    friend bool operator==(App const&, App const&) = default;
};

struct Guest {
    std::string cpu_kind;  ///< shared | performance
    int cpus = 0;
    int memory_mb = 0;
    friend bool operator==(Guest const&, Guest const&) = default;
};

struct PortHandler {
    int port = 0;
    std::vector<std::string> handlers;  ///< http, tls, …
    bool force_https = false;
    friend bool operator==(PortHandler const&, PortHandler const&) = default;
};

/// A health check; a service's check has no name, a machine's top-level check has one.
struct Check {
    std::string type;  ///< http | tcp
    int port = 0;      ///< 0: the service's internal port
    std::string path;
    std::chrono::nanoseconds interval{};
    std::chrono::nanoseconds timeout{};
    std::chrono::nanoseconds grace_period{};
    friend bool operator==(Check const&, Check const&) = default;
};

enum class Autostop { Off, Stop, Suspend };

struct Service {
    std::string protocol = "tcp";
    int internal_port = 0;
    std::vector<PortHandler> ports;
    std::vector<Check> checks;
    bool autostart = false;
    Autostop autostop = Autostop::Off;
    int min_machines_running = 0;
    friend bool operator==(Service const&, Service const&) = default;
};

struct Mount {
    std::string volume;  ///< volume id
    std::string path;
    friend bool operator==(Mount const&, Mount const&) = default;
};

struct File {
    std::string guest_path;
    std::string raw_value;    ///< base 64, or
    std::string secret_name;  ///< the app secret whose value is base 64
    int mode = 0;
    friend bool operator==(File const&, File const&) = default;
};

struct Restart {
    std::string policy;  ///< no | always | on-failure; empty: Fly's default, on-failure
    int max_retries = 0;
    friend bool operator==(Restart const&, Restart const&) = default;
};

struct MachineConfig {
    std::string image;
    Guest guest;
    StringMap env;
    StringMap metadata;
    std::vector<std::string> exec;        ///< init.exec
    std::vector<std::string> entrypoint;  ///< init.entrypoint
    std::vector<std::string> cmd;         ///< init.cmd
    std::vector<Service> services;
    std::map<std::string, Check> checks;
    std::vector<Mount> mounts;  ///< at most one
    std::vector<File> files;
    Restart restart;
    bool auto_destroy = false;
    friend bool operator==(MachineConfig const&, MachineConfig const&) = default;
};

struct CheckStatus {
    std::string name;
    std::string status;  ///< passing | warning | critical
    std::string output;
    friend bool operator==(CheckStatus const&, CheckStatus const&) = default;
};

struct MachineEvent {
    std::string id;
    std::string type;
    std::string status;
    std::string source;
    std::int64_t timestamp_ms = 0;
    std::optional<int> exit_code;  ///< of an exit event
    bool oom_killed = false;
    bool requested_stop = false;
    friend bool operator==(MachineEvent const&, MachineEvent const&) = default;
};

struct Machine {
    std::string id;
    std::string name;
    std::string state;  ///< created, starting, started, stopping, stopped, suspending, suspended, failed, replacing,
                        ///< destroying, destroyed, …
    std::string region;
    std::string instance_id;  ///< the version; changes with every update
    std::string private_ip;
    std::string created_at;
    std::string updated_at;
    std::string host_status;              ///< ok | unknown | unreachable
    std::optional<MachineConfig> config;  ///< absent while the host is not ok: never diff such a machine
    std::string image_digest;             ///< sha256:… of the resolved image, when known
    std::vector<CheckStatus> checks;
    std::vector<MachineEvent> events;  ///< newest first
    std::string nonce;                 ///< only in the answer to a create with lease_ttl
    bool cordoned = false;
};

/// A line of the organisation's machine list: an index, not a source to diff services or mounts from.
struct OrgMachine {
    std::string id;
    std::string name;
    std::string app_name;
    std::string state;
    std::string region;
    std::string version;
    std::string updated_at;
    std::string image;
    Guest guest;
    StringMap metadata;
    friend bool operator==(OrgMachine const&, OrgMachine const&) = default;
};

struct OrgMachinePage {
    std::vector<OrgMachine> machines;
    std::string next_cursor;
    std::vector<std::string> error_regions;  ///< not empty: the list is incomplete and proves no absence
};

struct Volume {
    std::string id;
    std::string name;
    std::string state;  ///< creating, created, extending, …, scheduling_destroy, pending_destroy, destroying, destroyed
    std::string region;
    int size_gb = 0;
    bool encrypted = true;
    std::string attached_machine_id;  ///< empty: none
    std::string app_name;             ///< in the organisation's list only
    std::string created_at;
    friend bool operator==(Volume const&, Volume const&) = default;
};

struct OrgVolumePage {
    std::vector<Volume> volumes;
    std::string next_cursor;
};

struct AppSecret {
    std::string name;
    std::string digest;  ///< Fly's own; its algorithm is not documented
    friend bool operator==(AppSecret const&, AppSecret const&) = default;
};

enum class IpType { V4, V6, SharedV4, PrivateV6 };
/// "shared_v4": Fly's word.
[[nodiscard]] std::string_view to_string(IpType type);

struct Ip {
    std::string address;
    IpType type = IpType::V6;
    std::string region;
    friend bool operator==(Ip const&, Ip const&) = default;
};

struct Certificate {
    std::string hostname;
    std::string status;  ///< active, pending_ownership, pending_validation
    bool configured = false;
    friend bool operator==(Certificate const&, Certificate const&) = default;
};

struct Region {
    std::string code;
    std::string name;
    bool deprecated = false;
    bool requires_paid_plan = false;
};

struct Placement {
    std::string region;
    int count = 0;
};

struct Lease {
    std::string nonce;
    std::string owner;
    std::string version;
    std::int64_t expires_at = 0;  ///< Unix seconds
};

struct ExecResult {
    int exit_code = 0;
    std::string out;
    std::string err;
};

/// One line that a machine wrote.
struct LogLine {
    std::string timestamp;
    std::string instance;  ///< the machine's id
    std::string message;
    friend bool operator==(LogLine const&, LogLine const&) = default;
};

struct LogPage {
    std::vector<LogLine> lines;  ///< oldest first
    std::string next_token;      ///< what to ask with for the lines that follow
};

struct Snapshot {
    std::string id;
    std::string status;
    std::string created_at;
};

/// What tokens/current tells of the caller.
struct TokenInfo {
    std::string organization;
    std::string org_slug;
    std::vector<std::string> apps;  ///< not empty: a token for these apps only, which cannot create others
    std::string user;
};

/// Addresses and secret digests of one app, from the bulk query that only GraphQL offers.
struct AppAudit {
    std::string app_name;
    std::vector<Ip> ips;
    std::vector<AppSecret> secrets;
};

}  // namespace dayfly::fly
