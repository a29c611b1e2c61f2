// The simulated Fly on a loopback socket in this process, a directory of specs, and the real program in another process.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/fly_sim/cloud.h"
#include "controller/fly_sim/front.h"
#include "tests/bench/controller_process.h"

namespace dayfly::bench {

struct WorldOptions {
    fly_sim::Timings timings = {};
    milliseconds latency{0};
    bool tls = true;
};

class World {
public:
    /// Throws when the socket or the directory cannot be made.
    explicit World(WorldOptions options);
    ~World();

    /// Writes so many specs into the directory, one file each.
    void write_specs(std::size_t count);
    /// Replaces one spec as careful programs do: a temporary file and a rename. Returns the moment just before the rename.
    Instant replace_spec(std::size_t number, std::size_t revision);

    /// Starts the program with its defaults and these arguments more.
    void start(std::vector<std::string> const& arguments = {});
    void stop() { process_.reset(); }
    /// Serves until `done` holds; throws when it does not within `limit` or the program ends.
    void run(Instant::duration limit, std::function<bool()> const& done);
    void run_for(Instant::duration time);
    /// Until so many environments are ready, and the rest of what follows has happened too.
    void converge(std::size_t count);

    Clock& clock() { return clock_; }
    fly_sim::Cloud& cloud() { return cloud_; }
    ControllerProcess& process() { return *process_; }

private:
    [[nodiscard]] std::string file_of(std::size_t number) const;

    SystemClock clock_;
    Log log_{LogLevel::Off, LogFormat::Text};
    fly_sim::Cloud cloud_;
    bool tls_;
    std::filesystem::path directory_;
    boost::asio::io_context context_{1};
    std::unique_ptr<fly_sim::Front> front_;
    std::unique_ptr<ControllerProcess> process_;
};

}  // namespace dayfly::bench
