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

TEST_F(Refusal, ANameThatIsTakenStallsOnlyThatEnvironment) {
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

TEST_F(Refusal, AnUnknownOrganisationIsToldAndNothingIsDoneAboutIt) {
    begin(image_yaml("shop"));
    world.kill();
    world.cloud().options().organisations = {"others"};
    world.start();
    world.run_for(std::chrono::hours(1));
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();
    auto const& status = world.environment("shop")->status;
    ASSERT_TRUE(status.failure) << world.log();
    EXPECT_FALSE(status.failure->hint.empty());
    EXPECT_FALSE(reconcile::is_ready(status));
    auto const* unreadable = reconcile::find_condition(status, "FlyUnreadable");
    ASSERT_NE(unreadable, nullptr);
    EXPECT_NE(unreadable->message.find("acme"), std::string::npos) << unreadable->message;

    world.cloud().options().organisations = {"acme"};
    EXPECT_TRUE(world.converge()) << world.log();
    EXPECT_EQ(reconcile::find_condition(status, "FlyUnreadable"), nullptr);
    EXPECT_EQ(world.cloud().writes(), 0u);
}

TEST_F(Refusal, ARegionThatFlyDoesNotHaveStallsOnlyThatEnvironment) {
    world.cloud().faults().add({.kind = fly_sim::FaultKind::Status,
                                .action = "create_machine",
                                .path = "shop",
                                .status = 400,
                                .body = R"({"error":"invalid_argument: region dfw not found"})"});
    world.want_yaml(image_yaml("shop") + image_yaml("fine"));
    world.start();
    world.run_for(std::chrono::minutes(20));
    auto const& status = world.environment("shop")->status;
    ASSERT_TRUE(status.failure) << world.log();
    EXPECT_EQ(status.failure->code, "InvalidConfig");
    EXPECT_NE(status.failure->message.find("region dfw not found"), std::string::npos);
    EXPECT_FALSE(status.failure->hint.empty());
    EXPECT_NE(reconcile::find_condition(status, "Stalled"), nullptr);
    EXPECT_TRUE(reconcile::is_ready(world.environment("fine")->status)) << world.log();
    EXPECT_LT(world.cloud().count("create_machine"), 30u) << "a hot loop";
    expect_no_delete();
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

TEST_F(Refusal, NoCapacityAnywhereIsToldAndRetriedGently) {
    world.cloud().external().set_region_full("dfw", true, true);
    world.want_yaml(image_yaml("shop", with_volume));
    world.start();
    world.run_for(std::chrono::hours(1));
    ASSERT_TRUE(world.environment("shop")->status.failure);
    EXPECT_EQ(world.environment("shop")->status.failure->code, "NoCapacity");
    EXPECT_NE(world.environment("shop")->status.failure->hint.find("fallbackRegions"), std::string::npos);
    EXPECT_EQ(world.environment("shop")->status.conditions.front().reason, "NoCapacity");
    EXPECT_LT(world.cloud().count("create_volume"), 60u) << "a hot loop";
    expect_no_delete();
}

}  // namespace
}  // namespace dayfly::test
