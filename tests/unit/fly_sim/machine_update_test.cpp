// Replacing a machine's config: versions, restarts, and what an update does not do.
#include "tests/unit/fly_sim/sim_fixture.h"

namespace dayfly::fly_sim {
namespace {

TEST(MachineUpdate, MakesANewVersionAndRestartsARunningMachine) {
    Sim sim;
    sim.app();
    auto const id = sim.started(small_config());
    auto const before = sim.machine(id);
    auto const answer = sim.post(Sim::at(id), {{"config", with(small_config(), {{"env", {{"A", "1"}}}})}});
    ASSERT_EQ(answer.status(), 200);
    EXPECT_EQ(answer.json()["state"], "replacing");
    EXPECT_GT(answer.json()["instance_id"], before["instance_id"]);
    EXPECT_EQ(answer.json()["events"].size(), 1u);
    EXPECT_EQ(answer.json()["events"][0]["status"], "replacing");
    EXPECT_EQ(error_of(sim.post(Sim::at(id, "/start"))), "failed_precondition: machine getting replaced, refusing to start");
    sim.pass(2s);
    EXPECT_EQ(sim.machine(id)["state"], "stopped");
    EXPECT_EQ(sim.machine(id)["events"][0]["request"]["exit_event"]["requested_stop"], false);
    EXPECT_EQ(error_of(sim.post(Sim::at(id, "/start"))), "failed_precondition: machine getting replaced, refusing to start");
    sim.pass(10s);
    EXPECT_EQ(sim.machine(id)["state"], "started");
    EXPECT_EQ(sim.machine(id)["config"]["env"]["A"], "1");
    auto const versions = sim.get(Sim::at(id, "/versions")).json();
    EXPECT_EQ(versions.size(), 2u);
    EXPECT_EQ(versions[1]["version"], before["instance_id"]);
}

TEST(MachineUpdate, EvenAnIdenticalConfigRestarts) {
    Sim sim;
    sim.app();
    auto const id = sim.started(small_config());
    auto const version = sim.machine(id)["instance_id"];
    sim.post(Sim::at(id), {{"config", sim.machine(id)["config"]}});
    EXPECT_EQ(sim.machine(id)["state"], "replacing");
    EXPECT_NE(sim.machine(id)["instance_id"], version);
}

TEST(MachineUpdate, LeavesAStoppedMachineStopped) {
    Sim sim;
    sim.app();
    auto const id = sim.started(small_config());
    sim.post(Sim::at(id, "/stop"));
    sim.pass(10s);
    auto const answer = sim.post(Sim::at(id), {{"config", small_config()}});
    EXPECT_EQ(answer.json()["events"][0]["request"]["message"],
              "machine was in a non-started state prior to the update so leaving the new version stopped");
    sim.pass(1h);
    EXPECT_EQ(sim.machine(id)["state"], "stopped");
}

TEST(MachineUpdate, SkipLaunchLeavesARunningMachineStopped) {
    Sim sim;
    sim.app();
    auto const id = sim.started(small_config());
    sim.post(Sim::at(id), {{"config", small_config()}, {"skip_launch", true}});
    sim.pass(1h);
    EXPECT_EQ(sim.machine(id)["state"], "stopped");
}

TEST(MachineUpdate, AStaleVersionIsAConflict) {
    for (int const status : {409, 412}) {
        auto options = quiet();
        options.quirks.stale_version_status = status;
        Sim sim(options);
        sim.app();
        auto const id = sim.started(small_config());
        auto const version = sim.machine(id)["instance_id"];
        EXPECT_EQ(sim.post(Sim::at(id), {{"config", small_config()}, {"current_version", "01STALE"}}).status(), status);
        EXPECT_EQ(sim.machine(id)["instance_id"], version);
        EXPECT_EQ(sim.post(Sim::at(id), {{"config", small_config()}, {"current_version", version}}).status(), 200);
    }
}

TEST(MachineUpdate, ReplacesTheWholeConfigMetadataIncluded) {
    Sim sim;
    sim.app();
    auto const id = sim.started(with(small_config(), {{"metadata", {{"owner", "a"}}}, {"env", {{"A", "1"}}}}));
    sim.post(Sim::at(id), {{"config", small_config()}});
    EXPECT_FALSE(sim.machine(id)["config"].contains("metadata"));
    EXPECT_FALSE(sim.machine(id)["config"].contains("env"));
}

TEST(MachineUpdate, CannotChangeTheVolumeButLosesAForgottenOne) {
    Sim sim;
    sim.app();
    auto const volume = sim.volume();
    auto const other = sim.volume("other");
    auto const mounted = [](std::string const& id) {
        return with(small_config(), {{"mounts", {{{"volume", id}, {"path", "/data"}}}}});
    };
    auto const id = sim.started(mounted(volume));
    EXPECT_EQ(sim.post(Sim::at(id), {{"config", mounted(other)}}).status(), 400);
    EXPECT_EQ(sim.post(Sim::at(id), {{"config", mounted(volume)}}).status(), 200);
    sim.pass(10s);
    EXPECT_EQ(sim.post(Sim::at(id), {{"config", small_config()}}).status(), 200);
    sim.pass(10s);
    EXPECT_TRUE(sim.get("/v1/apps/shop/volumes/" + volume).json()["attached_machine_id"].is_null());
}

TEST(MachineUpdate, IsRefusedWhileAnotherOneRuns) {
    Sim sim;
    sim.app();
    auto const id = sim.started(small_config());
    sim.post(Sim::at(id), {{"config", small_config()}});
    EXPECT_EQ(sim.post(Sim::at(id), {{"config", small_config()}}).status(), 412);
}

TEST(MachineUpdate, AStartWhileReplacingCanBeAcceptedAndLost) {
    auto options = quiet();
    options.quirks.start_while_replacing_lost = true;
    Sim sim(options);
    sim.app();
    auto const id = sim.started(small_config());
    sim.post(Sim::at(id), {{"config", small_config()}, {"skip_launch", true}});
    EXPECT_EQ(sim.post(Sim::at(id, "/start")).status(), 200);
    sim.pass(1h);
    EXPECT_EQ(sim.machine(id)["state"], "stopped");
}

TEST(MachineMetadata, ChangesNeitherVersionNorState) {
    Sim sim;
    sim.app();
    auto const id = sim.started(small_config());
    auto const version = sim.machine(id)["instance_id"];
    EXPECT_EQ(sim.post(Sim::at(id, "/metadata/owner"), {{"value", "a"}}).status(), 204);
    EXPECT_EQ(sim.get(Sim::at(id, "/metadata")).json(), Json({{"owner", "a"}}));
    EXPECT_EQ(sim.get(Sim::at(id, "/metadata/owner")).json(), Json({{"value", "a"}}));
    EXPECT_EQ(sim.get(Sim::at(id, "/metadata/none")).status(), 404);
    EXPECT_EQ(sim.ask("PATCH", Sim::at(id, "/metadata"), {{"metadata", {{"spec", "1"}, {"owner", nullptr}}}}).status(), 204);
    EXPECT_EQ(sim.get(Sim::at(id, "/metadata")).json(), Json({{"spec", "1"}}));
    EXPECT_EQ(sim.put(Sim::at(id, "/metadata"), {{"metadata", {{"only", "x"}}}}).status(), 204);
    EXPECT_EQ(sim.get(Sim::at(id, "/metadata")).json(), Json({{"only", "x"}, {"spec", "1"}}))
        << "PUT removes nothing that it does not name";
    EXPECT_EQ(sim.erase(Sim::at(id, "/metadata/only")).status(), 204);
    EXPECT_EQ(sim.get(Sim::at(id, "/metadata")).json(), Json({{"spec", "1"}}));
    EXPECT_EQ(sim.machine(id)["instance_id"], version);
    EXPECT_EQ(sim.machine(id)["state"], "started");
}

TEST(MachineMetadata, AStaleMachineVersionIsRefusedAndAnEmptyValueDeletes) {
    Sim sim;
    sim.app();
    auto const id = sim.started(with(small_config(), {{"metadata", {{"a", "1"}}}}));
    EXPECT_EQ(sim.put(Sim::at(id, "/metadata"), {{"metadata", {{"b", "1"}}}, {"machine_version", "01OLD"}}).status(), 412);
    EXPECT_EQ(sim.post(Sim::at(id, "/metadata/a"), {{"value", ""}}).status(), 204);
    EXPECT_EQ(sim.get(Sim::at(id, "/metadata")).json(), Json::object());
    EXPECT_EQ(sim.post(Sim::at(id, "/metadata/a"), {{"value", 1}}).status(), 400);
    sim.cloud.options().quirks.metadata_limit = 3;
    EXPECT_EQ(sim.post(Sim::at(id, "/metadata/a"), {{"value", "1234"}}).status(), 400);
    EXPECT_EQ(sim.post(Sim::at(id, "/metadata/a"), {{"value", "123"}}).status(), 204);
    sim.cloud.options().quirks.metadata_key_limit = 3;
    EXPECT_EQ(sim.post(Sim::at(id, "/metadata/abcd"), {{"value", "1"}}).status(), 400);
}

TEST(MachineMetadata, OfALeasedMachineIsRefusedWithoutTheNonceUnlessFlyIsSaidToBeMilder) {
    Sim sim;
    sim.app();
    auto const id = sim.started(small_config());
    auto const nonce = sim.post(Sim::at(id, "/lease?ttl=60")).json()["data"]["nonce"].get<std::string>();
    EXPECT_EQ(sim.post(Sim::at(id, "/metadata/a"), {{"value", "1"}}).status(), 409);
    EXPECT_EQ(sim.ask("PATCH", Sim::at(id, "/metadata"), {{"metadata", {{"a", "1"}}}}).status(), 409);
    EXPECT_EQ(sim.erase(Sim::at(id, "/metadata/a")).status(), 409);
    EXPECT_EQ(sim.get(Sim::at(id, "/metadata")).status(), 200);
    EXPECT_EQ(sim.ask_with(nonce, "POST", Sim::at(id, "/metadata/a"), {{"value", "1"}}).status(), 204);
    sim.cloud.options().quirks.metadata_needs_lease = false;
    EXPECT_EQ(sim.post(Sim::at(id, "/metadata/a"), {{"value", "2"}}).status(), 204);
}

}  // namespace
}  // namespace dayfly::fly_sim
