// Machines whose program is run by something: what the cloud tells it, and what its reports make of a machine. The runtime here
// is a model, so that all of it happens on virtual time.
#include "controller/fly_sim/runtime.h"

#include "tests/unit/fly_sim/sim_fixture.h"

namespace dayfly::fly_sim {
namespace {

/// Does what it is told and writes it down.
class ModelRuntime final : public Runtime {
public:
    [[nodiscard]] bool runs(Json const& config) const override { return config.contains("files"); }
    [[nodiscard]] std::expected<void, std::string> launch(Launch launch) override {
        if (!broken.empty()) return std::unexpected(broken);
        told.push_back("launch");
        running = true;
        last = std::move(launch);
        return {};
    }
    bool stop(std::string const&, int signal, milliseconds limit) override {
        if (!running) return false;
        told.push_back("stop " + std::to_string(signal) + " " + std::to_string(limit.count()));
        return true;
    }
    void signal(std::string const&, int number) override { told.push_back("signal " + std::to_string(number)); }
    void suspend(std::string const&) override {
        told.emplace_back("suspend");
        suspended = true;
    }
    [[nodiscard]] bool resume(std::string const&) override {
        if (!suspended) return false;
        told.emplace_back("resume");
        suspended = false;
        return true;
    }
    [[nodiscard]] std::shared_ptr<ExecTicket const> exec(std::string const&, ExecRequest request) override {
        asked = std::move(request);
        ticket = std::make_shared<ExecTicket>();
        return ticket;
    }
    void remove_machine(std::string const&) override { told.emplace_back("remove"); }
    void remove_volume(std::string const& volume) override { told.push_back("remove " + volume); }
    void copy_volume(std::string const& from, std::string const& to) override { told.push_back("copy " + from + " " + to); }

    std::vector<std::string> told;
    std::string broken;
    bool running = false;
    bool suspended = false;
    Launch last;
    ExecRequest asked;
    std::shared_ptr<ExecTicket> ticket;
};

Json const program{{"files", {{{"guest_path", "/run.sh"}, {"raw_value", "Cg=="}}}},
                   {"init", {{"exec", {"/bin/sh", "/run.sh"}}}}};

class Running : public testing::Test {
protected:
    Running() {
        sim_.cloud.attach(runtime_, sim_.now);
        sim_.app();
    }
    ~Running() override { sim_.cloud.detach(); }

    std::string started(Json const& more = Json::object()) { return sim_.started(with(with(small_config(), program), more)); }
    void exits(std::string const& id, Exit const& exit) {
        runtime_.running = false;
        sim_.cloud.process_exited(id, exit, sim_.now);
    }
    Json exit_event(std::string const& id) {
        for (auto const& event : sim_.machine(id)["events"]) {
            if (event["type"] == "exit") return event["request"]["exit_event"];
        }
        return {};
    }

