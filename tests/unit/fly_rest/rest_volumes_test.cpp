// Volumes and snapshots.
#include "tests/unit/fly_rest/rest_fixture.h"

namespace dayfly::fly_rest {
namespace {

using nlohmann::json;

constexpr char const* volume_sample =
    R"({"id":"vol_4y5gkog8p5kj839r","name":"data","state":"created","size_gb":10,"region":"dfw",
    "zone":"b6a7","encrypted":true,"attached_machine_id":null,"attached_alloc_id":null,"created_at":"2026-01-01T00:00:00Z",
    "blocks":0,"snapshot_retention":5,"auto_backup_enabled":true,"host_status":"ok"})";

class RestVolumes : public RestFixture {};

TEST_F(RestVolumes, CreatesWithTheGuestThatWillMountIt) {
    wire.answer(200, volume_sample);
    fly::CreateVolume create{.app = "shop", .name = "data", .region = "dfw", .size_gb = 10};
    create.compute = {.cpu_kind = "shared", .cpus = 2, .memory_mb = 1024};
    create.snapshots = false;
    auto const volume = run(api.create_volume(create));
    ASSERT_TRUE(volume);
    EXPECT_EQ(last_request(), "POST /v1/apps/shop/volumes");
    EXPECT_EQ(last_body(),
              json::parse(R"({"name":"data","region":"dfw","size_gb":10,"encrypted":true,"auto_backup_enabled":false,
        "compute":{"cpu_kind":"shared","cpus":2,"memory_mb":1024}})"));
    EXPECT_EQ(volume->id, "vol_4y5gkog8p5kj839r");
    EXPECT_EQ(volume->attached_machine_id, "");
}

TEST_F(RestVolumes, ForksAndRestores) {
    wire.answer(200, volume_sample);
    wire.answer(200, volume_sample);
    ASSERT_TRUE(run(api.create_volume({.app = "shop", .name = "data", .region = "dfw", .source_volume_id = "vol_a"})));
    EXPECT_EQ(last_body()["source_volume_id"], "vol_a");
    ASSERT_TRUE(run(api.create_volume({.app = "shop", .name = "data", .region = "dfw", .snapshot_id = "vs_a"})));
    EXPECT_EQ(last_body()["snapshot_id"], "vs_a");
    EXPECT_FALSE(last_body().contains("source_volume_id"));
}

TEST_F(RestVolumes, ReadsOneAllAndThoseOfTheOrganization) {
    wire.answer(200, volume_sample);
    wire.answer(200, std::string("[") + volume_sample + "]");
    wire.answer(
        200, R"({"volumes":[{"id":"vol_a","name":"data","app_name":"shop","attached_machine_id":"1857"}],"next_cursor":"n"})");
    EXPECT_EQ(run(api.get_volume("shop", "vol_a"))->size_gb, 10);
    EXPECT_EQ(last_request(), "GET /v1/apps/shop/volumes/vol_a");
    EXPECT_EQ(run(api.list_volumes("shop"))->size(), 1u);
    EXPECT_EQ(last_request(), "GET /v1/apps/shop/volumes");
    auto const page = run(api.list_org_volumes({.organization = "acme"}));
    ASSERT_TRUE(page);
    EXPECT_EQ(last_request(), "GET /v1/orgs/acme/volumes?limit=1000");
    EXPECT_EQ(page->volumes.at(0).app_name, "shop");
    EXPECT_EQ(page->volumes.at(0).attached_machine_id, "1857");
    EXPECT_EQ(page->next_cursor, "n");
}

TEST_F(RestVolumes, ExtendsAndSwitchesSnapshots) {
    wire.answer(200, std::string(R"({"needs_restart":true,"volume":)") + volume_sample + "}");
    wire.answer(200, volume_sample);
    auto const volume = run(api.extend_volume("shop", "vol_a", 10));
    ASSERT_TRUE(volume);
    EXPECT_EQ(volume->size_gb, 10);
    EXPECT_EQ(last_request(), "PUT /v1/apps/shop/volumes/vol_a/extend");
    EXPECT_EQ(last_body(), json::parse(R"({"size_gb":10})"));
    EXPECT_TRUE(run(api.set_volume_snapshots("shop", "vol_a", false)));
    EXPECT_EQ(last_request(), "PUT /v1/apps/shop/volumes/vol_a");
    EXPECT_EQ(last_body(), json::parse(R"({"auto_backup_enabled":false})"));
}

TEST_F(RestVolumes, WaitsForTheHolderOfADeletedVolume) {
    wire.answer(412, R"({"error":"failed_precondition: volume is currently bound to machine: 1857"})");
    wire.answer(404, R"({"error":"volume not found"})");
    EXPECT_EQ(run(api.delete_volume("shop", "vol_a")).error().kind, ErrorKind::NotReadyYet);
    EXPECT_EQ(last_request(), "DELETE /v1/apps/shop/volumes/vol_a");
    EXPECT_TRUE(run(api.delete_volume("shop", "vol_a")));
}

TEST_F(RestVolumes, ListsAndMakesSnapshots) {
    wire.answer(200, R"([{"id":"vs_1","created_at":"2026-01-01T00:00:00Z","digest":"d","size":1,"status":"created"}])");
    wire.answer(200, R"({"Msg":{"backup":{}}})");
    auto const snapshots = run(api.list_snapshots("shop", "vol_a"));
    ASSERT_TRUE(snapshots);
    EXPECT_EQ(last_request(), "GET /v1/apps/shop/volumes/vol_a/snapshots");
    EXPECT_EQ(snapshots->at(0).id, "vs_1");
    EXPECT_TRUE(run(api.create_snapshot("shop", "vol_a")));
    EXPECT_EQ(last_request(), "POST /v1/apps/shop/volumes/vol_a/snapshots");
}

}  // namespace
}  // namespace dayfly::fly_rest
