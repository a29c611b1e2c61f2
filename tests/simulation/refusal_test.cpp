// What Fly does not have or does not give: it is told to those whom it concerns, tried again gently, and disturbs nobody else.
#include "tests/simulation/safety.h"

namespace dayfly::test {
namespace {

using Refusal = Safety;

TEST_F(Refusal, AnAppListWithoutNamesDisturbsNobody) {
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

TEST_F(Refusal, AFullRegionFallsBackWithItsVolume) {
    world.cloud().external().set_region_full("dfw", true, false);
    world.want_yaml(image_yaml("shop", std::string(with_volume) + "  region: dfw\n  fallbackRegions: [ord]\n"));
    world.start();
    ASSERT_TRUE(world.converge()) << world.log();
    auto const app = world.apps().begin().value();
    EXPECT_EQ(app["machines"][0]["region"], "ord");
    EXPECT_EQ(app["volumes"].size(), 1u) << "the empty volume of the full region was left behind";
}

TEST_F(Refusal, ARegionWhoseQuotaIsUsedUpFallsBackToo) {
    world.cloud().options().capacity.memory_quota_mb["dfw"] = 128;
    world.want_yaml(image_yaml("shop", "  region: dfw\n  fallbackRegions: [ord]\n"));
    world.start();
    ASSERT_TRUE(world.converge()) << world.log();
    EXPECT_EQ(world.apps().begin().value()["machines"][0]["region"], "ord");
    EXPECT_EQ(world.cloud().count("create_machine"), 2u);
}

TEST_F(Refusal, AFullRegionThatHoldsTheDataIsTriedAgainGently) {
    begin(image_yaml("shop", std::string(with_volume) + "  region: dfw\n  fallbackRegions: [ord]\n"));
    auto const app = only_app(world);
    world.cloud().external().set_region_full("dfw", true, false);
    ASSERT_TRUE(world.cloud().external().remove_machine(app, first_machine(world, app)));
    world.run_for(std::chrono::minutes(30));
    EXPECT_LT(world.cloud().count("create_machine"), 15u) << "a hot loop";
    ASSERT_TRUE(world.environment("shop")->status.failure);
    EXPECT_EQ(world.environment("shop")->status.failure->code, "NoCapacity");
    expect_no_delete();
}

TEST_F(Refusal, AMachineWhoseHostIsFullIsMadeAnewElsewhere) {
    begin(image_yaml("shop"));
    auto const app = only_app(world);
    auto const before = first_machine(world, app);
    ASSERT_TRUE(world.cloud().external().fill_host_of(app, before));
    world.want_yaml(image_yaml("shop", "  env: { NEW: \"1\" }\n"));
    ASSERT_TRUE(world.converge()) << world.log();
    EXPECT_EQ(world.cloud().count("update_machine"), 2u) << "once can be chance, and is no reason to destroy anything";
    EXPECT_EQ(world.apps()[app]["machines"].size(), 1u);
    EXPECT_EQ(world.apps()[app]["machines"][0]["config"]["env"]["NEW"], "1");
    EXPECT_NE(first_machine(world, app), before);
}

TEST_F(Refusal, AMachineWithDataStaysOnItsFullHost) {
    begin(image_yaml("shop", with_volume));
    auto const app = only_app(world);
    auto const before = first_machine(world, app);
    ASSERT_TRUE(world.cloud().external().fill_host_of(app, before));
    world.want_yaml(image_yaml("shop", std::string(with_volume) + "  env: { NEW: \"1\" }\n"));
    world.run_for(std::chrono::minutes(30));
    EXPECT_LT(world.cloud().count("update_machine"), 15u) << "a hot loop";
    EXPECT_EQ(first_machine(world, app), before);
    expect_no_delete();
    ASSERT_TRUE(world.environment("shop")->status.failure);
    EXPECT_EQ(world.environment("shop")->status.failure->code, "NoCapacity");
    ASSERT_TRUE(world.cloud().external().fill_host_of(app, before, false));
    EXPECT_TRUE(world.converge()) << world.log();
}

TEST_F(Refusal, AVersionThatIsReplacedBeforeItStartedIsNotWaitedForAnyLonger) {
    world.cloud().options().timings.boot = std::chrono::minutes(1);
    world.want_yaml(image_yaml("shop"));
    world.start();
    ASSERT_TRUE(world.run(std::chrono::minutes(2), [&] { return world.cloud().count("create_machine") == 1; }));
    world.run_for(std::chrono::seconds(10));
    world.want_yaml(image_yaml("shop", "  env: { NEW: \"1\" }\n"));
    ASSERT_TRUE(world.converge()) << world.log();
    world.run_for(std::chrono::minutes(10));
    EXPECT_LT(world.cloud().count("wait_machine"), 8u);
}

TEST_F(Refusal, AWaitThatIsForbiddenIsNotRepeatedEverySecond) {
    world.cloud().faults().add({.kind = fly_sim::FaultKind::Unauthorised, .action = "wait_machine"});
    world.want_yaml(several(4));
    world.start();
    world.run_for(std::chrono::minutes(5));
    EXPECT_LT(world.cloud().count("wait_machine"), 60u);
}

}  // namespace
}  // namespace dayfly::test
