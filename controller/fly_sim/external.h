// What others do to Fly behind the controller's back: people with the dashboard, the proxy, the platform itself.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "controller/fly_sim/state.h"

namespace dayfly::fly_sim {

/// Each returns false (or an empty id) when there is nothing of that name. Lists follow after their usual lag.
class External {
public:
    explicit External(State& state) : state_(state) {}

    /// Gone at once, its volume free at once.
    bool remove_machine(std::string const& app, std::string const& id);
    bool remove_volume(std::string const& app, std::string const& id);
    bool remove_ip(std::string const& app, std::string const& address);
    bool remove_app(std::string const& app);
    bool remove_secret(std::string const& app, std::string const& name);
    bool set_secret(std::string const& app, std::string const& name, std::string const& value);
    /// Merges `patch` (RFC 7396) into the config as a new version; a started machine restarts.
    bool change_config(std::string const& app, std::string const& id, Json const& patch);
    bool set_metadata(std::string const& app, std::string const& id, std::string const& key, std::string const& value);
    /// To another host: same machine id, other volume id and private address; stopped and started again.
    bool migrate_machine(std::string const& app, std::string const& id);
    /// As the proxy does it for lack of traffic; "suspend" or "stop".
    bool idle_machine(std::string const& app, std::string const& id, bool suspend = false);
    /// As the proxy does it on a request.
    bool wake_machine(std::string const& app, std::string const& id);
    /// The main process ends.
    bool exit_machine(std::string const& app, std::string const& id, int exit_code, bool oom_killed = false);
    /// A line that the machine writes.
    bool add_log(std::string const& app, std::string const& id, std::string const& message);
    /// `requests` answered with `status` by an app, now.
    bool serve_requests(std::string const& app, int requests, int status = 200);
    /// How many requests that machine is busy with, from now on.
    bool set_concurrency(std::string const& app, std::string const& id, int requests);
    /// ok, unknown or unreachable.
    bool set_host_status(std::string const& app, std::string const& id, std::string const& status);
    bool set_checks_passing(std::string const& app, std::string const& id, bool passing);
    /// The host of that machine or volume has no room for anything more.
    bool fill_host_of(std::string const& app, std::string const& id, bool full = true);
    bool disable_deploys_on_host_of(std::string const& app, std::string const& id, bool disabled = true);
    void set_region_full(std::string const& region, bool machines, bool volumes);
    bool extend_volume(std::string const& app, std::string const& id, int size_gb);

    /// An app as if somebody had made it; false when the name is taken. A foreign organisation's app answers 403.
    bool seed_app(std::string const& name, std::string const& organisation, std::string const& network = "default");
    /// A started machine in any app; returns its id. `config` as a client would send it.
    std::string seed_machine(std::string const& app, std::string const& name, std::string const& region, Json const& config);
    std::string seed_volume(std::string const& app, std::string const& name, std::string const& region, int size_gb);

    /// Carries out {"remove_machine":{"app":…,"id":…}} and the like; unexpected: what was wrong with it.
    [[nodiscard]] std::expected<Json, std::string> perform(Json const& request);

private:
    Machine* machine(std::string const& app, std::string const& id);
    Volume* volume(std::string const& app, std::string const& id);

    State& state_;
};

}  // namespace dayfly::fly_sim
