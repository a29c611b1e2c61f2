// What really runs a machine's program, when something does. The cloud tells it what to do and is told what happened; a cloud
// without one keeps to its model, in which every program boots and runs for ever.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/fly_sim/outcome.h"

namespace dayfly::fly_sim {

/// All that a machine's program gets to see.
struct Launch {
    std::string app;
    std::string machine;
    std::string region;
    std::string version;                         ///< the machine's instance_id
    std::string volume;                          ///< id; empty: none
    std::shared_ptr<Json const> config;          ///< as Fly echoes it
    std::map<std::string, std::string> secrets;  ///< the app's, in the clear
};

/// How a main process ended.
struct Exit {
    int code = 0;     ///< 128 + signal when a signal ended it
    int signal = -1;  ///< -1: none
    bool oom_killed = false;
};

struct ExecRequest {
    std::vector<std::string> command;
    std::string input;
    milliseconds limit{30'000};
};

/// A command running in a machine; the runtime fills in the report when it has ended.
struct ExecTicket {
    struct Report {
        int code = 0;
        int signal = 0;
        std::string out;
        std::string err;
        bool timed_out = false;
    };
    std::optional<Report> report;
};

/// Calls return at once. What comes of them is told to Cloud::process_exited and Cloud::add_log, and never from inside a call.
class Runtime {
public:
    Runtime() = default;
    Runtime(Runtime const&) = delete;
    Runtime& operator=(Runtime const&) = delete;
    virtual ~Runtime() = default;

    /// Whether machines of that config are run here; the others stay a model.
    [[nodiscard]] virtual bool runs(Json const& config) const = 0;
    /// Starts the main process on a fresh root. A process that is still there is killed first, and its exit is not told.
    /// Unexpected: why it cannot be started.
    [[nodiscard]] virtual std::expected<void, std::string> launch(Launch launch) = 0;
    /// Sends `signal`, and after `limit` ends whatever is left. False: there is no process.
    virtual bool stop(std::string const& machine, int signal, milliseconds limit) = 0;
    virtual void signal(std::string const& machine, int number) = 0;
    virtual void suspend(std::string const& machine) = 0;
    /// False: there is no suspended process, so it has to be launched.
    [[nodiscard]] virtual bool resume(std::string const& machine) = 0;
    [[nodiscard]] virtual std::shared_ptr<ExecTicket const> exec(std::string const& machine, ExecRequest request) = 0;
    /// Its process and its root are gone for good.
    virtual void remove_machine(std::string const& machine) = 0;
    virtual void remove_volume(std::string const& volume) = 0;
    virtual void copy_volume(std::string const& from, std::string const& to) = 0;
};

}  // namespace dayfly::fly_sim