    Sim sim_;
    ModelRuntime runtime_;
};

TEST_F(Running, LaunchesWhenTheMachineHasBootedWithTheAppsSecrets) {
    sim_.post("/v1/apps/shop/secrets", {{"values", {{"KEY", "value"}}}});
    auto const id = sim_.make_machine(with(small_config(), program)).json()["id"].get<std::string>();
    sim_.pass(1s);
    EXPECT_TRUE(runtime_.told.empty()) << "it is still booting";
    sim_.pass(1s);
    EXPECT_EQ(runtime_.told, std::vector<std::string>{"launch"});
    EXPECT_EQ(runtime_.last.machine, id);
    EXPECT_EQ(runtime_.last.app, "shop");
    EXPECT_EQ(runtime_.last.secrets.at("KEY"), "value");
    EXPECT_EQ(sim_.machine(id)["state"], "started");
}

TEST_F(Running, LeavesOtherMachinesAModel) {
    auto const id = sim_.started(small_config());
    sim_.post(Sim::at(id, "/stop"));
    sim_.pass(10s);
    EXPECT_TRUE(runtime_.told.empty());
    EXPECT_EQ(sim_.machine(id)["state"], "stopped");
}

TEST_F(Running, ALaunchThatIsRefusedFailsTheMachineAndSaysWhy) {
    runtime_.broken = "no bubblewrap";
    auto const id = started();
    EXPECT_EQ(sim_.machine(id)["state"], "failed");
    auto const logs = sim_.get("/api/v1/apps/shop/logs").json();
    EXPECT_EQ(logs["data"][0]["attributes"]["message"], "ERROR could not start the machine: no bubblewrap");
    EXPECT_EQ(logs["data"][0]["attributes"]["level"], "error");
}

TEST_F(Running, AStopLastsUntilTheProcessHasEnded) {
    auto const id = started({{"stop_config", {{"signal", "SIGTERM"}, {"timeout", "20s"}}}});
    sim_.post(Sim::at(id, "/stop"));
    EXPECT_EQ(runtime_.told.back(), "stop 15 20000");
    sim_.pass(15s);
    EXPECT_EQ(sim_.machine(id)["state"], "stopping");
    exits(id, {.code = 3});
    EXPECT_EQ(sim_.machine(id)["state"], "stopped");
    EXPECT_EQ(exit_event(id)["exit_code"], 3);
    EXPECT_EQ(exit_event(id)["requested_stop"], true);
}

TEST_F(Running, AStopWhoseEndIsNeverToldIsOverAfterItsLimit) {
    auto const id = started();
    sim_.post(Sim::at(id, "/stop"), {{"signal", "SIGTERM"}, {"timeout", "2s"}});
    EXPECT_EQ(runtime_.told.back(), "stop 15 2000");
    sim_.pass(7s);
    EXPECT_EQ(sim_.machine(id)["state"], "stopped");
}

TEST_F(Running, APolicyDecidesWhetherAProcessThatEndsIsStartedAgain) {
    auto const id = started({{"restart", {{"policy", "on-failure"}, {"max_retries", 2}}}});
    for (int run = 0; run < 2; ++run) {
        exits(id, {.code = 23});
        EXPECT_EQ(exit_event(id)["restarting"], true);
        EXPECT_EQ(sim_.machine(id)["state"], "starting");
        sim_.pass(1s);
        EXPECT_EQ(sim_.machine(id)["state"], "started");
    }
    exits(id, {.code = 23});
    EXPECT_EQ(sim_.machine(id)["state"], "stopped");
    EXPECT_EQ(exit_event(id)["exit_code"], 23);
    EXPECT_EQ(exit_event(id)["restarting"], false);
    EXPECT_EQ(exit_event(id)["oom_killed"], false);
    EXPECT_EQ(std::ranges::count(runtime_.told, "launch"), 3);
}

TEST_F(Running, ASuspendedProcessGoesOnAndIsNotStartedAnew) {
    auto const id = started();
    sim_.post(Sim::at(id, "/suspend"));
    sim_.pass(1s);
    EXPECT_EQ(sim_.machine(id)["state"], "suspended");
    sim_.post(Sim::at(id, "/start"));
    sim_.pass(1s);
    EXPECT_EQ(sim_.machine(id)["state"], "started");
    EXPECT_EQ(runtime_.told, (std::vector<std::string>{"launch", "suspend", "resume"}));
}

TEST_F(Running, AnUpdateStopsTheOldProgramAndLaunchesTheNewOne) {
    auto const id = started();
    auto const version = sim_.machine(id)["instance_id"].get<std::string>();
    sim_.post(Sim::at(id), {{"config", with(with(small_config(), program), {{"env", {{"A", "1"}}}})}});
    EXPECT_EQ(runtime_.told.back(), "stop 2 5000");
    exits(id, {.code = 130, .signal = 2});
    sim_.pass(10s);
    EXPECT_EQ(sim_.machine(id)["state"], "started");
    EXPECT_EQ(exit_event(id)["exit_code"], 130);
    EXPECT_EQ(exit_event(id)["guest_signal"], 2);
    EXPECT_NE(runtime_.last.version, version);
    EXPECT_EQ((*runtime_.last.config)["env"]["A"], "1");
}

TEST_F(Running, ARestartEndsTheProcessFirst) {
    auto const id = started();
    sim_.post(Sim::at(id, "/restart"));
    sim_.pass(1s);
    EXPECT_EQ(sim_.machine(id)["state"], "restarting");
    exits(id, {.code = 0});
    sim_.pass(1s);
    EXPECT_EQ(sim_.machine(id)["state"], "started");
    EXPECT_EQ(runtime_.told, (std::vector<std::string>{"launch", "stop 2 5000", "launch"}));
}

TEST_F(Running, ASignalGoesToTheProcessAndDecidesNothingByItself) {
    auto const id = started();
    sim_.post(Sim::at(id, "/signal"), {{"signal", "SIGUSR1"}});
    sim_.post(Sim::at(id, "/signal"), {{"signal", 9}});
    EXPECT_EQ(runtime_.told, (std::vector<std::string>{"launch", "signal 10", "signal 9"}));
    EXPECT_EQ(sim_.machine(id)["state"], "started");
    EXPECT_EQ(sim_.post(Sim::at(id, "/signal"), {{"signal", "SIGWHAT"}}).status(), 400);
}

TEST_F(Running, DestroyingEndsTheProcessAndForgetsTheMachine) {
    auto const id = started();
    sim_.erase(Sim::at(id, "?force=true"));
    EXPECT_EQ(runtime_.told.back(), "stop 9 0");
    sim_.pass(10s);
    EXPECT_EQ(runtime_.told.back(), "remove");
}

TEST_F(Running, ChecksAreWhatSomebodyHasSeen) {
    Json const service{{"internal_port", 8080}, {"protocol", "tcp"}, {"checks", {{{"type", "http"}, {"path", "/"}}}}};
    auto const id = started({{"services", {service}}});
    sim_.pass(1h);
    EXPECT_EQ(sim_.machine(id)["checks"][0]["status"], "critical") << "nobody has looked yet";
    sim_.cloud.checks_seen(id, true, "HTTP GET /: 200", sim_.now);
    EXPECT_EQ(sim_.machine(id)["checks"][0]["status"], "passing");
    EXPECT_EQ(sim_.machine(id)["checks"][0]["output"], "HTTP GET /: 200");
}

TEST_F(Running, ExecAnswersWhenTheCommandHasEnded) {
    auto const id = started();
    auto outcome = sim_.send("POST", Sim::at(id, "/exec"), {{"command", {"ls", "-l"}}, {"stdin", "in"}, {"timeout", 7}});
    ASSERT_TRUE(std::holds_alternative<Pending>(outcome));
    EXPECT_EQ(runtime_.asked.command, (std::vector<std::string>{"ls", "-l"}));
    EXPECT_EQ(runtime_.asked.input, "in");
    EXPECT_EQ(runtime_.asked.limit, 7s);
    sim_.pass(3s);
    outcome = sim_.cloud.resume(std::get<Pending>(outcome), sim_.now, sim_.wall());
    ASSERT_TRUE(std::holds_alternative<Pending>(outcome)) << "it still runs";
    runtime_.ticket->report = {.code = 2, .out = "out", .err = "err"};
    auto const answer = sim_.finish(outcome);
    EXPECT_EQ(answer.status(), 200);
    EXPECT_EQ(answer.json(), (Json{{"exit_code", 2}, {"exit_signal", 0}, {"stdout", "out"}, {"stderr", "err"}}));
}

TEST_F(Running, ExecThatTakesTooLongIsATimeOut) {
    auto const id = started();
    auto outcome = sim_.send("POST", Sim::at(id, "/exec"), {{"command", {"sleep"}}, {"timeout", 1}});
    EXPECT_EQ(sim_.finish(std::move(outcome)).status(), 408);
    sim_.post(Sim::at(id, "/stop"));
    exits(id, {});
    EXPECT_EQ(error_of(sim_.post(Sim::at(id, "/exec"), {{"command", {"ls"}}})), "failed_precondition: machine not running");
}

TEST_F(Running, AVolumesDataGoesWithTheVolume) {
    auto const volume = sim_.volume();
    auto const fork = sim_.post("/v1/apps/shop/volumes", {{"source_volume_id", volume}, {"region", "fra"}}).json()["id"];
    EXPECT_EQ(runtime_.told.back(), "copy " + volume + " " + fork.get<std::string>());
    sim_.erase("/v1/apps/shop/volumes/" + volume);
    sim_.pass(23h);
    EXPECT_EQ(std::ranges::count(runtime_.told, "remove " + volume), 0) << "it can still be brought back";
    sim_.pass(2h);
    EXPECT_EQ(runtime_.told.back(), "remove " + volume);
}

TEST_F(Running, AHostThatComesUpAgainLaunchesWhatWasStarted) {
    auto const id = started();
    auto const saved = sim_.cloud.save_state();
    Sim again;
    again.now = sim_.now;
    ModelRuntime runtime;
    ASSERT_TRUE(again.cloud.load_state(saved, again.now, again.wall()));
    again.cloud.attach(runtime, again.now);
    again.pass(1s);
    EXPECT_EQ(runtime.told, std::vector<std::string>{"launch"});
    EXPECT_EQ(again.machine(id)["state"], "started");
    again.cloud.detach();
}

}  // namespace
}  // namespace dayfly::fly_sim
