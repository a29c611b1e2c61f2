// Nothing is wrongly deleted, nothing foreign is touched, and what is removed behind our back comes back.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/world.h"

namespace dayfly::test {
namespace {

std::string several(int count, std::string const& spec = "") {
    std::string yaml;
    for (int i = 0; i < count; ++i) yaml += image_yaml("env-" + std::to_string(i), spec);
    return yaml;
}

std::string only_app(World& world) { return world.apps().begin().key(); }

std::string first_machine(World& world, std::string const& app) { return world.apps()[app]["machines"][0]["id"]; }

constexpr char with_volume[] = "  volume: { size: 1Gi, mountPath: /data }\n  service: { port: 8080 }\n";

class Safety : public testing::Test {
protected:
    static WorldOptions options() {
        WorldOptions options;
        options.cloud.timings.startable_after = milliseconds(0);
        return options;
    }
    World world{options()};

    void begin(std::string const& yaml) {
        world.want_yaml(yaml);
        world.start();
        ASSERT_TRUE(world.converge()) << world.log();
        world.run_for(std::chrono::minutes(2));
        world.cloud().reset_journal();
    }
    void expect_no_delete() {
        EXPECT_EQ(world.cloud().count("delete_app"), 0u) << world.log();
        EXPECT_EQ(world.cloud().count("destroy_machine"), 0u) << world.log();
        EXPECT_EQ(world.cloud().count("delete_volume"), 0u) << world.log();
    }
};

TEST_F(Safety, AnEmptySourceDeletesNothingAndAsksForApproval) {
    begin(several(6));
    world.want({});
    world.run_for(std::chrono::hours(1));
    expect_no_delete();
    ASSERT_TRUE(world.controller().held());
    EXPECT_EQ(world.controller().held()->verdict.code, "source_empty");

    ASSERT_TRUE(world.controller().approve_deletes(world.controller().held()->verdict.id));
    EXPECT_TRUE(world.until_gone()) << world.log();
}

TEST_F(Safety, TooManyRemovalsAtOnceAreHeldAndAFewAreNot) {
    begin(several(10));
    world.want_yaml(several(6));
    world.run_for(std::chrono::minutes(30));
    expect_no_delete();
    ASSERT_TRUE(world.controller().held());
    EXPECT_EQ(world.controller().held()->verdict.code, "mass_delete");

    world.want_yaml(several(7));
    EXPECT_TRUE(world.run(std::chrono::minutes(10), [&] { return world.apps().size() == 7; })) << world.log();
}

TEST_F(Safety, AnIncompleteSnapshotDeletesNothing) {
    begin(several(6));
    world.want_yaml(several(5), false);
    world.run_for(std::chrono::hours(1));
    expect_no_delete();
    EXPECT_EQ(world.apps().size(), 6u);
}

TEST_F(Safety, ANewProcessWithAnEmptySourceDeletesNothing) {
    begin(several(6));
    world.kill();
    world.want({});
    world.start();
    world.run_for(std::chrono::hours(1));
    expect_no_delete();
    EXPECT_TRUE(world.controller().held());
}

TEST_F(Safety, ASpecRemovedWhileWeWereDownIsCleanedUp) {
    begin(several(5));
    world.kill();
    world.want_yaml(several(4));
    world.start();
    EXPECT_TRUE(world.run(std::chrono::minutes(10), [&] { return world.apps().size() == 4; })) << world.log();
}

TEST_F(Safety, EmptyListsFromFlyCreateAndDeleteNothing) {
    begin(several(6, with_volume));
    for (auto const* action : {"list_apps", "list_org_machines", "list_org_volumes", "list_machines", "list_volumes"}) {
        world.cloud().faults().add({.kind = fly_sim::FaultKind::EmptyList, .action = action});
    }
    world.run_for(std::chrono::hours(1));
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();
    world.cloud().faults().clear();
    EXPECT_TRUE(world.converge()) << world.log();
    EXPECT_TRUE(world.cloud().violations().empty());
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();
}

TEST_F(Safety, AMissingRegionInTheListDeletesAndCreatesNothing) {
    begin(several(3, with_volume));
    world.cloud().faults().add({.kind = fly_sim::FaultKind::ErrorRegions, .action = "list_org_machines", .regions = {"dfw"}});
    world.run_for(std::chrono::hours(1));
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();
}

TEST_F(Safety, AWrongTokenDeletesNothing) {
    begin(several(4));
    world.cloud().faults().add({.kind = fly_sim::FaultKind::Unauthorised});
    world.want_yaml(several(3) + image_yaml("new"));
    world.run_for(std::chrono::hours(1));
    EXPECT_EQ(world.apps().size(), 4u);
    ASSERT_NE(world.environment("new"), nullptr);
    world.cloud().faults().clear();
    EXPECT_TRUE(world.run(std::chrono::hours(2), [&] {
        return world.environment("new") != nullptr && world.controller().all_ready() && world.apps().size() == 4;
    })) << world.log();
}

TEST_F(Safety, AMachineRemovedBehindOurBackComesBack) {
    begin(image_yaml("shop", with_volume));
    auto const app = only_app(world);
    ASSERT_TRUE(world.cloud().external().remove_machine(app, first_machine(world, app)));
    EXPECT_TRUE(world.run(std::chrono::minutes(10), [&] {
        return world.apps()[app]["machines"].size() == 1 && world.controller().all_ready();
    })) << world.log();
    EXPECT_EQ(world.apps()[app]["volumes"].size(), 1u);
    EXPECT_TRUE(world.cloud().violations().empty());
}

TEST_F(Safety, AVolumeRemovedBehindOurBackComesBack) {
    begin(image_yaml("shop", with_volume));
    auto const app = only_app(world);
    std::string const volume = world.apps()[app]["volumes"][0]["id"];
    ASSERT_TRUE(world.cloud().external().remove_machine(app, first_machine(world, app)));
    ASSERT_TRUE(world.cloud().external().remove_volume(app, volume));
    EXPECT_TRUE(world.run(std::chrono::minutes(20), [&] {
        auto const state = world.apps()[app];
        return state["volumes"].size() == 1 && state["machines"].size() == 1 && world.controller().all_ready();
    })) << world.log();
    EXPECT_TRUE(world.cloud().violations().empty());
}

TEST_F(Safety, AnAddressRemovedBehindOurBackComesBack) {
    begin(image_yaml("shop", with_volume));
    auto const app = only_app(world);
    ASSERT_TRUE(world.cloud().external().remove_ip(app, world.apps()[app]["ips"][0]["ip"]));
    EXPECT_TRUE(world.run(std::chrono::minutes(30), [&] { return world.apps()[app]["ips"].size() == 2; })) << world.log();
}

TEST_F(Safety, AnAppRemovedBehindOurBackComesBack) {
    begin(image_yaml("shop", with_volume));
    ASSERT_TRUE(world.cloud().external().remove_app(only_app(world)));
    EXPECT_TRUE(world.run(std::chrono::minutes(20), [&] {
        return world.apps().size() == 1 && world.apps().begin().value()["machines"].size() == 1 &&
               world.controller().all_ready();
    })) << world.log();
}

TEST_F(Safety, AChangedConfigIsPutBack) {
    begin(image_yaml("shop", with_volume));
    auto const app = only_app(world);
    ASSERT_TRUE(world.cloud().external().change_config(app, first_machine(world, app), {{"image", "evil:1"}}));
    EXPECT_TRUE(world.run(std::chrono::minutes(10), [&] {
        return world.apps()[app]["machines"][0]["config"]["image"] == "registry.example/shop:1" &&
               world.controller().all_settled();
    })) << world.log();
}

TEST_F(Safety, AMigratedMachineIsLeftInPeace) {
    begin(image_yaml("shop", with_volume));
    auto const app = only_app(world);
    ASSERT_TRUE(world.cloud().external().migrate_machine(app, first_machine(world, app)));
    world.run_for(std::chrono::minutes(30));
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();
}

TEST_F(Safety, AMachineThatTheProxyStoppedIsLeftInPeace) {
    begin(image_yaml("shop", with_volume));
    auto const app = only_app(world);
    ASSERT_TRUE(world.cloud().external().idle_machine(app, first_machine(world, app)));
    world.run_for(std::chrono::minutes(30));
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();
    EXPECT_EQ(world.environment("shop")->status.state, "Sleeping");
}

TEST_F(Safety, AnUnreachableHostIsLeftInPeace) {
    begin(image_yaml("shop", with_volume));
    auto const app = only_app(world);
    ASSERT_TRUE(world.cloud().external().set_host_status(app, first_machine(world, app), "unreachable"));
    ASSERT_TRUE(world.controller().reconcile_now({.name = "shop"}));
    world.run_for(std::chrono::minutes(30));
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();
}

TEST_F(Safety, ForeignAppsAndMachinesAreNeverTouched) {
    ASSERT_TRUE(world.cloud().external().seed_app("somebody-elses", "acme"));
    world.cloud().external().seed_machine(
        "somebody-elses", "web-0", "dfw",
        {{"image", "x"}, {"guest", {{"cpu_kind", "shared"}, {"cpus", 1}, {"memory_mb", 256}}}});
    begin(several(4, with_volume));
    auto const ours = world.fleet().apps().begin()->first;
    auto const app = ours == "somebody-elses" ? std::next(world.fleet().apps().begin())->first : ours;
    auto const foreign = world.cloud().external().seed_machine(
        app, "mine", "dfw", {{"image", "x"}, {"guest", {{"cpu_kind", "shared"}, {"cpus", 1}, {"memory_mb", 256}}}});
    world.run_for(std::chrono::minutes(10));
    world.want_yaml(several(4, std::string(with_volume) + "  env: { A: b }\n"));
    world.run_for(std::chrono::minutes(10));
    EXPECT_EQ(world.apps()[app]["machines"].size(), 2u);
    world.want_yaml(several(4).substr(image_yaml("env-0").size()));
    world.run_for(std::chrono::hours(1));
    EXPECT_TRUE(world.apps().contains("somebody-elses"));
    EXPECT_EQ(world.apps()["somebody-elses"]["machines"].size(), 1u);
    bool still_there = false;
    for (auto const& machine : world.apps()[app]["machines"]) still_there = still_there || machine["id"] == foreign;
    EXPECT_TRUE(still_there) << "the foreign machine went down with our app\n" << world.log();
}

TEST_F(Safety, ANameThatIsTakenStallsOnlyThatEnvironment) {
    plan::Ownership const ownership{.organization = "acme"};
    ASSERT_TRUE(world.cloud().external().seed_app(plan::app_name(ownership, {.name = "shop"}), "others"));
    world.want_yaml(image_yaml("shop") + image_yaml("fine"));
    world.start();
    world.run_for(std::chrono::minutes(5));
    ASSERT_TRUE(world.environment("shop")->status.failure);
    EXPECT_EQ(world.environment("shop")->status.failure->code, "NameTaken");
    EXPECT_FALSE(world.environment("shop")->status.failure->hint.empty());
    EXPECT_TRUE(reconcile::is_ready(world.environment("fine")->status)) << world.log();
    expect_no_delete();
}

TEST_F(Safety, AFullRegionFallsBackWithItsVolume) {
    world.cloud().external().set_region_full("dfw", true, false);
    world.want_yaml(image_yaml("shop", std::string(with_volume) + "  region: dfw\n  fallbackRegions: [ord]\n"));
    world.start();
    ASSERT_TRUE(world.converge()) << world.log();
    auto const app = world.apps().begin().value();
    EXPECT_EQ(app["machines"][0]["region"], "ord");
    EXPECT_EQ(app["volumes"].size(), 1u) << "the empty volume of the full region was left behind";
}

TEST_F(Safety, NoCapacityAnywhereIsToldAndRetriedGently) {
    world.cloud().external().set_region_full("dfw", true, true);
    world.want_yaml(image_yaml("shop", with_volume));
    world.start();
    world.run_for(std::chrono::hours(1));
    ASSERT_TRUE(world.environment("shop")->status.failure);
    EXPECT_EQ(world.environment("shop")->status.failure->code, "NoCapacity");
    EXPECT_LT(world.cloud().count("create_volume"), 60u) << "a hot loop";
    expect_no_delete();
}

TEST_F(Safety, NoSecretIsSeenAnywhere) {
    constexpr char marked[] = "MARKED-s3cr3t-value";
    world.variables()["TOKEN"] = marked;
    world.cloud().faults().add(
        {.kind = fly_sim::FaultKind::StatusAfter, .action = "update_secrets", .count = 2, .status = 502});
    begin(image_yaml("shop", std::string(with_volume) + "  secrets: [{ name: API_KEY, from: { env: TOKEN } }]\n"));
    auto const app = only_app(world);
    EXPECT_EQ(world.cloud().secret_value(app, "API_KEY"), marked);
    world.variables()["TOKEN"] = std::string(marked) + "-2";
    ASSERT_TRUE(world.controller().reconcile_now({.name = "shop"}));
    ASSERT_TRUE(world.run(std::chrono::minutes(10), [&] {
        return world.cloud().secret_value(app, "API_KEY") == std::string(marked) + "-2";
    })) << world.log();
    ASSERT_TRUE(world.converge());
    EXPECT_EQ(world.log().find(marked), std::string::npos);
    EXPECT_EQ(world.apps().dump().find(marked), std::string::npos) << "a value stands in a config or in metadata";
    for (auto const& event : world.environment("shop")->status.events) EXPECT_EQ(event.message.find(marked), std::string::npos);
}

TEST_F(Safety, AStopInTheMiddleEndsInTimeAndTheNextProcessGoesOn) {
    world.want_yaml(several(5, with_volume));
    world.start();
    world.run_for(milliseconds(35));
    EXPECT_TRUE(world.stop());
    world.start();
    EXPECT_TRUE(world.converge()) << world.log();
    EXPECT_TRUE(world.cloud().violations().empty());
}

}  // namespace
}  // namespace dayfly::test
