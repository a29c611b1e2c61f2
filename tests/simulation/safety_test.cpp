// Nothing is wrongly deleted, nothing foreign is touched, and what is removed behind our back comes back.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "specs/load.h"
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
    World world;

    explicit Safety(WorldOptions const& how = options()) : world(how) {}

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

/// A machine as somebody else would make it.
nlohmann::json foreign_config() {
    return {{"image", "x"}, {"guest", {{"cpu_kind", "shared"}, {"cpus", 1}, {"memory_mb", 256}}}};
}

/// Looks at the whole organisation so seldom that nothing of what happens meanwhile is in its index.
class SafetyBetweenLooks : public Safety {
protected:
    SafetyBetweenLooks()
        : Safety([] {
              auto options = Safety::options();
              options.controller.resync = std::chrono::hours(10);
              options.controller.audit = std::chrono::seconds(0);
              return options;
          }()) {}
};

TEST_F(SafetyBetweenLooks, AForeignMachineThatTheIndexDoesNotShowKeepsTheApp) {
    begin(several(4));
    auto const app = world.environment("env-0")->app;
    auto const foreign = world.cloud().external().seed_machine(app, "mine", "dfw", foreign_config());
    world.run_for(std::chrono::seconds(2));
    EXPECT_EQ(world.fleet().observe(app).machines.size(), 1u) << "the index must not know of it";

    world.want_yaml(several(4).substr(image_yaml("env-0").size()));
    world.run_for(std::chrono::hours(1));
    expect_no_delete();
    ASSERT_TRUE(world.apps().contains(app)) << world.log();
    EXPECT_EQ(world.apps()[app]["machines"].size(), 2u);
    ASSERT_NE(world.environment("env-0"), nullptr);
    ASSERT_TRUE(world.environment("env-0")->status.failure);
    EXPECT_NE(world.environment("env-0")->status.failure->message.find("mine"), std::string::npos);

    // Once it is gone, so is the reason to wait.
    ASSERT_TRUE(world.cloud().external().remove_machine(app, foreign));
    EXPECT_TRUE(world.run(std::chrono::hours(1), [&] { return !world.apps().contains(app); })) << world.log();
}

TEST_F(SafetyBetweenLooks, AnEmptyAnswerToTheQuestionBeforeADeletionIsNotBelieved) {
    begin(several(4));
    auto const app = world.environment("env-0")->app;
    world.cloud().external().seed_machine(app, "mine", "dfw", foreign_config());
    world.cloud().faults().add({.kind = fly_sim::FaultKind::EmptyList, .action = "list_machines"});
    // Ours is asked for by name; with it gone the app's own count is all that is left to contradict the list.
    ASSERT_TRUE(world.cloud().external().remove_machine(app, first_machine(world, app)));
    world.want_yaml(several(4).substr(image_yaml("env-0").size()));
    world.run_for(std::chrono::minutes(30));
    expect_no_delete();
    EXPECT_TRUE(world.apps().contains(app)) << world.log();
}

TEST_F(Safety, ABackupForkedByHandUnderOurNameIsLeftAlone) {
    begin(image_yaml("shop", with_volume));
    auto const app = only_app(world);
    world.cloud().external().seed_volume(app, "web_0", "dfw", 1);
    world.run_for(std::chrono::minutes(5));
    ASSERT_TRUE(world.controller().reconcile_now({.name = "shop"}));
    world.run_for(std::chrono::minutes(30));
    expect_no_delete();
    EXPECT_EQ(world.apps()[app]["volumes"].size(), 2u) << world.log();
    auto const& status = world.environment("shop")->status;
    EXPECT_TRUE(reconcile::is_ready(status)) << "it takes nothing from the service";
    auto const* in_sync = reconcile::find_condition(status, "InSync");
    ASSERT_NE(in_sync, nullptr);
    EXPECT_EQ(in_sync->status, reconcile::Truth::False);
    EXPECT_EQ(in_sync->reason, "UnknownVolume");

    world.want_yaml(image_yaml("shop", std::string(with_volume) + "  env: { A: b }\n"));
    world.run_for(std::chrono::minutes(5));
    EXPECT_EQ(world.apps()[app]["volumes"].size(), 2u) << "nor does an update take it along\n" << world.log();
}

