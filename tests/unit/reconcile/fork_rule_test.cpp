// Whose code may run here. Each refusal says what would change it.
#include "controller/reconcile/fork_rule.h"

#include <gtest/gtest.h>

#include "controller/reconcile/approvals.h"

namespace dayfly::reconcile {
namespace {

std::string const first(40, 'a');
std::string const second(40, 'b');

ForkHead fork(std::string const& commit = first, std::string const& association = "NONE", bool author_owns_head = true) {
    return {.environment = "shop-pr-42",
            .commit = commit,
            .pull_request = github::PullRequest{.number = 42,
                                                .head_commit = commit,
                                                .from_fork = true,
                                                .author_owns_head = author_owns_head,
                                                .author_association = association}};
}

TEST(ForkRule, LetsTheRepositorysOwnBranchesRunUnderEveryPolicy) {
    auto own = fork();
    own.pull_request->from_fork = false;
    for (auto const policy : {ForkPolicy::Never, ForkPolicy::Approved, ForkPolicy::Members})
        EXPECT_FALSE(refuse_fork(policy, own, {}));
}

TEST(ForkRule, NeverMeansNeverEvenWhenApproved) {
    auto const refusal = refuse_fork(ForkPolicy::Never, fork(first, "OWNER"), {first});
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->reason, "ForksNotAllowed");
}

TEST(ForkRule, AnApprovalIsForOneCommitAndTheNextOneWaitsAgain) {
    EXPECT_FALSE(refuse_fork(ForkPolicy::Approved, fork(first), {first}));
    auto const refusal = refuse_fork(ForkPolicy::Approved, fork(second), {first});
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->reason, "ForkNotApproved");
    EXPECT_NE(refusal->message.find("dayfly approve shop-pr-42 --sha " + second), std::string::npos) << refusal->message;
    EXPECT_NE(refusal->message.find("dayfly.dev/approved-sha"), std::string::npos);
}

TEST(ForkRule, MembersRunTheirOwnForksAndNobodyElses) {
    for (auto const* association : {"OWNER", "MEMBER", "COLLABORATOR"}) {
        EXPECT_FALSE(refuse_fork(ForkPolicy::Members, fork(first, association), {})) << association;
        // A member opened the pull request, and somebody else pushes to the fork.
        EXPECT_TRUE(refuse_fork(ForkPolicy::Members, fork(first, association, false), {})) << association;
        EXPECT_TRUE(refuse_fork(ForkPolicy::Approved, fork(first, association), {})) << association;
    }
    for (auto const* association : {"CONTRIBUTOR", "FIRST_TIME_CONTRIBUTOR", "FIRST_TIMER", "MANNEQUIN", "NONE", "", "owner"})
        EXPECT_TRUE(refuse_fork(ForkPolicy::Members, fork(first, association), {})) << association;
    EXPECT_FALSE(refuse_fork(ForkPolicy::Members, fork(first, "NONE"), {first}));
}

TEST(ForkRule, APullRequestWhoseOriginIsNotToldCountsAsAForks) {
    ForkHead const unknown{.environment = "x", .commit = first, .pull_request = std::nullopt};
    EXPECT_TRUE(is_from_fork(unknown));
    EXPECT_TRUE(refuse_fork(ForkPolicy::Members, unknown, {}));
    EXPECT_FALSE(refuse_fork(ForkPolicy::Approved, unknown, {first}));
}

TEST(ForkRule, KnowsItsWords) {
    EXPECT_EQ(fork_policy("never"), ForkPolicy::Never);
    EXPECT_EQ(fork_policy("approved"), ForkPolicy::Approved);
    EXPECT_EQ(fork_policy("members"), ForkPolicy::Members);
    EXPECT_FALSE(fork_policy("Members"));
    EXPECT_FALSE(fork_policy(""));
}

specs::PreviewEnvironment environment(std::string const& annotation = "") {
    specs::PreviewEnvironment made{.key = {.namespace_ = "default", .name = "shop"}};
    if (!annotation.empty()) made.annotations[specs::approved_sha_annotation] = annotation;
    return made;
}

TEST(Approvals, ComeFromTheAnnotationAndByHand) {
    Approvals approvals;
    EXPECT_TRUE(approvals.of(environment()).empty());
    EXPECT_EQ(approvals.of(environment(first)), std::set<std::string>{first});
    ASSERT_TRUE(approvals.approve(environment().key, second));
    EXPECT_EQ(approvals.of(environment(first)), (std::set<std::string>{first, second}));
    EXPECT_TRUE(approvals.of({.key = {.namespace_ = "other", .name = "shop"}}).empty());
}

TEST(Approvals, APartOfACommitIdApprovesNothing) {
    Approvals approvals;
    for (auto const& text : {std::string("aaaaaaa"), std::string(), std::string(39, 'a'), std::string(40, 'A'), first + " "}) {
        EXPECT_FALSE(approvals.approve(environment().key, text)) << text;
        EXPECT_TRUE(approvals.of(environment(text)).empty()) << text;
    }
}

TEST(Approvals, KeepTheLastOnes) {
    Approvals approvals;
    for (int i = 0; i < 1'000; ++i) {
        auto commit = std::string(36, '0') + std::to_string(1'000 + i);
        ASSERT_TRUE(approvals.approve(environment().key, commit));
    }
    EXPECT_EQ(approvals.of(environment()).size(), 16u);
    EXPECT_TRUE(approvals.of(environment()).contains(std::string(36, '0') + "1999"));
}

}  // namespace
}  // namespace dayfly::reconcile
