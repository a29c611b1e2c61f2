// What moves an environment, and above all what does not.
#include <algorithm>

#include <fmt/format.h>

#include "tests/support/git_repository.h"
#include "tests/unit/reconcile/follower_world.h"

namespace dayfly::reconcile {
namespace {

using Fault = FakeGithub::Fault;

TEST_F(FollowerTest, TellsTheHeadOfTheDefaultBranchAndItsImage) {
    add("shop", {.repository = "acme/shop"});
    start();
    pass(1s);
    EXPECT_EQ(at("shop").revision.commit, commit_of("1"));
    EXPECT_EQ(at("shop").revision.image, "node:20");
    EXPECT_EQ(at("shop").problem, "");
}

TEST_F(FollowerTest, FollowsABranchAndForcePushesAlike) {
    shop().branches["feature/cart"] = commit_of("1");
    add("shop", {.repository = "acme/shop", .branch = "feature/cart"});
    start();
    pass(1s);
    commit("2", {}, "1");
    shop().branches["feature/cart"] = commit_of("2");
    look();
    commit("3", {});
    shop().branches["feature/cart"] = commit_of("3");
    look();
    EXPECT_EQ(at("shop").commits, (std::vector{commit_of("1"), commit_of("2"), commit_of("3")}));
}

TEST_F(FollowerTest, FollowsEachReferenceOfOneRepository) {
    commit("2", {});
    commit("3", {});
    shop().branches["next"] = commit_of("2");
    shop().tags["v1"] = commit_of("3");
    shop().pulls[7] = {.head_commit = commit_of("2")};
    add("default", {.repository = "acme/shop"});
    add("next", {.repository = "https://github.com/acme/shop.git", .branch = "next"});
    add("tag", {.repository = "git@github.com:acme/shop.git", .tag = "v1"});
    add("pull", {.repository = "acme/shop", .pull_request = 7});
    add("pinned", {.repository = "acme/shop", .commit = commit_of("3")});
    add("short", {.repository = "acme/shop", .commit = commit_of("3").substr(0, 7)});
    start();
    pass(1s);
    EXPECT_EQ(at("default").revision.commit, commit_of("1"));
    EXPECT_EQ(at("next").revision.commit, commit_of("2"));
    EXPECT_EQ(at("tag").revision.commit, commit_of("3"));
    EXPECT_EQ(at("pull").revision.commit, commit_of("2"));
    EXPECT_EQ(at("pinned").revision.commit, commit_of("3"));
    EXPECT_EQ(at("short").revision.commit, commit_of("3"));
}

TEST_F(FollowerTest, AsksNothingForAPinnedCommitButWhatItIs) {
    add("pinned", {.repository = "acme/shop", .commit = commit_of("1")});
    start();
    pass(1s);
    auto const asked = github_.requests.size();
    pass(1h);
    EXPECT_EQ(github_.requests.size(), asked);
    for (auto const& request : github_.requests) EXPECT_NE(request.find("/contents/"), std::string::npos) << request;
}

TEST_F(FollowerTest, KeepsWhatRunsWhenTheBranchIsDeleted) {
    shop().branches["gone"] = commit_of("1");
    add("shop", {.repository = "acme/shop", .branch = "gone"});
    add("other", {.repository = "acme/shop", .branch = "main"});
    start();
    pass(1s);
    shop().branches.erase("gone");
    look();
    EXPECT_EQ(at("shop").problem, "BranchNotFound");
    EXPECT_EQ(at("shop").revision.commit, commit_of("1"));
    EXPECT_FALSE(at("shop").ending);
    EXPECT_EQ(at("other").problem, "");
    shop().branches["gone"] = commit_of("1");
    look();
    EXPECT_EQ(at("shop").problem, "");
    EXPECT_EQ(at("shop").commits.size(), 1u);
}

/// Whatever GitHub does instead of answering, nothing ends and nothing moves.
TEST_F(FollowerTest, NeverEndsAnEnvironmentForAnAnswerThatIsNone) {
    shop().pulls[7] = {.head_commit = commit_of("1")};
    shop().branches["next"] = commit_of("1");
    std::vector<std::pair<Fault, std::string>> const table{
        {Fault::Down, "HostUnreachable"},
        {Fault::Refused, "HostUnreachable"},
        {Fault::Slow, "HostUnreachable"},
        {Fault::Garbage, "HostUnreachable"},
        {Fault::WrongShape, "HostUnreachable"},
        {Fault::WebPage, "HostUnreachable"},
        {Fault::Error, "HostUnreachable"},
        {Fault::NotFound, "RepositoryNotFound"},
        {Fault::Unauthorized, "CredentialsRefused"},
        {Fault::Forbidden, "AccessDenied"},
        {Fault::Secondary, "RateLimited"},
        {Fault::TooMany, "RateLimited"},
        {Fault::Empty, "BranchNotFound"},
    };
    add("pull", {.repository = "acme/shop", .pull_request = 7});
    add("main", {.repository = "acme/shop", .branch = "main"});
    add("next", {.repository = "acme/shop", .branch = "next"});
    start();
    pass(1s);
    for (auto const& [fault, reason] : table) {
        github_.fault = fault;
        pass(20min);
        for (auto const* name : {"pull", "main", "next"}) {
            EXPECT_FALSE(at(name).ending) << name << ' ' << reason;
            EXPECT_EQ(at(name).revision.commit, commit_of("1")) << name << ' ' << reason;
            EXPECT_EQ(at(name).commits.size(), 1u) << name << ' ' << reason;
        }
        EXPECT_EQ(at("main").problem, reason) << static_cast<int>(fault) << ' ' << at("main").message;
        github_.fault = Fault::None;
        pass(1h);
        for (auto const* name : {"pull", "main", "next"}) EXPECT_EQ(at(name).problem, "") << name << " after " << reason;
    }
}

TEST_F(FollowerTest, EndsAnEnvironmentWhenItsPullRequestSaysClosedAndTakesItBackWhenReopened) {
    shop().pulls[7] = {.head_commit = commit_of("1"), .updated = 1};
    add("pull", {.repository = "acme/shop", .pull_request = 7});
    start();
    pass(1s);
    EXPECT_FALSE(at("pull").ending);
    shop().pulls[7].state = "closed";
    shop().pulls[7].updated = 2;
    look();
    ASSERT_TRUE(at("pull").ending);
    EXPECT_EQ(at("pull").ending->reason, "PullRequestClosed");
    shop().pulls[7].state = "open";
    shop().pulls[7].updated = 3;
    look();
    EXPECT_FALSE(at("pull").ending);
    EXPECT_EQ(at("pull").revision.commit, commit_of("1"));
}

TEST_F(FollowerTest, DoesNotEndAnEnvironmentWhosePullRequestIsNotListed) {
    shop().pulls[7] = {.head_commit = commit_of("1"), .updated = 1};
    add("pull", {.repository = "acme/shop", .pull_request = 7});
    start();
    pass(1s);
    for (int number = 100; number < 350; ++number) {
        shop().pulls[number] = {.head_commit = commit_of("1"), .state = "closed", .updated = number};
    }
    look();
    EXPECT_FALSE(at("pull").ending) << "it is far behind in the list, and open";
    shop().pulls.erase(7);
    look();
    EXPECT_FALSE(at("pull").ending) << "and not even a 404 of its own is a closed state";
}

TEST_F(FollowerTest, LearnsOfAClosedPullRequestThatFellOffTheFirstPage) {
    shop().pulls[7] = {.head_commit = commit_of("1"), .updated = 1};
    add("pull", {.repository = "acme/shop", .pull_request = 7});
    start();
    pass(1s);
    shop().pulls[7].state = "closed";
    shop().pulls[7].updated = 2;
    for (int number = 100; number < 350; ++number) {
        shop().pulls[number] = {.head_commit = commit_of("1"), .state = "closed", .updated = number};
    }
    look();
    EXPECT_TRUE(at("pull").ending);
}

TEST_F(FollowerTest, KeepsAClosedPullRequestWhenTheSpecSaysSo) {
    shop().pulls[7] = {.head_commit = commit_of("1"), .state = "closed", .merged = true};
    add("pull", {.repository = "acme/shop", .pull_request = 7}, specs::ClosePolicy::Keep);
    start();
    pass(1s);
    EXPECT_FALSE(at("pull").ending);
    EXPECT_EQ(at("pull").revision.commit, commit_of("1"));
}

TEST_F(FollowerTest, PutsTheEnvironmentOfAClosedPullRequestToSleepWhenTheSpecSaysSo) {
    shop().pulls[7] = {.head_commit = commit_of("1"), .updated = 1};
    shop().pulls[8] = {.head_commit = commit_of("1"), .state = "closed", .updated = 1};
    add("pull", {.repository = "acme/shop", .pull_request = 7}, specs::ClosePolicy::Sleep);
    add("late", {.repository = "acme/shop", .pull_request = 8}, specs::ClosePolicy::Sleep);
    start();
    pass(1s);
    EXPECT_FALSE(at("pull").asleep);
    EXPECT_EQ(at("late").revision.commit, "") << "a closed pull request is no reason to begin";
    EXPECT_EQ(at("late").problem, "PullRequestClosed");
    shop().pulls[7].state = "closed";
    shop().pulls[7].updated = 2;
    look();
    EXPECT_TRUE(at("pull").asleep);
    EXPECT_EQ(at("pull").cause, "pull request 7 is closed");
    EXPECT_FALSE(at("pull").ending);
    at("pull").asleep = false;  // a request woke it
    look();
    EXPECT_FALSE(at("pull").asleep) << "it is put to sleep once, not again and again";
    shop().pulls[7].state = "open";
    shop().pulls[7].updated = 3;
    at("pull").asleep = true;
    look();
    EXPECT_FALSE(at("pull").asleep);
}

TEST_F(FollowerTest, TakesTheEndingBackWhenThePolicyChanges) {
    shop().pulls[7] = {.head_commit = commit_of("1"), .state = "closed"};
    add("pull", {.repository = "acme/shop", .pull_request = 7});
    start();
    pass(1s);
    ASSERT_TRUE(at("pull").ending);
    EXPECT_EQ(at("pull").revision.commit, "") << "nothing is put to work for a closed pull request";
    add("pull", {.repository = "acme/shop", .pull_request = 7}, specs::ClosePolicy::Keep);
    pass(1s);
    EXPECT_FALSE(at("pull").ending);
    EXPECT_EQ(at("pull").revision.commit, commit_of("1"));
}

TEST_F(FollowerTest, TellsThatAPullRequestComesFromAFork) {
    shop().pulls[7] = {.head_commit = commit_of("1"), .head_repository = "stranger/shop"};
    shop().pulls[8] = {.head_commit = commit_of("1"), .head_repository = "-"};
    shop().pulls[9] = {.head_commit = commit_of("1")};
    for (int number : {7, 8, 9}) add("pr-" + std::to_string(number), {.repository = "acme/shop", .pull_request = number});
    start();
    pass(1s);
    EXPECT_TRUE(at("pr-7").revision.fork);
    EXPECT_TRUE(at("pr-8").revision.fork) << "the fork was deleted";
    EXPECT_FALSE(at("pr-9").revision.fork);
}

TEST_F(FollowerTest, DoesNotRedeployWhenNothingWatchedChanged) {
    add("web", {.repository = "acme/shop", .branch = "main", .watch = {"apps/web/**"}});
    start();
    pass(1s);
    change("2", "1", "docs/readme.md");
    shop().branches["main"] = commit_of("2");
    look();
    EXPECT_EQ(at("web").revision.commit, commit_of("1"));
    change("3", "2", "apps/web/page.js");
    shop().branches["main"] = commit_of("3");
    look();
    EXPECT_EQ(at("web").revision.commit, commit_of("3"));
    commit("4", shop().files[commit_of("1")]);
    shop().branches["main"] = commit_of("4");
    look();
    EXPECT_EQ(at("web").revision.commit, commit_of("4")) << "a force push is compared with nothing that can be trusted";
    for (int i = 0; i < 400; ++i) shop().files[commit_of("5")]["docs/" + std::to_string(i)] = "x";
    shop().parents[commit_of("5")] = commit_of("4");
    shop().branches["main"] = commit_of("5");
    look();
    EXPECT_EQ(at("web").revision.commit, commit_of("5")) << "too much changed to be listed";
}

TEST_F(FollowerTest, AsksNothingBeforeItIsKnownWhatRuns) {
    add("web", {.repository = "acme/shop", .branch = "main", .watch = {"apps/web/**"}});
    change("2", "1", "docs/readme.md");
    shop().branches["main"] = commit_of("2");
    loop_.is_ready = false;
    start();
    pass(10min);
    EXPECT_TRUE(github_.requests.empty());
    at("web").revision = {.commit = commit_of("1"), .image = "node:20"};
    loop_.is_ready = true;
    pass(2s);
    EXPECT_EQ(at("web").revision.commit, commit_of("1")) << "nothing watched changed since what runs";
    EXPECT_EQ(at("web").problem, "");
}

TEST_F(FollowerTest, HoldsAHeadThatIsNotAdmitted) {
    add("shop", {.repository = "acme/shop"});
    std::optional<Hold> hold = Hold{.reason = "ChecksPending", .message = "build-image"};
    start();
    follower_->set_admission(
        [&hold](FollowedEnvironment, github::Head, github::Place) -> Task<std::optional<Hold>> { co_return hold; });
    look();
    EXPECT_EQ(at("shop").problem, "ChecksPending");
    EXPECT_EQ(at("shop").revision.commit, "");
    hold.reset();
    look();
    EXPECT_EQ(at("shop").problem, "");
    EXPECT_EQ(at("shop").revision.commit, commit_of("1"));
}

TEST_F(FollowerTest, RefusesRepositoriesOfThisMachineUnlessAllowed) {
    add("folder", {.repository = "file:///srv/shop"});
    add("loopback", {.repository = "http://127.0.0.1:1/shop.git"});
    start();
    pass(1s);
    EXPECT_EQ(at("folder").problem, "NotAllowed");
    EXPECT_EQ(at("loopback").problem, "NotAllowed");
    stop();
    start({.allow_local = true});
    pass(1s);
    EXPECT_EQ(at("folder").problem, "RepositoryNotFound");
}

TEST_F(FollowerTest, FollowsAFolderOfThisMachine) {
    test::BareRepository const repository;
    auto const first = repository.commit("one");
    repository.set("refs/heads/main", first);
    add("folder", {.repository = "file://" + repository.folder()});
    start({.allow_local = true});
    pass(1s);
    EXPECT_EQ(at("folder").revision.commit, first);
    auto const second = repository.commit("two", first);
    repository.set("refs/heads/main", second);
    look();
    EXPECT_EQ(at("folder").revision.commit, second);
}

TEST_F(FollowerTest, LeavesOthersToTheMachineWhenOnlyLocalOnesAreFollowed) {
    add("shop", {.repository = "acme/shop"});
    at("shop").problem = "not told";
    start({.allow_local = true, .only_local = true});
    pass(10min);
    EXPECT_EQ(at("shop").problem, "") << "told, without a commit";
    EXPECT_EQ(at("shop").revision.commit, "");
    EXPECT_TRUE(github_.requests.empty());
}

TEST_F(FollowerTest, AsksAsTheSpecSays) {
    shop().is_private = true;
    own_token_ = "";
    github_.tokens["theirs"] = {"acme/shop"};
    add("open", {.repository = "acme/shop"});
    add("theirs", {.repository = "acme/shop", .credentials = specs::Credentials{.env = "SHOP_TOKEN"}});
    add("missing", {.repository = "acme/shop", .credentials = specs::Credentials{.env = "NOT_SET"}});
    secrets_["SHOP_TOKEN"] = "theirs";
    start();
    pass(1s);
    EXPECT_EQ(at("open").problem, "RepositoryNotFound");
    EXPECT_EQ(at("theirs").revision.commit, commit_of("1"));
    EXPECT_EQ(at("missing").problem, "InvalidSource");
    secrets_["SHOP_TOKEN"] = "revoked";
    look();
    EXPECT_EQ(at("theirs").problem, "CredentialsRefused");
    EXPECT_EQ(at("theirs").revision.commit, commit_of("1"));
}

TEST_F(FollowerTest, AsksAtOnceWhenItIsToldTo) {
    add("shop", {.repository = "acme/shop"});
    start({.interval = 10min});
    pass(1s);
    commit("2", {});
    shop().branches["main"] = commit_of("2");
    EXPECT_EQ(follower_->look_now("Acme/Shop"), 1u);
    EXPECT_EQ(follower_->look_now("acme/shop"), 1u);
    EXPECT_EQ(follower_->look_now("acme/other"), 0u);
    auto const before = std::ranges::count(github_.requests, "GET /repos/acme/shop/commits/heads/main");
    pass(100ms);
    EXPECT_EQ(at("shop").revision.commit, commit_of("2"));
    EXPECT_EQ(std::ranges::count(github_.requests, "GET /repos/acme/shop/commits/heads/main"), before + 1) << "hints are one";
}

TEST_F(FollowerTest, MovesOnWhenARepositoryIsRenamed) {
    add("shop", {.repository = "acme/shop", .branch = "main"});
    start();
    pass(1s);
    github_.repositories["acme/store"] = shop();
    shop().moved_to = "acme/store";
    github_.repositories["acme/store"].branches["main"] = commit_of("2");
    github_.repositories["acme/store"].files[commit_of("2")] = {};
    look();
    EXPECT_EQ(at("shop").revision.commit, commit_of("2"));
}

/// 1000 environments of 50 repositories, of all kinds.
TEST_F(FollowerTest, AsksEachRepositoryOncePerIntervalWhateverTheNumberOfEnvironments) {
    for (int r = 0; r < 50; ++r) {
        auto const name = fmt::format("acme/r{}", r);
        auto& repository = github_.repositories[name];
        repository.id = 100 + r;
        repository.branches = {{"main", commit_of("1")}, {"next", commit_of("1")}};
        repository.files[commit_of("1")] = {{"index.html", ""}};
        for (int e = 0; e < 20; ++e) {
            specs::Git git{.repository = name};
            if (e == 1) git.branch = "main";
            if (e == 2) git.branch = "next";
            if (e > 2) {
                git.pull_request = e;
                repository.pulls[e] = {.head_commit = commit_of("1")};
            }
            add(fmt::format("e-{}-{}", r, e), git);
        }
    }
    start();
    pass(5min);
    ASSERT_EQ(at("e-49-19").revision.commit, commit_of("1"));
    github_.requests.clear();
    github_.counted = 0;
    pass(20min);
    EXPECT_LE(github_.requests.size(), 50u * 41u) << "one per repository and interval of 30 to 33 seconds";
    EXPECT_GE(github_.requests.size(), 50u * 36u);
    EXPECT_EQ(github_.counted, 0) << "all of them 304";
}

}  // namespace
}  // namespace dayfly::reconcile
