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

}  // namespace
}  // namespace dayfly::test
