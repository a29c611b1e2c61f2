// The values of secrets reach Fly and nobody else.
#include "tests/simulation/safety.h"

namespace dayfly::test {
namespace {

using Secrecy = Safety;

TEST_F(Secrecy, NoSecretIsSeenAnywhere) {
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

TEST_F(Secrecy, ASecretThatFlyRepeatsInAnErrorIsNotPassedOn) {
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

}  // namespace
}  // namespace dayfly::test
