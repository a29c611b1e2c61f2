// The simulated Fly's memory: what exists, as plain values. The rules stand in the files named after the resources.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "controller/fly_sim/ids.h"
#include "controller/fly_sim/options.h"
#include "controller/fly_sim/outcome.h"
#include "controller/fly_sim/replicas.h"
#include "controller/fly_sim/runtime.h"
#include "controller/fly_sim/schedule.h"
#include "controller/fly_sim/traffic.h"
#include "controller/fly_sim/witness.h"

namespace dayfly::fly_sim {

struct Lease {
    std::string nonce;
    std::string owner;
    std::string description;
    WallTime expires{};
};

struct Machine {
    std::string id;
    std::string app;
    std::string app_id;
    std::string organisation;
    std::string name;
    std::string region;
    std::string host;
    std::string private_ip;
    std::string state = "created";
    std::string instance_id;
    std::string host_status = "ok";
    std::string volume;                  ///< the claimed volume's id, or empty
    std::shared_ptr<Json const> config;  ///< in the form Fly echoes
    WallTime created{};
    WallTime updated{};
    Instant born{};
    Instant startable{};         ///< a start before this moment is refused as "still active"
    std::uint64_t revision = 0;  ///< of its latest copy on the way to the lists
    bool cordoned = false;
    bool checks_passing = false;
    bool launch_after_replace = false;
    std::uint64_t ticket = 0;            ///< counts transitions planned; an older one no longer applies
    std::optional<Instant> due = {};     ///< the moment of the transition under way
    std::uint64_t secrets_version = 0;   ///< what this version was built with
    std::deque<Instant> restarts = {};   ///< by the restart policy, oldest first; within the window that counts
    std::optional<Exit> last_exit = {};  ///< of a process that ended while something else was under way
    std::string checks_output = {};      ///< what the last look at a really running machine found; empty: as modelled
    std::optional<Lease> lease = {};
    std::vector<std::shared_ptr<Json const>> events = {};                            ///< oldest first; of the current version
    std::vector<std::pair<std::string, std::shared_ptr<Json const>>> versions = {};  ///< oldest first

    [[nodiscard]] bool gone() const { return state == "destroyed"; }
    [[nodiscard]] bool going() const { return state == "destroyed" || state == "destroying"; }
};

struct Snapshot {
    std::string id;
    std::string status;
    WallTime created{};
    int size_gb = 0;
};

struct Volume {
    std::string id;
    std::string app;
    std::string app_id;
    std::string organisation;
    std::string name;
    std::string region;
    std::string host;
    std::string state = "created";
    std::string filesystem = "ext4";
    int size_gb = 0;
    int snapshot_retention = 5;
    bool encrypted = true;
    bool backups = true;
    std::string holder;          ///< machine id, or empty
    bool cramped = false;        ///< its host has no room for a machine beside it
    bool holder_gone = false;    ///< its holder is destroyed but not reaped yet
    std::uint64_t revision = 0;  ///< of its latest copy on the way to the lists
    Instant snapshot_queued_until{};
    WallTime snapshot_scheduled{};
    WallTime created{};
    WallTime updated{};
    std::vector<Snapshot> snapshots = {};

    /// On its way out: neither mountable nor counted nor billed.
    [[nodiscard]] bool going() const {
        return state == "scheduling_destroy" || state == "pending_destroy" || state == "destroying" || state == "destroyed";
    }
};

struct LogLine {
    std::uint64_t number = 0;  ///< goes up over all apps
    WallTime at{};
    std::string message;
    std::string level;
    std::string instance;  ///< machine id
    std::string region;
};

struct StoredSecret {
    std::string value;
    std::string digest;
    WallTime created{};
    WallTime updated{};
};

struct AssignedIp {
    std::string address;
    std::string type;
    std::string region;
    std::string network;
    std::string service;
    WallTime created{};
};

struct StoredCertificate {
    std::string hostname;
    std::string status = "pending_validation";
    WallTime created{};
};

struct App {
    std::string id;
    std::uint64_t numeric_id = 0;
    std::string name;
    std::string organisation;
    std::string network;
    std::string idempotency_key;
    std::string affinity;  ///< value of the fly_flaps_affinity cookie
    WallTime created{};
    Instant visible{};
    bool deleting = false;
    std::set<std::string> machines = {};                    ///< ids, destroyed ones too until they are reaped
    std::map<std::string, std::string> machine_names = {};  ///< name -> id, of machines that are not destroyed
    std::set<std::string> volumes = {};
    std::map<std::string, StoredSecret> secrets = {};
    std::uint64_t secrets_version = 0;
    std::vector<std::pair<Instant, std::uint64_t>> secrets_seen = {};  ///< when hosts see which version, oldest first
    std::vector<AssignedIp> ips = {};
    std::map<std::string, StoredCertificate> certificates = {};
    std::deque<LogLine> logs = {};  ///< oldest first
};

struct State {
    explicit State(CloudOptions chosen) : options(std::move(chosen)), ids(options.seed) {}

    CloudOptions options;
    Ids ids;
    Instant now{};
    WallTime wall{};
    Instant::duration wall_offset{};  ///< wall = now + offset
    std::uint64_t numbers = 1000;
    std::map<std::string, App> apps = {};
    std::unordered_map<std::string, Machine> machines = {};
    std::unordered_map<std::string, Volume> volumes = {};
    std::map<std::string, Instant> held_names = {};  ///< of deleted apps, until reusable
    std::set<std::string> full_hosts = {};
    std::set<std::string> disabled_hosts = {};                   ///< "deploys to this host are temporarily disabled"
    std::set<std::string> failing_hostnames = {};                ///< certificates that never validate
    std::map<std::string, std::vector<std::string>> hosts = {};  ///< per region
    Schedule schedule = {};
    Replicas replicas = {};
    Witness witness = {};
    Traffic traffic = {};
    bool proxy_looks = false;     ///< its next look is planned
    std::uint64_t log_lines = 0;  ///< ever written
    Runtime* runtime = nullptr;   ///< runs machines when there is one; outlives the cloud or is detached before it goes

    void set_time(Instant at);
    void set_time(Instant at, WallTime at_wall);
    [[nodiscard]] WallTime wall_at(Instant at) const;
    /// `base` with the configured jitter.
    [[nodiscard]] Instant::duration lasting(Instant::duration base);
    [[nodiscard]] bool is_own(std::string_view organisation) const;
    /// The slug that an API call means: "personal" stands for the token's own organisation.
    [[nodiscard]] std::string organisation(std::string const& slug) const;

    [[nodiscard]] App* app(std::string const& name);
    [[nodiscard]] Machine* machine(App const& app, std::string const& id);
    [[nodiscard]] Volume* volume(App const& app, std::string const& id);

    /// A change to be shown: sets the time of change and sends it on its way to the lists.
    void touch(Machine& machine);
    void touch(Volume& volume);
    void replicate(Machine& machine);
    void replicate(Volume& volume);
    void replicate(App const& app);
    /// The lists forget it, after the same lag.
    void forget(Step step, std::string app, std::string id);

private:
    void pass_on(Due due);

    std::uint64_t revisions_ = 0;
};

}  // namespace dayfly::fly_sim
