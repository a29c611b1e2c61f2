// The programs of a simulated Fly's machines as a script on virtual time: what the boot program reports when, and when it ends
// how.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controller/fly_sim/cloud.h"
#include "controller/fly_sim/runtime.h"
#include "tests/support/virtual_clock.h"

namespace dayfly::test {

/// What the program does from one launch on; times are seconds since that launch.
struct Script {
    std::function<std::string(std::int64_t since)> report = [](std::int64_t) { return std::string(); };
    std::int64_t ends_after = -1;  ///< -1: never
    int code = 0;
    std::vector<std::string> log = {};  ///< written when it ends
};

class ScriptedRuntime final : public fly_sim::Runtime {
public:
    ScriptedRuntime(fly_sim::Cloud& cloud, VirtualClock& clock) : cloud_(cloud), clock_(clock) {
        cloud_.attach(*this, clock_.now());
    }
    ~ScriptedRuntime() override { cloud_.detach(); }

    /// For this and all later launches.
    void play(Script script) { script_ = std::move(script); }
    /// Lets happen what is due; to be called while time passes.
    void tick() {
        for (auto& [machine, process] : processes_) {
            if (!process.running || process.script.ends_after < 0 || since(process) < process.script.ends_after) continue;
            end(machine, {.code = process.script.code});
        }
    }
    /// The program of that machine ends now.
    void end(std::string const& machine, fly_sim::Exit const& exit) {
        auto& process = processes_.at(machine);
        process.running = false;
        for (auto const& line : process.script.log) cloud_.add_log(machine, line, clock_.now());
        cloud_.process_exited(machine, exit, clock_.now());
    }

    [[nodiscard]] bool runs(fly_sim::Json const&) const override { return true; }
    [[nodiscard]] std::expected<void, std::string> launch(fly_sim::Launch launch) override {
        ++launches;
        last_machine = launch.machine;
        processes_[launch.machine] = {.script = script_, .began = clock_.now(), .running = true};
        return {};
    }
    bool stop(std::string const& machine, int, milliseconds) override {
        auto& process = processes_[machine];
        if (!process.running) return false;
        process.script.ends_after = 0;
        process.script.code = 143;
        process.script.log.clear();
        return true;
    }
    void signal(std::string const&, int) override {}
    void suspend(std::string const&) override {}
    [[nodiscard]] bool resume(std::string const&) override { return false; }
    [[nodiscard]] std::shared_ptr<fly_sim::ExecTicket const> exec(std::string const& machine,
                                                                  fly_sim::ExecRequest request) override {
        ++execs;
        asked = std::move(request);
        auto ticket = std::make_shared<fly_sim::ExecTicket>();
        auto const& process = processes_[machine];
        ticket->report = fly_sim::ExecTicket::Report{};
        ticket->report->out = process.script.report(since(process));
        return ticket;
    }
    void remove_machine(std::string const& machine) override { processes_.erase(machine); }
    void remove_volume(std::string const&) override {}
    void copy_volume(std::string const&, std::string const&) override {}

    int launches = 0;
    int execs = 0;
    std::string last_machine;
    fly_sim::ExecRequest asked;

private:
    struct Process {
        Script script;
        Instant began{};
        bool running = false;
    };
    [[nodiscard]] std::int64_t since(Process const& process) const {
        return std::chrono::duration_cast<std::chrono::seconds>(clock_.now() - process.began).count();
    }

    fly_sim::Cloud& cloud_;
    VirtualClock& clock_;
    Script script_;
    std::map<std::string, Process> processes_;
};

}  // namespace dayfly::test
