// What GitHub is told, call by call, and that nothing is told twice.
#include "controller/github/feedback.h"

#include <fmt/format.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/fake_github_feedback.h"
#include "tests/unit/github/github_world.h"

namespace dayfly::github {
namespace {

using Phase = Report::Phase;
using Written = std::vector<std::string>;

class FeedbackTest : public GithubTest {
protected:
    FeedbackTest() { restart(); }

    /// A process with an empty memory.
    void restart(FeedbackOptions options = {}) {
        feedback_ = std::make_unique<Feedback>(
            clock_, client(),
            [this](std::string_view sink, std::string_view outcome) { ++counted_[fmt::format("{} {}", sink, outcome)]; },
            options);
    }
    Report report(Phase phase, std::string const& commit = commit_of("a")) {
        return {.identity = "default/default/shop-pr-42",
                .repository = "acme/shop",
                .commit = commit,
                .environment = "dayfly/shop-pr-42",
                .name = "shop-pr-42",
                .pull_request = 42,
                .phase = phase,
                .reason = phase == Phase::Failure ? "BuildFailed" : "",
                .url = "https://shop-pr-42.example"};
    }
    Result<void> tell(Report const& told) { return run(feedback_->tell(told)); }
    Written after(Report const& told) {
        auto const result = tell(told);
        EXPECT_TRUE(result) << result.error().message;
        return fake_.written();
    }

