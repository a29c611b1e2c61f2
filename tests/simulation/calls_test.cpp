// Exact call counts: the fewest that are physically possible.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/world.h"

namespace dayfly::test {
namespace {

constexpr char with_everything[] = R"(  volume: { size: 1Gi, mountPath: /data }
  secrets: [{ name: DATABASE_URL, from: { env: DATABASE_URL } }]
  service: { port: 8080 }
)";

TEST(Calls, FirstCreateTakesTheMinimumInFourRoundTrips) {
    World world({.latency = milliseconds(100)});
    world.variables()["DATABASE_URL"] = "postgres://x";
    world.start();
    world.run_for(std::chrono::seconds(5));  // the first look at an empty organisation
    world.cloud().reset_journal();
    auto const began = world.clock().now();

    world.want_yaml(image_yaml("shop", with_everything));
    ASSERT_TRUE(world.run(std::chrono::minutes(1), [&] { return world.controller().all_ready(); }));

    EXPECT_EQ(world.cloud().count("create_app"), 1u);
    EXPECT_EQ(world.cloud().count("assign_ip"), 2u);  // the minimum has one address; each further one is a call
    EXPECT_EQ(world.cloud().count("update_secrets"), 1u);
    EXPECT_EQ(world.cloud().count("create_volume"), 1u);
    EXPECT_EQ(world.cloud().count("create_machine"), 1u);
    EXPECT_EQ(world.cloud().count("wait_machine"), 1u);
    EXPECT_EQ(world.cloud().journal().total(), 7u) << world.log();
    // Four round trips and the boot.
    auto const boot = world.cloud().options().timings.boot;
    EXPECT_LE(world.clock().now() - began, 4 * milliseconds(100) + boot + milliseconds(50)) << world.log();
}

TEST(Calls, AnImageUpdateTakesTwo) {
    World world;
    world.want_yaml(image_yaml("shop", "  service: { port: 8080 }\n"));
    world.start();
    ASSERT_TRUE(world.converge()) << world.log();
    world.run_for(std::chrono::minutes(2));
    world.cloud().reset_journal();

    world.want_yaml(image_yaml("shop", "  service: { port: 8080 }\n  env: { A: b }\n"));
    ASSERT_TRUE(world.run(std::chrono::minutes(5), [&] { return world.environment("shop")->status.observed_generation == 2; }))
        << world.log();

    EXPECT_EQ(world.cloud().count("update_machine"), 1u);
    EXPECT_EQ(world.cloud().count("wait_machine"), 1u);
    EXPECT_EQ(world.cloud().writes(), 1u);
}

TEST(Calls, ADeletionTakesAQuestionAndTheDeletionAndIsConfirmedForNothing) {
    World world;
    world.want_yaml(image_yaml("keep") + image_yaml("drop"));
    world.start();
    ASSERT_TRUE(world.converge()) << world.log();
    world.run_for(std::chrono::minutes(2));
    world.cloud().reset_journal();

    world.want_yaml(image_yaml("keep"));
    ASSERT_TRUE(world.run(std::chrono::minutes(5), [&] { return world.environment("drop") == nullptr; })) << world.log();

    // The organisation's list cannot tell that nobody put a machine of theirs into the app a moment ago: docs/safety.md.
    EXPECT_EQ(world.cloud().count("list_machines"), 1u);
    EXPECT_EQ(world.cloud().count("delete_app"), 1u);
    EXPECT_EQ(world.cloud().writes(), 1u);
    auto const looks = world.cloud().count("list_apps");
    EXPECT_EQ(world.cloud().journal().total(), 2u + 3u * looks) << "beside the looks at the organisation: two calls";
    EXPECT_EQ(world.apps().size(), 1u);
}

class ManyEnvironments : public testing::Test {
protected:
    static constexpr int count = 1000;

