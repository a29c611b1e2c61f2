// A world to simulate in: one Fly on a virtual clock, and one process of ours after another that may die at any moment.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "controller/base/log.h"
#include "controller/base/random.h"
#include "controller/fly_rest/rate_limited_wire.h"
#include "controller/fly_rest/rest_api.h"
#include "controller/fly_sim/cloud.h"
#include "controller/fly_sim/in_process_wire.h"
#include "controller/reconcile/controller.h"
#include "tests/support/virtual_clock.h"

namespace dayfly::test {

struct WorldOptions {
    fly_sim::CloudOptions cloud = {};
    reconcile::ControllerOptions controller = {};
    milliseconds latency{10};
    std::uint64_t seed = 1;
    bool clocks = false;                     ///< environments go to sleep and expire
    std::chrono::seconds publish_every{10};  ///< how often the sources confirm what they have
    std::set<std::string> sources{"test"};
    reconcile::SecretSourceOptions secrets{.directory = {}, .stand_in = {}, .allowed_env = {"*"}};
    reconcile::Observer* observer = nullptr;  ///< told by every process; null: nobody
};

class World {
public:
    explicit World(WorldOptions options = {});
    ~World();

    /// What the source holds from now on; published at once by a running process and again with every confirmation.
    void want(std::vector<specs::PreviewEnvironment> environments, bool complete = true);
    /// What one of the sources holds from now on, as it was read.
    void want_snapshot(source::Snapshot snapshot);
    /// YAML text instead; the test fails on problems.
    void want_yaml(std::string const& yaml, bool complete = true);
    /// Publishes without waiting for the next confirmation.
    void publish_now();

    /// Made for each process from now on and gone with it: whatever works beside the controller. It spawns on the executor.
    using Beside = std::function<std::shared_ptr<void>(boost::asio::any_io_executor executor, reconcile::Controller& controller,
                                                       Log& log)>;
    void set_beside(Beside beside) { beside_ = std::move(beside); }
    /// Starts our process with an empty memory.
    void start();
    /// Ends it as kill -9 does: nothing of it runs any more.
    void kill();
    /// Ends it as SIGTERM does; returns true when it ended within a minute.
    bool stop();
    [[nodiscard]] bool running() const { return process_ != nullptr; }

    /// Lets time pass until `done` or for `limit`; returns done(). Ends early when the process has died.
    bool run(Instant::duration limit, std::function<bool()> const& done);
    void run_for(Instant::duration time);
    /// Until every environment is Ready and nothing waits to be done.
    bool converge(Instant::duration limit = std::chrono::minutes(30));
    /// Until the cloud holds no app of ours.
    bool until_gone(Instant::duration limit = std::chrono::minutes(30));

    fly_sim::Cloud& cloud() { return cloud_; }
    VirtualClock& clock() { return clock_; }
    reconcile::Controller& controller();
    fleet::Fleet& fleet();
    [[nodiscard]] reconcile::Environment const* environment(std::string const& name);
    /// Called at every moment of every exchange of the running and of later processes.
    void intercept(fly_sim::Interceptor interceptor) { interceptor_ = std::move(interceptor); }
    /// True once an interceptor said Die and the process was not yet replaced.
    [[nodiscard]] bool dead() const { return dead_; }

    std::map<std::string, std::string>& variables() { return variables_; }
    /// Everything that was logged, at debug level.
    [[nodiscard]] std::string const& log() const { return log_text_; }
    /// The cloud's state with ids, times and versions masked: what two runs must agree on.
    [[nodiscard]] std::string end_state() const;
    [[nodiscard]] nlohmann::json apps() const;

private:
    struct Process;
    void publish_all(bool changed);

    WorldOptions options_;
    VirtualClock clock_;
    fly_sim::Cloud cloud_;
    std::map<std::string, std::string> variables_;
    std::map<std::string, std::shared_ptr<source::Snapshot const>> snapshots_;  ///< by source
    fly_sim::Interceptor interceptor_;
    Beside beside_;
    bool dead_ = false;
    std::string log_text_;
    std::unique_ptr<Process> process_;
};

/// A minimal image preview; `spec` is more YAML below `spec:`, indented by two.
[[nodiscard]] std::string image_yaml(std::string const& name, std::string const& spec = "");

}  // namespace dayfly::test
