// Whether the checks that an environment waits for have passed.
#include "controller/github/checks.h"

#include "tests/support/fake_github_feedback.h"
#include "tests/unit/github/github_world.h"

namespace dayfly::github {
namespace {

using State = Check::State;
using Names = std::vector<std::string>;

TEST(JudgeChecks, AllHaveToBeThereAndToHavePassed) {
    auto const judge = [](Names const& names, std::vector<Check> const& checks) { return judge_checks(names, checks).state; };
    EXPECT_EQ(judge({"a"}, {}), State::Pending);
    EXPECT_EQ(judge({"a"}, {{"a", State::Passed}}), State::Passed);
    EXPECT_EQ(judge({"a", "b"}, {{"a", State::Passed}}), State::Pending);
    EXPECT_EQ(judge({"a", "b"}, {{"a", State::Pending}, {"b", State::Failed}}), State::Failed);
    EXPECT_EQ(judge({"a"}, {{"a", State::Passed}, {"a", State::Failed}}), State::Failed);
    EXPECT_EQ(judge({"a"}, {{"a", State::Passed}, {"a", State::Pending}}), State::Pending);
    EXPECT_EQ(judge({"a"}, {{"a", State::Passed}, {"other", State::Failed}}), State::Passed);
    EXPECT_EQ(judge_checks({"a", "b"}, {{"a", State::Passed}}).message, "check b has not begun");
    EXPECT_EQ(judge_checks({"a"}, {{"a", State::Failed}}).message, "check a failed");
}

class ChecksTest : public GithubTest {
protected:
    ChecksTest() { client(); }
    std::vector<Check> read(Names names) {
        auto checks = run(read_checks(*client_, "acme/shop", commit_of("a"), std::move(names)));
        EXPECT_TRUE(checks) << checks.error().message;
        return checks.value_or(std::vector<Check>());
    }
    test::FakeGithubFeedback fake_{github_};
};

TEST_F(ChecksTest, RunsAndStatusesBothCount) {
    fake_.checks[commit_of("a")] = {{"build", "completed", "success"},
                                    {"lint", "completed", "skipped"},
                                    {"test", "in_progress", ""},
                                    {"scan", "completed", "timed_out"},
                                    {"other", "completed", "failure"}};
    fake_.statuses[commit_of("a")] = {{.id = 1, .state = "pending", .context = "ci", .body = "{}"},
                                      {.id = 2, .state = "success", .context = "ci", .body = "{}"},
                                      {.id = 3, .state = "error", .context = "cd", .body = "{}"}};
    EXPECT_EQ(read({"build", "lint", "test", "scan", "ci", "cd"}), (std::vector<Check>{{"build", State::Passed},
                                                                                       {"lint", State::Passed},
                                                                                       {"test", State::Pending},
                                                                                       {"scan", State::Failed},
                                                                                       {"cd", State::Failed},
                                                                                       {"ci", State::Passed}}));
}

TEST_F(ChecksTest, AskingAgainCostsNothingOfTheBudgetWhileNothingChanges) {
    fake_.checks[commit_of("a")] = {{"build", "queued", ""}};
    read({"build"});
    auto const counted = github_.counted;
    for (int i = 0; i < 10; ++i) EXPECT_EQ(read({"build"}).size(), 1u);
    EXPECT_EQ(github_.counted, counted);
}

TEST_F(ChecksTest, AnAnswerOfTheWrongShapeIsNoAnswer) {
    github_.fault = test::FakeGithub::Fault::WrongShape;
    EXPECT_FALSE(run(read_checks(*client_, "acme/shop", commit_of("a"), {"build"})));
}

}  // namespace
}  // namespace dayfly::github
