// The whole line from a Git host to Fly, on virtual time: what GitHub says moves machines, and whatever it does instead of
// answering deletes nothing, in a running process and in one that has just started with an empty memory.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <nlohmann/json.hpp>

#include "tests/simulation/follower_beside.h"

namespace dayfly::test {
namespace {

using Fault = FakeGithub::Fault;

std::string git_yaml(std::string const& name, std::string const& git) {
    return "---\napiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata: { name: " + name +
           " }\nspec:\n  source: { git: { repository: acme/shop, " + git + " } }\n  volume: null\n";
}

class FollowedWorld : public testing::Test {
protected:
    FollowedWorld() {
        github.tokens["t0ken"] = {"acme/shop"};
        auto& shop = github.repositories["acme/shop"];
        shop.id = 1;
        shop.is_private = true;
        shop.branches = {{"main", commit_of("1")}, {"feature", commit_of("1")}};
        shop.pulls[7] = {.head_commit = commit_of("1"), .updated = 1};
        for (auto const* seed : {"1", "2", "3"}) shop.files[commit_of(seed)] = {{"index.html", ""}};
        world.set_beside([this](boost::asio::any_io_executor executor, reconcile::Controller& controller, Log& log) {
            auto beside = std::make_shared<FollowerBeside>(world, github, executor, controller, log);
            boost::asio::co_spawn(executor, beside->follower.run(), boost::asio::detached);
            return beside;
        });
    }

    void up(std::string const& yaml) {
        world.want_yaml(yaml);
        world.start();
        ASSERT_TRUE(world.converge()) << world.log();
        world.run_for(std::chrono::minutes(5));
        world.cloud().reset_journal();
    }
    FakeRepository& shop() { return github.repositories["acme/shop"]; }
    /// The commit of the only machine of the only app, and its id.
    [[nodiscard]] std::pair<std::string, std::string> machine() const {
        auto const apps = world.apps();
        if (apps.size() != 1 || apps.begin()->at("machines").size() != 1) return {};
        auto const& only = *apps.begin()->at("machines").begin();
        return {only.at("config").at("metadata").value("dayfly_revision", ""), only.value("id", "")};
    }
    bool runs(std::string const& commit) {
        return world.run(std::chrono::minutes(10), [&] { return machine().first == commit; });
    }

    World world{following()};
    FakeGithub github{world.clock()};
};

TEST_F(FollowedWorld, ANewCommitAndAForcePushUpdateTheMachine) {
    up(git_yaml("shop", "branch: feature"));
    auto const before = machine();
    EXPECT_EQ(before.first, commit_of("1"));
    for (auto const* seed : {"2", "3", "1"}) {
        shop().branches["feature"] = commit_of(seed);
        EXPECT_TRUE(runs(commit_of(seed))) << seed << '\n' << world.log();
        EXPECT_EQ(machine().second, before.second) << "it is the same machine";
    }
}

TEST_F(FollowedWorld, TheNewestCommitWinsOverOneThatIsStillBeingDeployed) {
    up(git_yaml("shop", "branch: feature"));
    shop().branches["feature"] = commit_of("2");
    ASSERT_TRUE(runs(commit_of("2")));
    shop().branches["feature"] = commit_of("3");
    EXPECT_TRUE(runs(commit_of("3"))) << "without waiting for the machine to start with the second";
    EXPECT_TRUE(world.converge());
    EXPECT_EQ(machine().first, commit_of("3"));
}

TEST_F(FollowedWorld, NoAnswerOfGithubWritesAnything) {
    up(git_yaml("pull", "pullRequest: 7") + git_yaml("main", "branch: main") + git_yaml("feature", "branch: feature"));
    auto const before = world.end_state();
    for (auto const fault :
         {Fault::Down, Fault::Refused, Fault::Slow, Fault::Garbage, Fault::WrongShape, Fault::WebPage, Fault::Error,
          Fault::NotFound, Fault::Unauthorized, Fault::Forbidden, Fault::Secondary, Fault::TooMany, Fault::Empty}) {
        github.fault = fault;
        world.run_for(std::chrono::minutes(40));
        world.kill();
        world.start();
        world.run_for(std::chrono::minutes(40));
        EXPECT_EQ(world.cloud().writes(), 0u) << "fault " << static_cast<int>(fault) << '\n' << world.log();
        EXPECT_EQ(world.end_state(), before) << "fault " << static_cast<int>(fault);
        github.fault = Fault::None;
        world.run_for(std::chrono::minutes(30));
        EXPECT_EQ(world.cloud().writes(), 0u) << "after fault " << static_cast<int>(fault);
        if (HasFailure()) return;
    }
}

TEST_F(FollowedWorld, ADeletedBranchKeepsWhatRuns) {
    up(git_yaml("shop", "branch: feature"));
    shop().branches.erase("feature");
    world.run_for(std::chrono::hours(2));
    world.kill();
    world.start();
    world.run_for(std::chrono::hours(2));
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();
    EXPECT_EQ(machine().first, commit_of("1"));
    auto const* const condition = reconcile::find_condition(world.environment("shop")->status, "SourceReady");
    ASSERT_NE(condition, nullptr);
    EXPECT_EQ(condition->reason, "BranchNotFound");
}

TEST_F(FollowedWorld, AClosedPullRequestTakesItsAppAndAReopenedOneBringsItBack) {
    up(git_yaml("shop", "pullRequest: 7"));
    shop().pulls[7].state = "closed";
    shop().pulls[7].updated = 2;
    ASSERT_TRUE(world.run(std::chrono::minutes(10), [&] { return world.apps().empty(); })) << world.log();
    world.run_for(std::chrono::minutes(10));
    EXPECT_EQ(world.environment("shop")->status.state, "PullRequestClosed");
    world.kill();
    world.start();
    world.run_for(std::chrono::hours(1));
    EXPECT_TRUE(world.apps().empty()) << "a process that has just started does not bring it back";
    shop().pulls[7].state = "open";
    shop().pulls[7].updated = 3;
    EXPECT_TRUE(runs(commit_of("1"))) << world.log();
}

TEST_F(FollowedWorld, AReopenedPullRequestIsKeptInRepairByTheSameProcess) {
    up(git_yaml("shop", "pullRequest: 7"));
    shop().pulls[7].state = "closed";
    shop().pulls[7].updated = 2;
    ASSERT_TRUE(world.run(std::chrono::minutes(10), [&] { return world.apps().empty(); })) << world.log();
    world.run_for(std::chrono::minutes(10));
    shop().pulls[7].state = "open";
    shop().pulls[7].updated = 3;
    ASSERT_TRUE(runs(commit_of("1"))) << world.log();
    world.run_for(std::chrono::minutes(5));
    auto const app = world.apps().begin().key();
    ASSERT_TRUE(world.cloud().external().remove_machine(app, world.apps()[app]["machines"][0]["id"]));
    world.cloud().reset_journal();
    EXPECT_TRUE(world.run(std::chrono::minutes(5), [&] { return world.cloud().count("create_machine") == 1; })) << world.log();
}

}  // namespace
}  // namespace dayfly::test
