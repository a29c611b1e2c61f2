// What is not ours is never touched, whatever its name, and wherever it stands; what is ours twice is ours.
#include "tests/simulation/safety.h"

namespace dayfly::test {
namespace {

using Foreign = Safety;

TEST_F(Foreign, ForeignAppsAndMachinesAreNeverTouched) {
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
class ForeignBetweenLooks : public Safety {
protected:
    ForeignBetweenLooks()
        : Safety([] {
              auto options = Safety::options();
              options.controller.resync = std::chrono::hours(10);
              options.controller.audit = std::chrono::seconds(0);
              return options;
          }()) {}
};

TEST_F(ForeignBetweenLooks, AForeignMachineThatTheIndexDoesNotShowKeepsTheApp) {
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

TEST_F(ForeignBetweenLooks, AnEmptyAnswerToTheQuestionBeforeADeletionIsNotBelieved) {
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

TEST_F(Foreign, ABackupForkedByHandUnderOurNameIsLeftAlone) {
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

TEST_F(Foreign, ADoubleThatALostAnswerLeftIsRemoved) {
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

}  // namespace
}  // namespace dayfly::test
