// GitHub is told of environments beside the loop: whatever it answers, nothing is deleted, held up or told twice by it.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "controller/reconcile/feedback_loop.h"
#include "tests/simulation/follower_beside.h"
#include "tests/support/fake_github_feedback.h"

namespace dayfly::test {
namespace {

using Written = std::vector<std::string>;
using Fault = FakeGithub::Fault;

specs::Key const shop{.namespace_ = "default", .name = "shop"};

std::string git_yaml(std::string const& repository = "acme/shop", std::string const& spec = "") {
    return "---\napiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata: { name: shop }\nspec:\n  source: { git: "
           "{ "
           "repository: \"" +
           repository + "\", pullRequest: 42 } }\n  volume: null\n" + spec;
}

class Telling : public testing::Test {
protected:
    Telling() {
        github.tokens["t0ken"] = {"acme/shop"};
        world.set_beside([this](boost::asio::any_io_executor executor, reconcile::Controller& controller, Log& log) {
            auto beside = std::make_shared<Beside>(*this, executor, controller, log);
            boost::asio::co_spawn(executor, beside->loop.run(), boost::asio::detached);
            return beside;
        });
        world.want_yaml(git_yaml());
    }

    /// What one of our processes has of it, with an empty memory.
    struct Beside {
        FakeGithubTransport transport;
        github::Observer observer;
        github::Client client;
        github::Feedback feedback;
        reconcile::FeedbackLoop loop;
        Beside(Telling& test, boost::asio::any_io_executor executor, reconcile::Controller& controller, Log& log)
            : transport(test.world.clock(), test.github),
              client(test.world.clock(), transport,
                     std::make_unique<github::TokenCredentials>([]() -> Result<Secret> { return Secret("t0ken"); }), observer),
              feedback(test.world.clock(), client, [](std::string_view, std::string_view) {}),
              loop(executor, controller, feedback, test.world.clock(), log, {.place = {.owner = "default"}}) {}
    };

    void revision(std::string const& commit) { world.controller().set_revision(shop, {.commit = commit, .image = "node:22"}); }
    void up() {
        world.start();
        world.run_for(seconds(5));
        revision(commit_of("a"));
        ASSERT_TRUE(world.converge()) << world.log();
        world.run_for(seconds(30));
    }
    void close() { world.controller().set_ending(shop, reconcile::Ending{"PullRequestClosed", "pull request 42 was closed"}); }
    bool gone(Instant::duration limit) {
        return world.run(limit, [this] { return world.apps().empty(); });
    }
    reconcile::Condition const* failed() {
        return reconcile::find_condition(world.environment("shop")->status, "FeedbackFailed");
    }
    std::string step() {
        for (auto const& one : world.environment("shop")->status.steps)
            if (one.name == "Feedback") return one.state;
        return {};
    }

