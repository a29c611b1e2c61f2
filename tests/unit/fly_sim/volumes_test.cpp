// Volumes: names that repeat, binding that outlives the machine, deletion in steps.
#include "tests/unit/fly_sim/sim_fixture.h"

namespace dayfly::fly_sim {
namespace {

std::string at(std::string const& id, std::string const& rest = "") { return "/v1/apps/shop/volumes/" + id + rest; }
Json mounted(std::string const& id) { return with(small_config(), {{"mounts", {{{"volume", id}, {"path", "/data"}}}}}); }

TEST(Volumes, NamesRepeatAndTheWitnessTells) {
    Sim sim;
    sim.app();
    auto const first = sim.volume();
    auto const second = sim.volume();
    EXPECT_NE(first, second);
    ASSERT_EQ(sim.cloud.violations().size(), 1u);
    EXPECT_NE(sim.cloud.violations()[0].find("both named data"), std::string::npos);
}

TEST(Volumes, DefaultsAndBoundsOfCreate) {
    Sim sim;
    sim.app();
    auto const made = sim.post("/v1/apps/shop/volumes", {{"name", "data"}, {"region", "fra"}, {"snapshot_id", nullptr}}).json();
    EXPECT_TRUE(made["id"].get<std::string>().starts_with("vol_"));
    EXPECT_EQ(made["size_gb"], 3);
    EXPECT_EQ(made["state"], "created");
    EXPECT_EQ(made["encrypted"], true);
    EXPECT_EQ(made["snapshot_retention"], 5);
    EXPECT_EQ(made["auto_backup_enabled"], true);
    EXPECT_TRUE(made["attached_machine_id"].is_null());
    auto const status = [&](Json const& more) {
        return sim.post("/v1/apps/shop/volumes", with({{"name", "data"}, {"region", "fra"}}, more)).status();
    };
    EXPECT_EQ(status({{"region", "eu"}}), 400);
    EXPECT_EQ(status({{"region", "fra,ams"}}), 400);
    EXPECT_EQ(status({{"name", "my-data"}}), 400);
    EXPECT_EQ(status({{"name", ""}}), 400);
    EXPECT_EQ(status({{"name", std::string(31, 'a')}}), 400);
    EXPECT_EQ(status({{"size_gb", 501}}), 400);
    EXPECT_EQ(status({{"snapshot_retention", 61}}), 400);
    sim.cloud.options().quirks.volume_name_limit = 0;
    EXPECT_EQ(status({{"name", std::string(31, 'a')}}), 200);
}

TEST(Volumes, AFullRegionIsRefused) {
    Sim sim;
    sim.app();
    sim.cloud.external().set_region_full("fra", false, true);
    auto const answer = sim.post("/v1/apps/shop/volumes", {{"name", "data"}, {"region", "fra"}});
    EXPECT_EQ(answer.status(), 412);
    EXPECT_EQ(answer.json()["status"], "volume_placement_capacity");
    EXPECT_TRUE(error_of(answer).starts_with("insufficient resources"));
}

TEST(Volumes, ABoundOneCannotBeDeletedUntilItsHolderIsReallyGone) {
    Sim sim;
    sim.app();
    auto const volume = sim.volume();
    auto const machine = sim.started(mounted(volume));
    auto const bound = sim.erase(at(volume));
    EXPECT_EQ(bound.status(), 412);
    EXPECT_EQ(error_of(bound), "failed_precondition: volume is currently bound to machine: " + machine);
    sim.erase(Sim::at(machine, "?force=true"));
    sim.pass(1s);
    EXPECT_EQ(sim.machine(machine)["state"], "destroyed");
    auto const nul = std::string(14, '\0');
    EXPECT_EQ(error_of(sim.erase(at(volume))), "failed_precondition: volume is currently bound to machine: " + nul);
    EXPECT_EQ(error_of(sim.make_machine(mounted(volume), "web-1")),
              "failed_precondition: volume already claimed by machine " + nul);
    sim.cloud.options().quirks.nul_holder = false;
    EXPECT_NE(error_of(sim.erase(at(volume))).find(machine), std::string::npos);
    sim.pass(2s);
    EXPECT_EQ(sim.make_machine(mounted(volume), "web-1").status(), 200);
}

TEST(Volumes, DeletionGoesThroughPendingDestroyForADay) {
    Sim sim;
    sim.app();
    auto const volume = sim.volume();
    sim.pass(1s);
    auto const answer = sim.erase(at(volume));
    EXPECT_EQ(answer.status(), 200);
    EXPECT_EQ(answer.json()["state"], "destroyed");
    EXPECT_EQ(sim.get("/v1/apps/shop/volumes").json()[0]["state"], "created");
    EXPECT_EQ(sim.get(at(volume)).json()["state"], "scheduling_destroy");
    sim.pass(2s);
    EXPECT_EQ(sim.get(at(volume)).json()["state"], "pending_destroy");
    EXPECT_EQ(sim.get("/v1/apps/shop/volumes").json()[0]["state"], "pending_destroy");
    EXPECT_EQ(sim.get("/v1/apps/shop").json()["volume_count"], 0);
    EXPECT_EQ(sim.make_machine(mounted(volume)).status(), 400);
    EXPECT_EQ(sim.put(at(volume, "/extend"), {{"size_gb", 9}}).status(), 412);
    sim.pass(24h - 2s);
    EXPECT_EQ(sim.get(at(volume)).status(), 404);
    EXPECT_EQ(sim.erase(at(volume)).status(), 404);
    EXPECT_EQ(sim.get("/v1/apps/shop/volumes").json().size(), 1u) << "the list trails";
    sim.pass(1s);
    EXPECT_EQ(sim.get("/v1/apps/shop/volumes").json().size(), 0u);
}

TEST(Volumes, OnlyGrow) {
    Sim sim;
    sim.app();
    auto const volume = sim.volume();
    auto const grown = sim.put(at(volume, "/extend"), {{"size_gb", 5}}).json();
    EXPECT_EQ(grown["volume"]["size_gb"], 5);
    EXPECT_EQ(grown["needs_restart"], false);
    EXPECT_EQ(sim.put(at(volume, "/extend"), {{"size_gb", 4}}).status(), 400);
    EXPECT_EQ(sim.put(at(volume, "/extend"), {{"size_gb", 501}}).status(), 400);
}

TEST(Volumes, BackupsCanBeSwitchedOff) {
    Sim sim;
    sim.app();
    auto const volume = sim.volume();
    EXPECT_EQ(sim.put(at(volume), {{"auto_backup_enabled", false}, {"snapshot_retention", 7}}).json()["auto_backup_enabled"],
              false);
    EXPECT_EQ(sim.get(at(volume)).json()["snapshot_retention"], 7);
    EXPECT_EQ(sim.put(at(volume), {{"snapshot_retention", 0}}).status(), 400);
}

TEST(Volumes, SnapshotsAreQueuedOneAtATimeAndRestored) {
    Sim sim;
    sim.app();
    auto const volume = sim.volume();
    EXPECT_TRUE(sim.post(at(volume, "/snapshots")).json()["Msg"].contains("backup"));
    auto const second = sim.post(at(volume, "/snapshots"));
    EXPECT_EQ(second.status(), 412);
    EXPECT_EQ(error_of(second), "failed_precondition: snapshot is already scheduled at 2026-11-01T01:00:30Z");
    auto const snapshot = sim.get(at(volume, "/snapshots")).json()[0]["id"].get<std::string>();
    EXPECT_TRUE(snapshot.starts_with("vs_"));
    Json const restore{{"name", "data"}, {"region", "fra"}, {"snapshot_id", snapshot}};
    EXPECT_EQ(sim.post("/v1/apps/shop/volumes", restore).status(), 404);
    sim.pass(30s);
    auto const restored = sim.post("/v1/apps/shop/volumes", restore).json();
    EXPECT_EQ(restored["state"], "restoring");
    auto const id = restored["id"].get<std::string>();
    EXPECT_EQ(sim.make_machine(mounted(id)).status(), 412);
    sim.pass(5s);
    EXPECT_EQ(sim.make_machine(mounted(id)).status(), 200);
}

TEST(Volumes, AForkHydratesAndIsMountableMeanwhile) {
    Sim sim;
    sim.app();
    auto const volume = sim.volume();
    sim.put(at(volume, "/extend"), {{"size_gb", 8}});
    auto const fork =
        sim.post("/v1/apps/shop/volumes", {{"name", "copy"}, {"region", "fra"}, {"source_volume_id", volume}}).json();
    EXPECT_EQ(fork["state"], "hydrating");
    EXPECT_EQ(fork["size_gb"], 8);
    EXPECT_EQ(sim.make_machine(mounted(fork["id"])).status(), 200);
    sim.pass(5s);
    EXPECT_EQ(sim.get(at(fork["id"])).json()["state"], "created");
    EXPECT_EQ(sim.post("/v1/apps/shop/volumes", {{"name", "copy"}, {"region", "fra"}, {"source_volume_id", "vol_x"}}).status(),
              404);
}

TEST(Volumes, WithoutAGuestInMindItMayLandWhereNoMachineFits) {
    Sim sim;
    sim.app();
    int refused = 0;
    for (int i = 0; i < 20; ++i) {
        Json body{{"name", "data"}, {"region", "fra"}, {"size_gb", 1}};
        auto const volume = sim.post("/v1/apps/shop/volumes", body).json()["id"].get<std::string>();
        auto const answer = sim.make_machine(with(small_config(), {{"mounts", {{{"volume", volume}, {"path", "/data"}}}}}), "");
        if (answer.status() == 200) continue;
        EXPECT_EQ(answer.status(), 412);
        EXPECT_EQ(error_of(answer), "insufficient resources to create new machine with existing volume '" + volume + "'");
        ++refused;
    }
    EXPECT_GT(refused, 3);
    EXPECT_LT(refused, 17);
}

TEST(Volumes, DeletingAMachineNeverDeletesItsVolume) {
    Sim sim;
    sim.app();
    auto const volume = sim.volume();
    auto const machine = sim.started(mounted(volume));
    sim.erase(Sim::at(machine, "?force=true"));
    sim.pass(1h);
    EXPECT_EQ(sim.get(at(volume)).json()["state"], "created");
    EXPECT_TRUE(sim.get(at(volume)).json()["attached_machine_id"].is_null());
}

}  // namespace
}  // namespace dayfly::fly_sim
