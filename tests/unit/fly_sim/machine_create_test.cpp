// Creating a machine: what is refused, with which words, and where it lands.
#include "tests/unit/fly_sim/sim_fixture.h"

namespace dayfly::fly_sim {
namespace {

Json guest(std::string const& kind, int cpus, int memory) {
    return {{"guest", {{"cpu_kind", kind}, {"cpus", cpus}, {"memory_mb", memory}}}};
}
Json mount(std::string const& volume) { return {{"mounts", {{{"volume", volume}, {"path", "/data"}}}}}; }

TEST(MachineCreate, NeedsACompleteGuest) {
    Sim sim;
    sim.app();
    auto const refusal = [&](Json const& config) {
        auto const answer = sim.make_machine(config);
        EXPECT_EQ(answer.status(), 400);
        return error_of(answer);
    };
    EXPECT_EQ(refusal({{"image", "nginx"}}), "invalid config.guest.cpu_kind");
    EXPECT_EQ(refusal(with(small_config(), guest("shared", 3, 1024))),
              "invalid config.guest.cpus 3, must be one of [1 2 4 6 8]");
    EXPECT_EQ(refusal(with(small_config(), guest("shared", 4, 768))),
              "invalid config.guest.memory_mb, minimum required 1024 MiB");
    EXPECT_EQ(refusal(with(small_config(), guest("shared", 1, 4096))),
              "invalid config.guest.memory_mb, cannot exceed 2048 MiB");
    EXPECT_EQ(refusal(with(small_config(), guest("performance", 8, 8192))),
              "invalid config.guest.memory_mb, minimum required 16384 MiB");
    EXPECT_EQ(sim.make_machine(with(small_config(), guest("performance", 16, 32768))).status(), 200);
}

TEST(MachineCreate, NeedsAnImageThatTheRegistryHas) {
    auto options = quiet();
    options.missing_images = {"registry.fly.io/shop:v2"};
    Sim sim(options);
    sim.app();
    EXPECT_EQ(sim.make_machine({{"guest", small_config()["guest"]}}).status(), 400);
    auto const answer = sim.make_machine(with(small_config(), {{"image", "registry.fly.io/shop:v2"}}));
    EXPECT_EQ(answer.status(), 400);
    EXPECT_EQ(
        error_of(answer),
        "failed to get manifest registry.fly.io/shop:v2: request failed: not found [http 404]: "
        "{\"errors\":[{\"code\":\"MANIFEST_UNKNOWN\",\"message\":\"manifest unknown\",\"detail\":\"unknown tag=v2\"}]}\n");
    sim.cloud.options().missing_images.clear();
    EXPECT_EQ(sim.make_machine(with(small_config(), {{"image", "registry.fly.io/shop:v2"}})).status(), 200);
}

TEST(MachineCreate, NamesAreUniqueAmongMachinesThatAreNotDestroyed) {
    Sim sim;
    sim.app();
    auto const id = sim.started(small_config());
    auto const twice = sim.make_machine(small_config());
    EXPECT_EQ(twice.status(), 409);
    EXPECT_EQ(error_of(twice),
              "already_exists: unique machine name violation, machine ID " + id + " already exists with name \"web-0\"");
    sim.erase(Sim::at(id, "?force=true"));
    EXPECT_EQ(sim.make_machine(small_config()).status(), 409);
    sim.pass(1s);
    EXPECT_EQ(sim.make_machine(small_config()).status(), 200);
}

TEST(MachineCreate, AnOmittedNameIsGenerated) {
    Sim sim;
    sim.app();
    auto const made = sim.post("/v1/apps/shop/machines", {{"config", small_config()}}).json();
    EXPECT_FALSE(made["name"].get<std::string>().empty());
    EXPECT_EQ(made["region"], "fra");
}

TEST(MachineCreate, RegionsAreTriedInOrderAndAliasesSpelledOut) {
    Sim sim;
    sim.app();
    EXPECT_EQ(sim.make_machine(small_config(), "a", {{"region", "lhr,eu"}}).json()["region"], "lhr");
    sim.cloud.external().set_region_full("lhr", true, false);
    EXPECT_EQ(sim.make_machine(small_config(), "b", {{"region", "lhr,eu"}}).json()["region"], "ams");
    EXPECT_EQ(sim.make_machine(small_config(), "c", {{"region", "us"}}).json()["region"], "dfw");
    auto const unknown = sim.make_machine(small_config(), "d", {{"region", "mars"}});
    EXPECT_EQ(unknown.status(), 400);
    EXPECT_EQ(error_of(unknown), "invalid_argument: region mars not found");
}

TEST(MachineCreate, NoRoomAnywhereHasAStatusThatNobodyKnows) {
    for (int const status : {503, 409, 412, 422}) {
        auto options = quiet();
        options.quirks.create_capacity_status = status;
        options.capacity.full_for_machines = {"fra"};
        Sim sim(options);
        sim.app();
        auto const answer = sim.make_machine(small_config());
        EXPECT_EQ(answer.status(), status);
        EXPECT_EQ(answer.json(), Json({{"error", "out of capacity"}, {"status", "insufficient_capacity"}}));
        EXPECT_EQ(sim.cloud.snapshot()["apps"]["shop"]["machines"].size(), 0u);
    }
}

TEST(MachineCreate, QuotaAndPaymentAreRefusedInFlysWords) {
    auto options = quiet();
    options.capacity.memory_quota_mb = {{"fra", 300}};
    options.capacity.machines_per_app = 0;
    Sim sim(options);
    sim.app();
    EXPECT_EQ(sim.make_machine(small_config(), "a").status(), 200);
    auto const over = sim.make_machine(small_config(), "b");
    EXPECT_EQ(over.status(), 403);
    EXPECT_EQ(
        error_of(over),
        "organization \"personal\" is using 512 MB of memory in fra which is over the allowed quota. please consider other "
        "regions");
    sim.cloud.options().capacity.machines_per_app = 1;
    auto const unpaid = sim.make_machine(small_config(), "b", {{"region", "ams"}});
    EXPECT_EQ(unpaid.status(), 422);
    EXPECT_EQ(error_of(unpaid),
              "To create more than 1 machine per app please add a payment method. https://fly.io/dashboard/personal/billing");
}

TEST(MachineCreate, AMountNeedsAFreeVolumeOfTheSameAppAndRegion) {
    Sim sim;
    sim.app();
    sim.app("other");
    auto const volume = sim.volume();
    auto const foreign =
        sim.post("/v1/apps/other/volumes", {{"name", "data"}, {"region", "fra"}}).json()["id"].get<std::string>();
    EXPECT_EQ(sim.make_machine(with(small_config(), mount("vol_none"))).status(), 400);
    EXPECT_EQ(sim.make_machine(with(small_config(), mount(foreign))).status(), 400);
    EXPECT_EQ(sim.make_machine(with(small_config(), mount(volume)), "web-0", {{"region", "ams"}}).status(), 400);
    Json two = mount(volume);
    two["mounts"].push_back(two["mounts"][0]);
    EXPECT_EQ(sim.make_machine(with(small_config(), two)).status(), 400);

    auto const made = sim.make_machine(with(small_config(), mount(volume)));
    ASSERT_EQ(made.status(), 200);
    auto const id = made.json()["id"].get<std::string>();
    auto const state = sim.cloud.snapshot()["apps"]["shop"];
    EXPECT_EQ(state["machines"][0]["host"], state["volumes"][0]["host"]);
    EXPECT_EQ(state["volumes"][0]["attached_machine_id"], id);
    auto const claimed = sim.make_machine(with(small_config(), mount(volume)), "web-1");
    EXPECT_EQ(claimed.status(), 412);
    EXPECT_EQ(error_of(claimed), "failed_precondition: volume already claimed by machine " + id);
}

TEST(MachineCreate, TheRegionOfAVolumeDecidesWhenNoneIsAskedFor) {
    Sim sim;
    sim.app();
    auto const volume = sim.volume("data", "syd");
    auto const made = sim.post("/v1/apps/shop/machines", {{"name", "web-0"}, {"config", with(small_config(), mount(volume))}});
    EXPECT_EQ(made.json()["region"], "syd");
}

TEST(MachineCreate, AFullHostOfTheVolumeIsRefusedInFlysWords) {
    Sim sim;
    sim.app();
    auto const volume = sim.volume();
    sim.cloud.external().fill_host_of("shop", volume);
    auto const answer = sim.make_machine(with(small_config(), mount(volume)));
    EXPECT_EQ(answer.status(), 412);
    EXPECT_EQ(error_of(answer), "insufficient resources to create new machine with existing volume '" + volume + "'");
}

TEST(MachineCreate, AFullHostRefusesStartAndUpdate) {
    Sim sim;
    sim.app();
    auto const id = sim.started(small_config());
    sim.post(Sim::at(id, "/stop"));
    sim.pass(10s);
    sim.cloud.external().fill_host_of("shop", id);
    auto const start = sim.post(Sim::at(id, "/start"));
    EXPECT_EQ(start.status(), 409);
    EXPECT_EQ(error_of(start),
              "aborted: could not reserve resource for machine: insufficient memory available to fulfill request");
    EXPECT_EQ(sim.post(Sim::at(id), {{"config", small_config()}}).status(), 409);
    sim.cloud.external().fill_host_of("shop", id, false);
    sim.cloud.external().disable_deploys_on_host_of("shop", id);
    EXPECT_NE(
        error_of(sim.post(Sim::at(id), {{"config", small_config()}})).find("deploys to this host are temporarily disabled"),
        std::string::npos);
}

TEST(MachineCreate, BrokenJsonAndWrongTypesAreGosErrors) {
    Sim sim;
    sim.app();
    http::Request request{.method = "POST", .target = "/v1/apps/shop/machines", .body = "{"};
    request.headers.add("authorization", authorized);
    EXPECT_EQ(std::get<Answer>(sim.cloud.handle(request, sim.now, sim.wall())).status(), 400);
    EXPECT_EQ(error_of(sim.make_machine(with(small_config(), {{"env", {{"A", 1}}}}))),
              "json: cannot unmarshal number into Go struct field MachineConfig.env of type string");
    EXPECT_EQ(error_of(sim.make_machine(with(small_config(), {{"guest", "big"}}))),
              "json: cannot unmarshal string into Go struct field MachineConfig.guest of type struct");
}

TEST(MachineCreate, MinSecretsVersionIsInsistedOnOrIgnored) {
    for (bool const waits : {false, true}) {
        auto options = quiet();
        options.quirks.unmet_secrets_version_waits = waits;
        Sim sim(options);
        sim.app();
        EXPECT_EQ(sim.make_machine(small_config(), "web-0", {{"min_secrets_version", 7}}).status(), waits ? 200 : 400);
    }
}

TEST(MachineCreate, AHostSeesNewSecretsLateUnlessTheVersionIsNamed) {
    Sim sim;
    sim.app();
    auto const version = sim.post("/v1/apps/shop/secrets", {{"values", {{"A", "x"}}}}).json()["version"];
    sim.make_machine(small_config(), "early");
    sim.make_machine(small_config(), "sure", {{"min_secrets_version", version}});
    for (auto const& machine : sim.cloud.snapshot()["apps"]["shop"]["machines"]) {
        EXPECT_EQ(machine["secrets_version"], machine["name"] == "sure" ? version : Json(0));
    }
}

}  // namespace
}  // namespace dayfly::fly_sim
