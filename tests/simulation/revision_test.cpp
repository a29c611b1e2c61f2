// A git source's commit comes from outside the loop: it moves the environment, and not knowing it moves nothing. An environment
// can end while its object is still there.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/simulation/world.h"

namespace dayfly::test {
namespace {

std::string git_yaml(std::string const& name, std::string const& spec = "") {
    return "---\napiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata: { name: " + name +
           " }\nspec:\n  source: { git: { repository: acme/shop, branch: main } }\n  volume: null\n" + spec;
}

specs::Key key(std::string const& name) { return {.namespace_ = "default", .name = name}; }

std::string const first(40, 'a');
std::string const second(40, 'b');

WorldOptions following() {
    WorldOptions options;
    options.controller.follow = true;
    return options;
}

/// The config of the only machine of the only app.
nlohmann::json machine_config(World& world) {
    auto const apps = world.apps();
    if (apps.size() != 1) return {};
    auto const& machines = apps.begin()->at("machines");
    return machines.size() == 1 ? machines.begin()->at("config") : nlohmann::json();
}

class Following : public testing::Test {
protected:
    void made(std::string const& commit, bool fork = false) {
        world.want_yaml(git_yaml("shop", spec));
        world.start();
        world.run_for(std::chrono::seconds(5));
        world.controller().set_revision(key("shop"), {.commit = commit, .image = "node:20", .fork = fork});
        ASSERT_TRUE(world.converge()) << world.log();
        world.run_for(std::chrono::minutes(2));
        world.cloud().reset_journal();
    }

    World world{following()};
    std::string spec;
};

TEST_F(Following, NothingIsMadeBeforeTheCommitIsKnown) {
    world.want_yaml(git_yaml("shop"));
    world.start();
    world.run_for(std::chrono::minutes(5));
    EXPECT_EQ(world.cloud().writes(), 0u);
    EXPECT_EQ(world.environment("shop")->status.conditions.front().status, reconcile::Truth::Unknown);
}

TEST(FollowingAnEnterpriseServer, AShortNameIsClonedFromThere) {
    auto options = following();
    options.controller.github = "https://git.acme.example";
    World world(options);
    world.want_yaml(git_yaml("shop"));
    world.start();
    world.run_for(std::chrono::seconds(5));
    world.controller().set_revision(key("shop"), {.commit = first});
    ASSERT_TRUE(world.converge()) << world.log();
    EXPECT_EQ(machine_config(world)["env"]["DAYFLY_REPOSITORY"], "https://git.acme.example/acme/shop.git");
}

TEST_F(Following, ACommitReachesTheMachineAndTheNextOneUpdatesIt) {
    made(first);
    EXPECT_EQ(machine_config(world)["env"]["DAYFLY_SHA"], first);
    EXPECT_EQ(machine_config(world)["image"], "node:20");
    std::vector<std::string_view> steps;
    for (auto const& step : world.environment("shop")->status.steps) steps.push_back(step.name);
    EXPECT_TRUE(std::ranges::equal(steps, reconcile::step_names)) << "all steps, in their order, though one was told early";

    world.controller().set_revision(key("shop"), {.commit = second, .image = "node:20"});
    ASSERT_TRUE(world.converge()) << world.log();
    EXPECT_EQ(machine_config(world)["env"]["DAYFLY_SHA"], second);
    EXPECT_EQ(world.cloud().count("update_machine"), 1u);
    // Beside it one question how far the program is, and the mark that it is up.
    EXPECT_EQ(world.cloud().writes(), 3u);
}

TEST_F(Following, ARestartWithoutAnAnswerLeavesWhatRunsAlone) {
    made(first);
    world.kill();
    world.start();
    ASSERT_TRUE(world.converge()) << world.log();
    world.controller().set_source_problem(key("shop"), "Unavailable", "the host does not answer");
    world.run_for(std::chrono::minutes(10));
    EXPECT_EQ(world.cloud().writes(), 0u);
    EXPECT_EQ(world.environment("shop")->status.revision_running, first);
    EXPECT_TRUE(reconcile::is_ready(world.environment("shop")->status));
}

TEST_F(Following, AForkGetsOnlyTheSecretsThatAreListedForForks) {
    world.variables() = {{"A", "one"}, {"B", "two"}};
    spec = "  secrets: [{ name: A, from: { env: A } }, { name: B, from: { env: B } }]\n  forkSecrets: [B]\n";
    made(first, true);
    auto const secrets = world.apps().begin()->at("secrets");
    EXPECT_FALSE(secrets.contains("A"));
    EXPECT_TRUE(secrets.contains("B"));
    world.kill();
    world.start();
    ASSERT_TRUE(world.converge()) << world.log();
    EXPECT_EQ(world.cloud().writes(), 0u) << "that it is a fork's has to survive a restart";
}

TEST_F(Following, AnEndingTearsDownAndTheEnvironmentStaysVisibleUntilItIsWantedAgain) {
    made(first);
    world.controller().set_ending(key("shop"), reconcile::Ending{"PullRequestClosed", "pull request 7 is closed"});
    ASSERT_TRUE(world.run(std::chrono::minutes(5), [&] { return world.apps().empty(); })) << world.log();
    world.run_for(std::chrono::minutes(5));
    EXPECT_TRUE(world.apps().empty());
    ASSERT_NE(world.environment("shop"), nullptr);
    EXPECT_EQ(world.environment("shop")->status.state, "PullRequestClosed");

    world.controller().set_ending(key("shop"), std::nullopt);
    ASSERT_TRUE(world.converge()) << world.log();
    EXPECT_EQ(world.apps().size(), 1u);
}

TEST_F(Following, AnEndedEnvironmentWhoseObjectGoesIsForgotten) {
    made(first);
    world.controller().set_ending(key("shop"), reconcile::Ending{"PullRequestClosed", "pull request 7 is closed"});
    world.run_for(std::chrono::minutes(5));
    world.want_yaml(image_yaml("other"));
    ASSERT_TRUE(world.run(std::chrono::minutes(5), [&] { return world.environment("shop") == nullptr; })) << world.log();
}

TEST(Endings, ManyAtOnceAreHeldLikeManyRemovals) {
    World world;
    std::string yaml;
    for (int i = 0; i < 6; ++i) yaml += image_yaml("shop-" + std::to_string(i));
    world.want_yaml(yaml);
    world.start();
    ASSERT_TRUE(world.converge()) << world.log();
    world.run_for(std::chrono::minutes(2));
    auto& controller = world.controller();
    auto const six = world.apps();
    // Told one by one, as a host tells them: each alone is few, all together are not.
    for (int i = 0; i < 6; ++i) {
        controller.set_ending(key("shop-" + std::to_string(i)), reconcile::Ending{"PullRequestClosed", "closed"});
        world.run_for(std::chrono::milliseconds(10));
    }
    world.run_for(std::chrono::minutes(9));
    EXPECT_EQ(world.apps().size(), 3u) << "three at once are always fine, the rest is held";
    ASSERT_TRUE(controller.held());
    ASSERT_TRUE(controller.approve_deletes(controller.held()->verdict.id));
    ASSERT_TRUE(world.run(std::chrono::minutes(5), [&] { return world.apps().empty(); })) << world.log();
}

}  // namespace
}  // namespace dayfly::test