    World world{following()};
    FakeGithub github{world.clock()};
    FakeGithubFeedback fake{github};
};

TEST_F(Telling, ALifeIsToldOnceFromTheFirstCommitToTheRemoval) {
    up();
    EXPECT_EQ(fake.written(), (Written{"deployment", "deployment in_progress", "status pending", "comment",
                                       "deployment success", "status success", "comment edited"}));
    EXPECT_EQ(fake.deployments[0].statuses.back().url, world.environment("shop")->status.url);
    EXPECT_EQ(step(), "Done");

    revision(commit_of("b"));
    ASSERT_TRUE(world.converge()) << world.log();
    world.run_for(seconds(30));
    EXPECT_EQ(fake.written(), (Written{"deployment", "deployment in_progress", "status pending", "comment edited",
                                       "deployment success", "deployment inactive", "status success", "comment edited"}));

    close();
    ASSERT_TRUE(gone(std::chrono::minutes(5))) << world.log();
    EXPECT_EQ(fake.written(), (Written{"deployment inactive", "comment edited"}));
    EXPECT_EQ(fake.comments.size(), 1u);
    world.run_for(std::chrono::hours(3));
    EXPECT_EQ(fake.written(), Written{});
}

TEST_F(Telling, ItIsSetInactiveBeforeAnythingIsDeleted) {
    up();
    std::string state_at_first_delete;
    world.intercept([&](fly::Call const& call, fly_sim::Moment) {
        if (call.method == "DELETE" && state_at_first_delete.empty()) state_at_first_delete = fake.deployments.at(0).state();
        return fly_sim::Verdict::Continue;
    });
    close();
    ASSERT_TRUE(gone(std::chrono::minutes(5))) << world.log();
    EXPECT_EQ(state_at_first_delete, "inactive");
}

TEST_F(Telling, ARestartTellsNothingTwice) {
    up();
    fake.written();
    for (int i = 0; i < 3; ++i) {
        world.kill();
        world.start();
        ASSERT_TRUE(world.converge()) << world.log();
        revision(commit_of("a"));
        world.run_for(std::chrono::minutes(2));
        EXPECT_EQ(fake.written(), Written{});
    }
}

TEST_F(Telling, ADeadProcessInTheMiddleLeavesNothingDouble) {
    for (int cut = 0; cut < 12; ++cut) {
        world.start();
        world.run_for(milliseconds(700 * cut));
        if (world.environment("shop") != nullptr) revision(commit_of("a"));
        world.run_for(milliseconds(900 * cut));
        world.kill();
    }
    up();
    EXPECT_EQ(fake.deployments.size(), 1u);
    EXPECT_EQ(fake.comments.size(), 1u);
    EXPECT_EQ(fake.deployments[0].state(), "success");
    std::set<std::string> states;
    for (auto const& status : fake.deployments[0].statuses) EXPECT_TRUE(states.insert(status.state).second) << status.state;
    EXPECT_LE(fake.statuses[commit_of("a")].size(), 2u);
}

TEST_F(Telling, AGithubInTroubleHoldsNothingUpAndDeletesNothing) {
    for (auto const fault : {Fault::Down, Fault::Refused, Fault::Slow, Fault::Garbage, Fault::WebPage, Fault::Error,
                             Fault::NotFound, Fault::Unauthorized, Fault::Forbidden, Fault::TooMany}) {
        github.fault = fault;
        up();
        world.run_for(std::chrono::minutes(3));
        ASSERT_NE(failed(), nullptr) << static_cast<int>(fault);
        EXPECT_TRUE(reconcile::is_ready(world.environment("shop")->status));
        EXPECT_EQ(step(), "Failed");
        EXPECT_EQ(world.apps().size(), 1u);
        EXPECT_EQ(fake.written(), Written{});
        world.kill();
    }
    // It recovers, and hears what it missed.
    github.fault = Fault::None;
    up();
    world.run_for(std::chrono::hours(2));
    EXPECT_EQ(failed(), nullptr);
    EXPECT_EQ(fake.deployments.at(0).state(), "success");
}

TEST_F(Telling, ADeletionWaitsTenSecondsForASlowGithubAndNoLonger) {
    up();
    fake.written();
    github.fault = Fault::Slow;
    auto const began = world.clock().now();
    close();
    ASSERT_TRUE(gone(std::chrono::minutes(5))) << world.log();
    EXPECT_LE(world.clock().now() - began, seconds(30)) << world.log();
    // What was given up may have arrived all the same: it is read back, and the rest is told.
    github.fault = Fault::None;
    world.run_for(std::chrono::hours(2));
    EXPECT_EQ(fake.deployments[0].state(), "inactive");
    EXPECT_EQ(fake.written(), (Written{"deployment inactive", "comment edited"}));
}

TEST_F(Telling, AGithubThatWasDownHearsOfADeletionLater) {
    up();
    fake.written();
    github.fault = Fault::Refused;
    close();
    ASSERT_TRUE(gone(std::chrono::minutes(5))) << world.log();
    EXPECT_EQ(fake.written(), Written{});
    github.fault = Fault::None;
    world.run_for(std::chrono::hours(2));
    EXPECT_EQ(fake.written(), (Written{"deployment inactive", "comment edited"}));
}

TEST_F(Telling, AfterARefusalTheNextCommitIsToldAtOnce) {
    fake.refuse = {{"deployments", 403}, {"comments", 403}, {"statuses", 403}};
    up();
    auto const asked = github.requests.size();
    world.run_for(std::chrono::minutes(30));
    EXPECT_EQ(github.requests.size(), asked) << "asking the same again changes nothing";
    fake.refuse.clear();
    revision(commit_of("b"));
    ASSERT_TRUE(world.converge()) << world.log();
    world.run_for(seconds(30));
    EXPECT_EQ(fake.deployments.at(0).state(), "success");
    EXPECT_EQ(failed(), nullptr);
}

TEST_F(Telling, ARemovedFileIsToldLikeAnEnding) {
    world.want_yaml(git_yaml() + image_yaml("other"));
    up();
    fake.written();
    world.want_yaml(image_yaml("other"));
    ASSERT_TRUE(world.run(std::chrono::minutes(5), [&] { return world.apps().size() == 1; })) << world.log();
    EXPECT_EQ(fake.written(), (Written{"deployment inactive", "comment edited"}));
}

TEST_F(Telling, AFileThatWentWhileNobodyLookedIsToldToo) {
    world.want_yaml(git_yaml() + image_yaml("other"));
    up();
    world.kill();
    fake.written();
    world.want_yaml(image_yaml("other"));
    world.start();
    std::string state_at_the_delete;
    world.intercept([&](fly::Call const& call, fly_sim::Moment) {
        if (call.method == "DELETE" && state_at_the_delete.empty()) state_at_the_delete = fake.deployments.at(0).state();
        return fly_sim::Verdict::Continue;
    });
    ASSERT_TRUE(world.run(std::chrono::minutes(5), [&] { return world.apps().size() == 1; })) << world.log();
    EXPECT_EQ(state_at_the_delete, "inactive");
    EXPECT_EQ(fake.written(), (Written{"deployment inactive", "comment edited"}));
}

TEST_F(Telling, ACommitOfAForkThatWaitsIsToldOnce) {
    world.start();
    world.run_for(seconds(5));
    auto const hold = [&](std::string const& commit) {
        world.controller().hold_back(shop, {.commit = commit, .reason = "ForkNotApproved"}, "it waits");
        world.run_for(std::chrono::minutes(1));
    };
    hold(commit_of("a"));
    EXPECT_EQ(fake.written(), (Written{"status pending", "comment"}));
    EXPECT_NE(fake.comments.at(0).text.find("dayfly approve shop --sha " + commit_of("a")), std::string::npos);
    EXPECT_NE(fake.statuses.at(commit_of("a")).back().description.find("waits for approval"), std::string::npos);
    hold(commit_of("a"));
    world.kill();
    world.start();
    world.run_for(seconds(5));
    hold(commit_of("a"));
    EXPECT_EQ(fake.written(), Written{}) << "neither again, nor by a successor";

    revision(commit_of("a"));
    ASSERT_TRUE(world.converge()) << world.log();
    world.run_for(seconds(30));
    fake.written();
    hold(commit_of("b"));
    EXPECT_EQ(fake.written(), (Written{"status pending", "comment edited"}));
    EXPECT_EQ(fake.deployments.at(0).state(), "success") << "the commit before runs on";
    EXPECT_EQ(world.apps().size(), 1u);
}

TEST_F(Telling, WhatComesBackIsToldAnew) {
    up();
    close();
    ASSERT_TRUE(gone(std::chrono::minutes(5)));
    fake.written();
    world.controller().set_ending(shop, std::nullopt);
    ASSERT_TRUE(world.converge()) << world.log();
    world.run_for(seconds(30));
    EXPECT_EQ(fake.deployments.size(), 1u);
    EXPECT_EQ(fake.deployments[0].state(), "success");
    EXPECT_EQ(fake.comments.size(), 1u);
    EXPECT_NE(fake.comments[0].text.find("is ready"), std::string::npos);
}

TEST_F(Telling, NothingIsAskedOfGithubForOthers) {
    world.want_yaml(git_yaml("https://git.example.com/acme/shop") + image_yaml("other"));
    up();
    EXPECT_TRUE(github.requests.empty());
    world.want_yaml(git_yaml("acme/shop", "  feedback: { github: { deployment: false, comment: false, status: false } }\n"));
    world.run_for(std::chrono::minutes(2));
    EXPECT_TRUE(github.requests.empty());
}

TEST_F(Telling, NoMessageOfAFailureReachesGithub) {
    world.variables() = {{"TOKEN", "hunter2-very-secret"}};
    world.want_yaml(
        git_yaml("acme/shop", "  secrets: [{ name: A, from: { env: TOKEN } }, { name: B, from: { env: MISSING } }]\n"));
    world.start();
    world.run_for(seconds(5));
    revision(commit_of("a"));
    world.run_for(std::chrono::minutes(10));
    ASSERT_FALSE(fake.deployments.empty());
    EXPECT_EQ(fake.deployments[0].state(), "failure");
    ASSERT_EQ(fake.comments.size(), 1u);
    EXPECT_EQ(fake.comments[0].text.find("hunter2"), std::string::npos);
    EXPECT_EQ(fake.comments[0].text.find("MISSING"), std::string::npos) << fake.comments[0].text;
    EXPECT_NE(fake.comments[0].text.find("InvalidInput"), std::string::npos) << fake.comments[0].text;
    EXPECT_EQ(world.log().find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace dayfly::test
