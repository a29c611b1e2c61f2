// A machine's states, one edge after the other, with the exact refusals.
#include "tests/unit/fly_sim/sim_fixture.h"

namespace dayfly::fly_sim {
namespace {

Json const big{{"guest", {{"cpu_kind", "shared"}, {"cpus", 2}, {"memory_mb", 4096}}}};

TEST(MachineLife, BootsFromCreatedOverStartingToStarted) {
    Sim sim;
    sim.app();
    auto const created = sim.make_machine(small_config());
    EXPECT_EQ(created.status(), 200);
    EXPECT_EQ(created.json()["state"], "created");
    auto const id = created.json()["id"].get<std::string>();
    EXPECT_EQ(id.size(), 14u);
    EXPECT_EQ(created.json()["instance_id"].get<std::string>().size(), 26u);
    sim.pass(999ms);
    EXPECT_EQ(sim.machine(id)["state"], "created");
    sim.pass(1ms);
    EXPECT_EQ(sim.machine(id)["state"], "starting");
    sim.pass(1s);
    EXPECT_EQ(sim.machine(id)["state"], "started");
}

TEST(MachineLife, EventsComeNewestFirst) {
    Sim sim;
    sim.app();
    auto const id = sim.started(small_config());
    auto const events = sim.get(Sim::at(id, "/events")).json();
    ASSERT_EQ(events.size(), 4u);
    EXPECT_EQ(events[0]["type"], "start");
    EXPECT_EQ(events[0]["status"], "started");
    EXPECT_EQ(events[3]["type"], "launch");
    EXPECT_EQ(events[3]["source"], "user");
    EXPECT_GT(events[0]["id"], events[1]["id"]);
    EXPECT_EQ(sim.get(Sim::at(id, "/events?limit=1")).json().size(), 1u);
    EXPECT_EQ(sim.machine(id)["events"], events);
}

TEST(MachineLife, SkipLaunchPreparesAndEndsStopped) {
    Sim sim;
    sim.app();
    auto const id = sim.make_machine(small_config(), "web-0", {{"skip_launch", true}}).json()["id"].get<std::string>();
    EXPECT_EQ(error_of(sim.post(Sim::at(id, "/start"))),
              "failed_precondition: unable to start machine from current state: 'created'");
    sim.pass(1s);
    EXPECT_EQ(sim.machine(id)["state"], "stopped");
    EXPECT_EQ(sim.post(Sim::at(id, "/start")).json()["previous_state"], "stopped");
    sim.pass(1s);
    EXPECT_EQ(sim.machine(id)["state"], "started");
}

TEST(MachineLife, SkipLaunchMayStayCreated) {
    auto options = quiet();
    options.quirks.skip_launch_stays_created = true;
    Sim sim(options);
    sim.app();
    auto const id = sim.make_machine(small_config(), "web-0", {{"skip_launch", true}}).json()["id"].get<std::string>();
    sim.pass(1h);
    EXPECT_EQ(sim.machine(id)["state"], "created");
}

TEST(MachineLife, SkipServiceRegistrationCordonsUntilUncordoned) {
    Sim sim;
    sim.app();
    auto const id =
        sim.make_machine(small_config(), "web-0", {{"skip_service_registration", true}}).json()["id"].get<std::string>();
    EXPECT_EQ(sim.machine(id)["cordoned"], true);
    sim.post(Sim::at(id, "/uncordon"));
    EXPECT_FALSE(sim.machine(id).contains("cordoned"));
    sim.post(Sim::at(id, "/cordon"));
    EXPECT_EQ(sim.machine(id)["cordoned"], true);
}

TEST(MachineLife, AStopThatIsDoneIsNotYetStartable) {
    Sim sim;
    sim.app();
    auto const id = sim.started(small_config());
    auto const version = sim.machine(id)["instance_id"];
    EXPECT_EQ(sim.post(Sim::at(id, "/stop"), {{"timeout", "10s"}}).json(), Json({{"ok", true}}));
    EXPECT_EQ(sim.machine(id)["state"], "stopping");
    EXPECT_EQ(error_of(sim.post(Sim::at(id, "/start"))),
              "failed_precondition: unable to start machine from current state: 'stopping'");
    sim.pass(1s);
    auto const stopped = sim.machine(id);
    EXPECT_EQ(stopped["state"], "stopped");
    EXPECT_EQ(stopped["events"][0]["request"]["exit_event"]["requested_stop"], true);
    auto const early = sim.post(Sim::at(id, "/start"));
    EXPECT_EQ(early.status(), 412);
    EXPECT_EQ(error_of(early), "failed_precondition: machine still active, refusing to start");
    sim.pass(7999ms);
    EXPECT_EQ(sim.post(Sim::at(id, "/start")).status(), 412);
    sim.pass(1ms);
    EXPECT_EQ(sim.post(Sim::at(id, "/start")).status(), 200);
    EXPECT_EQ(error_of(sim.post(Sim::at(id, "/start"))), "failed_precondition: machine still attempting to start");
    sim.pass(1s);
    EXPECT_EQ(sim.machine(id)["state"], "started");
    EXPECT_EQ(sim.machine(id)["instance_id"], version);
}

TEST(MachineLife, StoppingWithAnArrayIsGosDecodingError) {
    Sim sim;
    sim.app();
    auto const id = sim.started(small_config());
    auto const answer = sim.post(Sim::at(id, "/stop"), Json::array());
    EXPECT_EQ(answer.status(), 400);
    EXPECT_EQ(error_of(answer), "json: cannot unmarshal array into Go value of type main.stopRequest");
}

TEST(MachineLife, StartingAStartedMachineIsASwitch) {
    for (int const status : {200, 412}) {
        auto options = quiet();
        options.quirks.start_started_status = status;
        Sim sim(options);
        sim.app();
        auto const id = sim.started(small_config());
        EXPECT_EQ(sim.post(Sim::at(id, "/start")).status(), status);
        EXPECT_EQ(sim.machine(id)["state"], "started");
    }
}

TEST(MachineLife, SuspendsAndStartsAgainWithoutAWindow) {
    Sim sim;
    sim.app();
    auto const id = sim.started(small_config());
    EXPECT_EQ(sim.post(Sim::at(id, "/suspend")).status(), 200);
    EXPECT_EQ(sim.machine(id)["state"], "suspending");
    sim.pass(1s);
    EXPECT_EQ(sim.machine(id)["state"], "suspended");
    EXPECT_EQ(sim.post(Sim::at(id, "/start")).status(), 200);
    sim.pass(1s);
    EXPECT_EQ(sim.machine(id)["state"], "started");
}

TEST(MachineLife, WhatCannotBeSuspendedIsRefused) {
    Sim sim;
    sim.app();
    auto const large = sim.started(with(small_config(), big), "large");
    auto const swapping = sim.started(with(small_config(), {{"init", {{"swap_size_mb", 512}}}}), "swapping");
    auto const scheduled = sim.started(with(small_config(), {{"schedule", "daily"}}), "scheduled");
    for (auto const& id : {large, swapping, scheduled}) EXPECT_EQ(sim.post(Sim::at(id, "/suspend")).status(), 400) << id;
}

TEST(MachineLife, StoppingASuspendedMachineDropsItsSnapshotAtOnce) {
    Sim sim;
    sim.app();
    auto const id = sim.started(small_config());
    sim.post(Sim::at(id, "/suspend"));
    sim.pass(1s);
    sim.post(Sim::at(id, "/stop"));
    EXPECT_EQ(sim.machine(id)["state"], "stopped");
}

TEST(MachineLife, RestartKeepsTheVersion) {
    Sim sim;
    sim.app();
    auto const id = sim.started(small_config());
    auto const version = sim.machine(id)["instance_id"];
    EXPECT_EQ(sim.post(Sim::at(id, "/restart")).status(), 200);
    EXPECT_EQ(sim.machine(id)["state"], "restarting");
    sim.pass(2s);
    EXPECT_EQ(sim.machine(id)["state"], "started");
    EXPECT_EQ(sim.machine(id)["instance_id"], version);
}

TEST(MachineLife, SignalsByNameAndByNumberEndTheProcess) {
    Sim sim;
    sim.app();
    auto const id = sim.started(with(small_config(), {{"restart", {{"policy", "no"}}}}));
    EXPECT_EQ(sim.post(Sim::at(id, "/signal"), {{"signal", "SIGUSR1"}}).status(), 200);
    EXPECT_EQ(sim.machine(id)["state"], "started");
    EXPECT_EQ(sim.post(Sim::at(id, "/signal"), {{"signal", 9}}).status(), 200);
    EXPECT_EQ(sim.machine(id)["state"], "stopped");
    EXPECT_EQ(sim.machine(id)["events"][0]["request"]["exit_event"]["exit_code"], 137);
}

TEST(MachineLife, ExecNeedsARunningMachine) {
    auto options = quiet();
    options.exec_stdout = "hello\n";
    Sim sim(options);
    sim.app();
    auto const id = sim.make_machine(small_config()).json()["id"].get<std::string>();
    auto const early = sim.post(Sim::at(id, "/exec"), {{"command", {"ls"}}});
    EXPECT_EQ(early.status(), 412);
    EXPECT_EQ(error_of(early), "failed_precondition: machine not running");
    sim.pass(10s);
    auto const done = sim.post(Sim::at(id, "/exec"), {{"command", {"ls"}}}).json();
    EXPECT_EQ(done["exit_code"], 0);
    EXPECT_EQ(done["stdout"], "hello\n");
    EXPECT_EQ(sim.post(Sim::at(id, "/exec"), Json::object()).status(), 400);
}

TEST(MachineLife, ARunningMachineIsDestroyedOnlyByForce) {
    Sim sim;
    sim.app();
    auto const id = sim.started(small_config());
    auto const refused = sim.erase(Sim::at(id));
    EXPECT_EQ(refused.status(), 412);
    EXPECT_EQ(error_of(refused),
              "failed_precondition: unable to destroy machine, not currently stopped, suspended, failed or created");
    EXPECT_EQ(sim.erase(Sim::at(id, "?kill=false")).status(), 412);
    EXPECT_EQ(sim.erase(Sim::at(id, "?kill=true")).json(), Json({{"ok", true}}));
    EXPECT_EQ(sim.machine(id)["state"], "destroying");
    EXPECT_EQ(sim.erase(Sim::at(id, "?force=true")).status(), 200);
}

TEST(MachineLife, ADestroyedMachineStaysVisibleForAWhileAndThenIsGone) {
    Sim sim;
    sim.app();
    auto const id = sim.started(small_config());
    sim.erase(Sim::at(id, "?force=true"));
    sim.pass(2s);
    EXPECT_EQ(sim.get(Sim::at(id)).status(), 200);
    EXPECT_EQ(sim.machine(id)["state"], "destroyed");
    EXPECT_EQ(sim.get("/v1/apps/shop/machines").json().size(), 0u);
    EXPECT_EQ(sim.get("/v1/apps/shop/machines?include_deleted=true").json().size(), 1u);
    EXPECT_EQ(sim.get("/v1/orgs/personal/machines?include_deleted=true").json()["machines"].size(), 1u);
    EXPECT_EQ(sim.erase(Sim::at(id)).status(), 404);
    sim.pass(61s);
    EXPECT_EQ(sim.get(Sim::at(id)).status(), 404);
    EXPECT_EQ(error_of(sim.get(Sim::at(id))), "machine not found");
    EXPECT_EQ(sim.get("/v1/apps/shop/machines?include_deleted=true").json().size(), 0u);
}

TEST(MachineLife, AnExitFollowsTheRestartPolicy) {
    Sim sim;
    sim.app();
    auto const by_default = sim.started(small_config(), "a");
    sim.cloud.external().exit_machine("shop", by_default, 1, true);
    EXPECT_EQ(sim.machine(by_default)["state"], "starting");
    EXPECT_EQ(sim.machine(by_default)["events"][0]["request"]["exit_event"]["oom_killed"], true);
    sim.pass(1s);
    EXPECT_EQ(sim.machine(by_default)["state"], "started");
    sim.cloud.external().exit_machine("shop", by_default, 0);
    EXPECT_EQ(sim.machine(by_default)["state"], "stopped");

    auto const once = sim.started(with(small_config(), {{"restart", {{"policy", "on-failure"}, {"max_retries", 1}}}}), "b");
    sim.cloud.external().exit_machine("shop", once, 1);
    sim.pass(1s);
    sim.cloud.external().exit_machine("shop", once, 1);
    EXPECT_EQ(sim.machine(once)["state"], "stopped");

    auto const vanishing = sim.started(with(small_config(), {{"restart", {{"policy", "no"}}}, {"auto_destroy", true}}), "c");
    sim.cloud.external().exit_machine("shop", vanishing, 0);
    sim.pass(1s);
    EXPECT_EQ(sim.machine(vanishing)["state"], "destroyed");
}

TEST(MachineLife, RestartsCountWithinFiveMinutesOnly) {
    Sim sim;
    sim.app();
    auto const id = sim.started(with(small_config(), {{"restart", {{"policy", "on-failure"}, {"max_retries", 1}}}}));
    for (int i = 0; i < 3; ++i) {
        sim.cloud.external().exit_machine("shop", id, 1);
        EXPECT_EQ(sim.machine(id)["state"], "starting");
        sim.pass(5min);
    }
    sim.cloud.external().exit_machine("shop", id, 1);
    sim.pass(4min);
    sim.cloud.external().exit_machine("shop", id, 1);
    EXPECT_EQ(sim.machine(id)["state"], "stopped");
}

TEST(MachineLife, AFailedLaunchRestsInFailedAndCanBeDestroyed) {
    auto options = quiet();
    options.failing_images = {"broken"};
    Sim sim(options);
    sim.app();
    auto const id = sim.started(with(small_config(), {{"image", "broken"}}));
    EXPECT_EQ(sim.machine(id)["state"], "failed");
    EXPECT_EQ(sim.erase(Sim::at(id)).status(), 200);
}

TEST(MachineLife, ChecksPassAfterTheStartOrNever) {
    auto options = quiet();
    options.unhealthy_images = {"sick"};
    Sim sim(options);
    sim.app();
    Json const checked{{"services", {{{"internal_port", 8080}, {"checks", {{{"type", "http"}, {"path", "/"}}}}}}},
                       {"checks", {{"alive", {{"type", "tcp"}, {"port", 9000}}}}}};
    auto const id = sim.make_machine(with(small_config(), checked)).json()["id"].get<std::string>();
    sim.pass(2s);
    auto const early = sim.machine(id)["checks"];
    ASSERT_EQ(early.size(), 2u);
    EXPECT_EQ(early[0]["name"], "alive");
    EXPECT_EQ(early[1]["name"], "servicecheck-00-http-8080");
    EXPECT_EQ(early[1]["status"], "critical");
    sim.pass(1s);
    EXPECT_EQ(sim.machine(id)["checks"][1]["status"], "passing");
    auto const sick = sim.started(with(with(small_config(), checked), {{"image", "sick"}}), "web-1");
    EXPECT_EQ(sim.machine(sick)["checks"][0]["status"], "critical");
}

TEST(MachineLife, CompatChecksAreInjectedWhenSwitchedOn) {
    auto options = quiet();
    options.quirks.compat_checks = true;
    Sim sim(options);
    sim.app();
    auto const id = sim.started(with(small_config(), {{"checks", {{"alive", {{"type", "tcp"}}}}}}));
    EXPECT_EQ(sim.machine(id)["checks"].back()["name"], "bg_deployments_compat_http");
    EXPECT_FALSE(sim.machine(id)["config"]["checks"].contains("bg_deployments_compat_http"));
}

TEST(MachineLife, JitterStretchesTimesTheSameWayForTheSameSeed) {
    auto const boot_ends = [](std::uint64_t seed) {
        auto options = quiet();
        options.seed = seed;
        options.timings.jitter = 0.5;
        Sim sim(options);
        sim.app();
        auto const id = sim.make_machine(small_config()).json()["id"].get<std::string>();
        sim.finish(sim.send("GET", Sim::at(id, "/wait?state=started")));
        return sim.now;
    };
    EXPECT_EQ(boot_ends(1), boot_ends(1));
    EXPECT_NE(boot_ends(1), boot_ends(2));
}

}  // namespace
}  // namespace dayfly::fly_sim