TEST_F(Safety, ADoubleThatALostAnswerLeftIsRemoved) {
    // The create happens, its answer is lost, and neither a list nor the app's own count shows the volume for so long that its
    // absence counts as proved.
    world.cloud().options().timings.list_lag = std::chrono::seconds(40);
    world.cloud().faults().add({.kind = fly_sim::FaultKind::DropAfter, .action = "create_volume", .count = 1});
    world.want_yaml(image_yaml("shop", with_volume));
    world.start();
    ASSERT_TRUE(world.run(std::chrono::minutes(1), [&] { return !world.apps().empty(); }));
    auto const app = world.apps().begin().value();
    nlohmann::json const counts_nothing{
        {"id", app["id"]},           {"name", only_app(world)}, {"organization", {{"slug", "acme"}}},
        {"network", app["network"]}, {"machine_count", 0},      {"volume_count", 0}};
    auto const stale = world.cloud().faults().add(
        {.kind = fly_sim::FaultKind::Status, .action = "get_app", .status = 200, .body = counts_nothing.dump()});
    world.run_for(std::chrono::seconds(35));
    world.cloud().faults().remove(stale);
    std::size_t most = 0;
    world.run(std::chrono::minutes(20), [&] {
        if (!world.apps().empty()) most = std::max(most, world.apps().begin().value()["volumes"].size());
        return false;
    });
    EXPECT_EQ(most, 2u) << "the world must have led to a double";
    EXPECT_EQ(world.apps().begin().value()["volumes"].size(), 1u) << world.log();
    EXPECT_TRUE(reconcile::is_ready(world.environment("shop")->status)) << world.log();
}

constexpr char with_domain[] = "  service: { port: 8080, domains: [shop.example.com] }\n";

TEST_F(Safety, ACertificateThatWasMadeIsNotAskedForAgainWhenItsStageFails) {
    world.cloud().faults().add({.kind = fly_sim::FaultKind::Status, .action = "update_secrets", .count = 2, .status = 503});
    world.variables()["TOKEN"] = "t";
    world.want_yaml(image_yaml("shop", std::string(with_domain) + "  secrets: [{ name: TOKEN, from: { env: TOKEN } }]\n"));
    world.start();
    ASSERT_TRUE(world.converge()) << world.log();
    EXPECT_EQ(world.cloud().count("create_certificate"), 1u) << world.log();
    for (auto const& entry : world.cloud().journal().entries()) EXPECT_NE(entry.status, 422) << entry.path;
}

TEST_F(Safety, TheCertificateOfTheLastDomainGoesWithIt) {
    begin(image_yaml("shop", with_domain));
    auto const app = only_app(world);
    ASSERT_EQ(world.apps()[app]["certificates"].size(), 1u) << world.apps()[app].dump();
    // A process that never heard of the domain.
    world.kill();
    world.want_yaml(image_yaml("shop", "  service: { port: 8080 }\n"));
    world.start();
    ASSERT_TRUE(world.converge()) << world.log();
    world.run_for(std::chrono::minutes(2));
    EXPECT_EQ(world.apps()[app]["certificates"].size(), 0u) << world.log();
    EXPECT_EQ(world.cloud().count("delete_certificate"), 1u);
}

constexpr char detecting[] = "  volume: { size: 1Gi, mountPath: /data }\n  service: { port: 8080 }\n  driftPolicy: detect\n";

TEST_F(Safety, DetectReportsAMissingMachineAndLeavesItSo) {
    begin(image_yaml("shop", detecting));
    auto const app = only_app(world);
    ASSERT_TRUE(world.cloud().external().remove_machine(app, first_machine(world, app)));
    world.run_for(std::chrono::minutes(30));
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();
    auto const& status = world.environment("shop")->status;
    EXPECT_FALSE(reconcile::is_ready(status)) << "nothing serves";
    auto const* in_sync = reconcile::find_condition(status, "InSync");
    ASSERT_NE(in_sync, nullptr);
    EXPECT_EQ(in_sync->reason, "DriftDetected");
    EXPECT_NE(in_sync->message.find("web-0"), std::string::npos) << in_sync->message;

    // A new wish is not drift.
    world.want_yaml(image_yaml("shop", std::string(detecting) + "  env: { A: b }\n"));
    EXPECT_TRUE(world.converge()) << world.log();
    EXPECT_EQ(world.apps()[app]["machines"].size(), 1u);
}

TEST_F(Safety, DetectRewritesNeitherMarksNorAddressesNorConfigs) {
    world.variables()["TOKEN"] = "one";
    begin(image_yaml("shop", std::string(detecting) + "  secrets: [{ name: TOKEN, from: { env: TOKEN } }]\n"));
    auto const app = only_app(world);
    auto const id = first_machine(world, app);
    ASSERT_TRUE(world.cloud().external().set_metadata(app, id, "dayfly_revision", "somebody's"));
    ASSERT_TRUE(world.cloud().external().remove_ip(app, world.apps()[app]["ips"][0]["ip"]));
    ASSERT_TRUE(world.controller().reconcile_now({.name = "shop"}));
    world.run_for(std::chrono::minutes(30));
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();
    ASSERT_TRUE(world.cloud().external().change_config(app, id, {{"image", "evil:1"}}));
    world.run_for(std::chrono::minutes(30));
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();

    // The value of a secret is a wish that no generation tells of.
    world.variables()["TOKEN"] = "two";
    ASSERT_TRUE(world.controller().reconcile_now({.name = "shop"}));
    world.run_for(std::chrono::minutes(5));
    EXPECT_EQ(world.cloud().secret_value(app, "TOKEN"), "two") << world.log();
}