    test::FakeGithubFeedback fake_{github_};
    std::map<std::string, int> counted_;
    std::unique_ptr<Feedback> feedback_;
};

TEST_F(FeedbackTest, ALifeIsToldInTheseCalls) {
    auto const first = commit_of("a");
    auto const second = commit_of("b");
    EXPECT_EQ(after(report(Phase::InProgress, first)),
              (Written{"deployment", "deployment in_progress", "status pending", "comment"}));
    EXPECT_EQ(after(report(Phase::Success, first)), (Written{"deployment success", "status success", "comment edited"}));
    EXPECT_EQ(after(report(Phase::InProgress, second)),
              (Written{"deployment", "deployment in_progress", "status pending", "comment edited"}));
    EXPECT_EQ(fake_.deployments[0].state(), "success") << "the old commit runs until the new one does";
    EXPECT_EQ(after(report(Phase::Failure, second)), (Written{"deployment failure", "status failure", "comment edited"}));
    EXPECT_EQ(after(report(Phase::Removed, second)), (Written{"deployment inactive", "deployment inactive", "comment edited"}));
    EXPECT_EQ(fake_.comments.size(), 1u);
    EXPECT_EQ(after(report(Phase::Removed, second)), Written{});
}

TEST_F(FeedbackTest, ANewCommitThatIsUpRetiresTheOldOne) {
    after(report(Phase::Success, commit_of("a")));
    EXPECT_EQ(after(report(Phase::Success, commit_of("b"))),
              (Written{"deployment", "deployment success", "deployment inactive", "status success", "comment edited"}));
    EXPECT_EQ(fake_.deployments[0].state(), "inactive");
    EXPECT_EQ(fake_.deployments[1].state(), "success");
}

TEST_F(FeedbackTest, ARestartAtAnyPointTellsNothingTwice) {
    for (auto const phase : {Phase::InProgress, Phase::Success, Phase::Failure}) {
        after(report(phase));
        restart();
        EXPECT_EQ(after(report(phase)), Written{}) << static_cast<int>(phase);
    }
    // What a new process says first, before it has looked: the end that was told stands.
    restart();
    EXPECT_EQ(after(report(Phase::InProgress)), Written{});
    restart();
    EXPECT_EQ(after(report(Phase::Removed)), (Written{"deployment inactive", "comment edited"}));
    restart();
    EXPECT_EQ(after(report(Phase::Removed)), Written{});
}

TEST_F(FeedbackTest, WhatIsKnownIsNotAskedAgain) {
    after(report(Phase::InProgress));
    auto const asked = github_.requests.size();
    EXPECT_EQ(after(report(Phase::Success)).size(), 3u);
    EXPECT_EQ(github_.requests.size() - asked, 3u);
}

TEST_F(FeedbackTest, AnAnswerThatNeverCameIsLookedForBeforeAnythingIsSentAgain) {
    fake_.lose_answers = true;
    EXPECT_FALSE(tell(report(Phase::InProgress)));
    EXPECT_FALSE(tell(report(Phase::InProgress)));
    fake_.lose_answers = false;
    after(report(Phase::InProgress));
    EXPECT_EQ(fake_.deployments.size(), 1u);
    EXPECT_EQ(fake_.deployments[0].statuses.size(), 1u);
    EXPECT_EQ(fake_.comments.size(), 1u);
    EXPECT_EQ(fake_.statuses[commit_of("a")].size(), 1u);
}

TEST_F(FeedbackTest, TheDeploymentIsTransientAndBlocksNothing) {
    after(report(Phase::Success));
    auto const body = Json::parse(fake_.deployments.at(0).body);
    EXPECT_EQ(body["transient_environment"], true);
    EXPECT_EQ(body["production_environment"], false);
    EXPECT_EQ(body["auto_merge"], false);
    EXPECT_EQ(body["required_contexts"], Json::array());
    auto const status = Json::parse(fake_.deployments[0].statuses.at(0).body);
    EXPECT_EQ(status["auto_inactive"], false);
    EXPECT_EQ(status["environment_url"], "https://shop-pr-42.example");
}

TEST_F(FeedbackTest, SomebodyElsesThingsAreLeftAlone) {
    fake_.comments.push_back(
        {.id = 7, .issue = 42, .login = "mallory", .text = comment_marker(report(Phase::Success).identity)});
    fake_.deployments.push_back(
        {.id = 8, .commit = commit_of("a"), .environment = "dayfly/shop-pr-42", .body = "{}", .statuses = {}});
    after(report(Phase::Success));
    after(report(Phase::Removed));
    EXPECT_EQ(fake_.comments[0].text, comment_marker(report(Phase::Success).identity));
    EXPECT_EQ(fake_.comments.size(), 2u);
    EXPECT_TRUE(fake_.deployments[0].statuses.empty());
}

TEST_F(FeedbackTest, AGithubAppKnowsItsCommentByItsId) {
    fake_.app = 12345;
    restart({.app_id = "12345"});
    after(report(Phase::InProgress));
    restart({.app_id = "12345"});
    EXPECT_EQ(after(report(Phase::Success)), (Written{"deployment success", "status success", "comment edited"}));
}

TEST_F(FeedbackTest, AMissingPermissionKeepsOnlyItsOwnPartFromBeingTold) {
    fake_.refuse["deployments"] = 403;
    auto const told = tell(report(Phase::Success));
    ASSERT_FALSE(told);
    EXPECT_EQ(told.error().kind, ErrorKind::Forbidden);
    EXPECT_EQ(fake_.written(), (Written{"status success", "comment"}));
    EXPECT_EQ(counted_["github_deployment failed"], 1);
    fake_.refuse.clear();
    EXPECT_EQ(after(report(Phase::Success)), (Written{"deployment", "deployment success"}));
}

TEST_F(FeedbackTest, EachPartCanBeSwitchedOff) {
    auto only_status = report(Phase::Success);
    only_status.deployment = only_status.comment = false;
    EXPECT_EQ(after(only_status), Written{"status success"});
    auto without_pull_request = report(Phase::Success);
    without_pull_request.pull_request.reset();
    without_pull_request.deployment = without_pull_request.status = false;
    EXPECT_EQ(after(without_pull_request), Written{});
}

TEST_F(FeedbackTest, DescriptionsFitGithubsLimit) {
    auto long_name = report(Phase::Failure);
    long_name.name = std::string(200, 'x');
    EXPECT_LE(description_of(long_name).size(), 140u);
    after(long_name);
}

TEST_F(FeedbackTest, WritesKeepTheDistanceThatGithubAsksFor) {
    auto const began = clock_.now();
    EXPECT_EQ(after(report(Phase::InProgress)).size(), 4u);
    EXPECT_GE(clock_.now() - began, 3s);
}

TEST_F(FeedbackTest, NoFaultOfGithubsIsTakenForAnEmptyAnswer) {
    after(report(Phase::Success));
    using Fault = test::FakeGithub::Fault;
    for (auto const fault : {Fault::Down, Fault::Refused, Fault::Garbage, Fault::WrongShape, Fault::WebPage, Fault::Error,
                             Fault::NotFound, Fault::Unauthorized, Fault::Forbidden, Fault::Secondary, Fault::TooMany}) {
        clock_.advance_to(clock_.now() + 2h);
        restart();
        github_.fault = fault;
        EXPECT_FALSE(tell(report(Phase::Success, commit_of("b")))) << static_cast<int>(fault);
        github_.fault = Fault::None;
        EXPECT_EQ(fake_.written(), Written{}) << static_cast<int>(fault);
    }
}

TEST_F(FeedbackTest, ReportsOfOneEnvironmentAreToldOneAfterTheOther) {
    auto both = [&]() -> Task<Result<void>> {
        using namespace boost::asio::experimental::awaitable_operators;
        auto [one, two] = co_await (feedback_->tell(report(Phase::InProgress)) && feedback_->tell(report(Phase::InProgress)));
        co_return one&& two ? Result<void>() : failure(ErrorKind::Unknown, "one of them failed");
    };
    EXPECT_TRUE(run(both()));
    EXPECT_EQ(fake_.written().size(), 4u);
}

}  // namespace
}  // namespace dayfly::github