    static std::vector<specs::PreviewEnvironment> environments(int first, int last, std::string const& more = "") {
        std::string yaml;
        for (int i = first; i < last; ++i) {
            yaml += image_yaml("env-" + std::to_string(i),
                               "  volume: { size: 1Gi, mountPath: /data }\n  service: { port: 80 }\n" + more);
        }
        specs::LoadOptions load;
        load.limits = {.max_bytes = 64u << 20, .max_documents = count + 1, .max_nodes = 10'000'000};
        auto loaded = specs::load(yaml, "many.yaml", load);
        for (auto const& problem : loaded.problems) ADD_FAILURE() << problem.text();
        return std::move(loaded.environments);
    }

    static WorldOptions options() {
        WorldOptions options;
        options.controller.audit = std::chrono::seconds(0);
        options.latency = milliseconds(1);
        return options;
    }

    World world{options()};

    void SetUp() override {
        world.want(environments(0, count));
        world.start();
        // Looked at once a second only: the question itself costs a walk over all of them.
        for (int i = 0; i < 600 && !world.controller().all_ready(); ++i) world.run_for(std::chrono::seconds(1));
        for (auto const& [key, environment] : world.controller().environments()) {
            ASSERT_TRUE(reconcile::is_ready(environment.status))
                << key.name << " " << environment.status.state << " "
                << (environment.status.failure ? environment.status.failure->message : "");
        }
        world.run_for(std::chrono::minutes(5));
        ASSERT_TRUE(world.controller().all_ready());
    }
};

TEST_F(ManyEnvironments, AResyncAndARestartOfAThousandTakeThreeCallsAndNoWrite) {
    world.cloud().reset_journal();
    world.run_for(std::chrono::seconds(30));
    EXPECT_EQ(world.cloud().journal().total(), 3u);
    EXPECT_EQ(world.cloud().writes(), 0u);

    world.kill();
    world.cloud().reset_journal();
    world.start();
    ASSERT_TRUE(world.run(std::chrono::seconds(25), [&] { return world.controller().all_ready(); }));
    world.run_for(std::chrono::seconds(20));
    EXPECT_EQ(world.cloud().journal().total(), 3u);
    EXPECT_EQ(world.cloud().writes(), 0u);
}

TEST_F(ManyEnvironments, AThousandDeletionsKeepFlysPaceAndHoldUpNobody) {
    // One stays, 999 go, which a person has to allow.
    world.want(environments(0, 1));
    ASSERT_TRUE(world.run(std::chrono::minutes(2), [&] { return world.controller().held().has_value(); }));
    world.cloud().reset_journal();
    ASSERT_TRUE(world.controller().approve_deletes(world.controller().held()->verdict.id));
    auto const began = world.clock().now();
    world.run_for(std::chrono::seconds(30));
    EXPECT_GT(world.cloud().count("delete_app"), 40u);
    EXPECT_LT(world.cloud().count("delete_app"), 60u) << "100 a minute";

    // In the middle of it somebody changes the one that stays.
    auto const changed = world.clock().now();
    world.want(environments(0, 1, "  env: { A: b }\n"));
    ASSERT_TRUE(world.run(std::chrono::seconds(5), [&] { return world.cloud().count("update_machine") == 1; }));
    EXPECT_LE(world.clock().now() - changed, milliseconds(10)) << "it waited behind deletions";

    for (int i = 0; i < 700 && world.cloud().count("delete_app") < count - 1; ++i) world.run_for(std::chrono::seconds(1));
    EXPECT_LE(world.clock().now() - began, std::chrono::seconds(630)) << "1.05 times ten minutes";
    EXPECT_EQ(world.cloud().count("delete_app"), static_cast<std::uint64_t>(count - 1));
    for (auto const& entry : world.cloud().journal().entries()) ASSERT_NE(entry.status, 429) << entry.action;
    world.run_for(std::chrono::minutes(2));
    EXPECT_EQ(world.apps().size(), 1u);
    EXPECT_EQ(world.cloud().count("list_machines"), static_cast<std::uint64_t>(count - 1)) << "one question each";
}

}  // namespace
}  // namespace dayfly::test