TEST_F(Safety, AnAppListWithoutNamesDisturbsNobody) {
    begin(several(4, with_volume));
    world.kill();
    world.cloud().options().quirks.names_in_app_list = false;
    world.start();
    ASSERT_TRUE(world.converge()) << world.log();
    world.run_for(std::chrono::minutes(10));
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();

    world.want_yaml(several(5, with_volume));
    ASSERT_TRUE(world.converge()) << world.log();
    EXPECT_EQ(world.apps().size(), 5u);
    world.want_yaml(several(4, with_volume));
    EXPECT_TRUE(world.run(std::chrono::minutes(10), [&] { return world.apps().size() == 4; })) << world.log();
    EXPECT_TRUE(world.cloud().violations().empty());
}

source::Snapshot snapshot_of(std::string const& source, std::string const& yaml, bool complete = true) {
    source::Snapshot snapshot;
    snapshot.source = source;
    snapshot.complete = complete;
    snapshot.environments = specs::load(yaml, source + ".yaml", {}).environments;
    return snapshot;
}

class SeveralSources : public Safety {
protected:
    SeveralSources()
        : Safety([] {
              auto options = Safety::options();
              options.sources = {"a", "b"};
              return options;
          }()) {}
};

TEST_F(SeveralSources, AnObjectThatTwoClaimStallsInBothAndIsDeletedInNeither) {
    world.want_snapshot(snapshot_of("a", several(4)));
    world.want_snapshot(snapshot_of("b", image_yaml("other")));
    world.start();
    ASSERT_TRUE(world.converge()) << world.log();
    world.run_for(std::chrono::minutes(2));
    world.cloud().reset_journal();
    ASSERT_EQ(world.apps().size(), 5u);

    world.want_snapshot(snapshot_of("b", image_yaml("other") + image_yaml("env-0", "  env: { FROM: b }\n")));
    world.run_for(std::chrono::hours(1));
    EXPECT_EQ(world.cloud().writes(), 0u) << "whose word counts is not ours to decide\n" << world.log();
    EXPECT_EQ(reconcile::find_condition(world.environment("env-0")->status, "Stalled")->reason, "DuplicateObject");

    // The first one lets go of it: now only one word is left.
    world.want_snapshot(snapshot_of("a", several(4).substr(image_yaml("env-0").size())));
    EXPECT_TRUE(world.converge()) << world.log();
    expect_no_delete();
    EXPECT_EQ(world.apps().size(), 5u);
    auto const app = world.environment("env-0")->app;
    EXPECT_EQ(world.apps()[app]["machines"][0]["config"]["env"]["FROM"], "b");
}

TEST_F(SeveralSources, OneThatWasNotReadHoldsTheRemovalsOfAll) {
    world.want_snapshot(snapshot_of("a", several(4)));
    world.want_snapshot(snapshot_of("b", image_yaml("other")));
    world.start();
    ASSERT_TRUE(world.converge()) << world.log();
    world.run_for(std::chrono::minutes(2));
    world.cloud().reset_journal();
    // The object may have moved over into the one that cannot be read.
    world.want_snapshot(snapshot_of("b", "", false));
    world.want_snapshot(snapshot_of("a", several(3)));
    world.run_for(std::chrono::hours(1));
    expect_no_delete();
    EXPECT_EQ(world.apps().size(), 5u);
    ASSERT_TRUE(world.controller().held());
    EXPECT_EQ(world.controller().held()->verdict.code, "source_degraded");
    world.want_snapshot(snapshot_of("b", image_yaml("other")));
    EXPECT_TRUE(world.run(std::chrono::minutes(10), [&] { return world.apps().size() == 4; })) << world.log();
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

TEST_F(Safety, ASecretThatFlyRepeatsInAnErrorIsNotPassedOn) {
    constexpr char marked[] = "MARKED-s3cr3t-value";
    world.variables()["TOKEN"] = marked;
    world.cloud().faults().add({.kind = fly_sim::FaultKind::Status,
                                .action = "update_secrets",
                                .status = 422,
                                .body = std::string(R"({"error":"value ')") + marked + R"(' of API_KEY is refused"})"});
    world.want_yaml(image_yaml("shop", "  secrets: [{ name: API_KEY, from: { env: TOKEN } }]\n"));
    world.start();
    world.run_for(std::chrono::minutes(5));
    auto const& status = world.environment("shop")->status;
    ASSERT_TRUE(status.failure);
    EXPECT_NE(status.failure->message.find("'***' of API_KEY is refused"), std::string::npos) << status.failure->message;
    EXPECT_EQ(world.log().find(marked), std::string::npos);
    for (auto const& condition : status.conditions) EXPECT_EQ(condition.message.find(marked), std::string::npos);
    for (auto const& event : status.events) EXPECT_EQ(event.message.find(marked), std::string::npos);
    for (auto const& step : status.steps) EXPECT_EQ(step.message.find(marked), std::string::npos);
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
