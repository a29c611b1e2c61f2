// From GitHub's pull requests to machines at Fly, with everything real between them but the two ends: whose commits run, when,
// and how soon after a hook.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <nlohmann/json.hpp>

#include "controller/base/digest.h"
#include "controller/reconcile/admission.h"
#include "controller/server/github_hook.h"
#include "tests/simulation/follower_beside.h"
#include "tests/support/fake_github_feedback.h"

namespace dayfly::test {
namespace {

using namespace std::chrono_literals;

specs::Key const shop{.namespace_ = "default", .name = "shop"};
auto const first = commit_of("a");
auto const second = commit_of("b");

std::string pull_yaml(std::string const& git = "", std::string const& spec = "", std::string const& approved = "") {
    return "---\napiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata:\n  name: shop\n" +
           (approved.empty() ? "" : "  annotations: { dayfly.dev/approved-sha: \"" + approved + "\" }\n") +
           "spec:\n  source: { git: { repository: acme/shop, pullRequest: 42" + git + " } }\n  volume: null\n" + spec;
}

class Admitting : public testing::Test {
protected:
    Admitting() {
        github.tokens["t0ken"] = {"acme/shop"};
        auto& repository = github.repositories["acme/shop"];
        repository.id = 1;
        repository.branches["main"] = commit_of("c");
        push(first);
        world.set_beside([this](boost::asio::any_io_executor const& executor, reconcile::Controller& controller, Log& log) {
            auto beside = std::make_shared<Beside>(*this, executor, controller, log);
            now = beside.get();
            boost::asio::co_spawn(executor, beside->follower.run(), boost::asio::detached);
            boost::asio::co_spawn(executor, beside->hook.run(), boost::asio::detached);
            return beside;
        });
    }

    /// What one of our processes has of it, with an empty memory.
    struct Beside : FollowerBeside {
        reconcile::Approvals approvals;
        reconcile::Admission admission;
        server::GithubHook hook;

        Beside(Admitting& test, boost::asio::any_io_executor const& executor, reconcile::Controller& controller, Log& log)
            : FollowerBeside(test.world, test.github, executor, controller, log),
              admission(followed, approvals, test.policy,
                        [this](github::Place const& place, std::string commit, std::vector<std::string> names) {
                            return github::read_checks(hosts.client(place), place.address.text, std::move(commit),
                                                       std::move(names));
                        }),
              hook(
                  test.world.clock(), []() -> Result<std::vector<Secret>> { return std::vector{Secret("s3cret")}; },
                  [this](std::string const& repository) { return follower.look_now(repository) > 0; },
                  [](std::string_view) {}) {
            follower.set_admission([this](reconcile::FollowedEnvironment environment, github::Head head, github::Place place) {
                return admission.admit(std::move(environment), std::move(head), std::move(place));
            });
        }
    };

    FakePullRequest& pull() { return github.repositories["acme/shop"].pulls[42]; }
    void push(std::string const& commit) {
        pull().head_commit = commit;
        ++pull().updated;
        github.repositories["acme/shop"].files[commit] = {{"README.md", "hello"}};
    }
    void send_hook() {
        http::Request request{.method = "POST", .body = R"({"repository":{"full_name":"acme/shop"}})"};
        request.headers.add("Content-Type", "application/json");
        request.headers.add("X-GitHub-Event", "push");
        request.headers.add("X-GitHub-Delivery", std::to_string(++deliveries));
        request.headers.add("X-Hub-Signature-256", "sha256=" + hmac_sha256_hex("s3cret", request.body));
        EXPECT_EQ(now->hook.handle(request).status, 202);
    }
    /// The commit that the only machine was told to run; "" without a machine.
    std::string runs() {
        auto const apps = world.apps();
        if (apps.size() != 1 || apps.begin()->at("machines").size() != 1) return {};
        return apps.begin()->at("machines").begin()->at("config")["env"].value("DAYFLY_SHA", "");
    }
    std::string reason() {
        auto const* condition = reconcile::find_condition(world.environment("shop")->status, "SourceReady");
        return condition == nullptr ? "" : condition->reason;
    }
    void begin(std::string const& yaml) {
        world.want_yaml(yaml);
        world.start();
        world.run_for(3min);
    }

    World world{following()};
    FakeGithub github{world.clock()};
    FakeGithubFeedback fake{github};
    reconcile::ForkPolicy policy = reconcile::ForkPolicy::Approved;
    Beside* now = nullptr;
    int deliveries = 0;
};

class Forks : public Admitting {
protected:
    Forks() { pull().head_repository = "mallory/shop"; }
};

TEST_F(Forks, NoCommitOfOneReachesAMachineByItself) {
    for (auto const allowed : {reconcile::ForkPolicy::Never, reconcile::ForkPolicy::Approved, reconcile::ForkPolicy::Members}) {
        policy = allowed;
        pull().association = "CONTRIBUTOR";
        begin(pull_yaml());
        EXPECT_EQ(world.cloud().writes(), 0u);
        EXPECT_EQ(reason(), allowed == reconcile::ForkPolicy::Never ? "ForksNotAllowed" : "ForkNotApproved");
        world.kill();
    }
}

TEST_F(Forks, AnApprovedCommitRunsWithTheSecretsOfForksAndTheNextOneWaits) {
    world.variables() = {{"A", "one"}, {"B", "two"}};
    begin(pull_yaml("", "  secrets: [{ name: A, from: { env: A } }, { name: B, from: { env: B } }]\n  forkSecrets: [B]\n"));
    ASSERT_TRUE(now->approvals.approve(shop, first));
    now->follower.look_now("acme/shop");
    ASSERT_TRUE(world.converge()) << world.log();
    EXPECT_EQ(runs(), first);
    auto const secrets = world.apps().begin()->at("secrets");
    EXPECT_FALSE(secrets.contains("A"));
    EXPECT_TRUE(secrets.contains("B"));

    world.cloud().reset_journal();
    push(second);
    send_hook();
    world.run_for(5min);
    EXPECT_EQ(runs(), first);
    EXPECT_EQ(world.cloud().writes(), 0u);
    EXPECT_EQ(reason(), "ForkNotApproved");
    EXPECT_TRUE(reconcile::is_ready(world.environment("shop")->status));

    ASSERT_TRUE(now->approvals.approve(shop, second));
    now->follower.look_now("acme/shop");
    world.run_for(3min);
    EXPECT_EQ(runs(), second);
    EXPECT_EQ(reason(), "Read");
}

TEST_F(Forks, TheAnnotationApprovesAndOneForAnotherCommitDoesNot) {
    begin(pull_yaml("", "", second));
    EXPECT_EQ(world.cloud().writes(), 0u);
    world.want_yaml(pull_yaml("", "", first));
    world.run_for(3min);
    EXPECT_EQ(runs(), first);
}

TEST_F(Forks, ARestartForgetsApprovalsByHandAndWhatRunsStays) {
    begin(pull_yaml());
    ASSERT_TRUE(now->approvals.approve(shop, first));
    now->follower.look_now("acme/shop");
    ASSERT_TRUE(world.converge()) << world.log();
    world.run_for(2min);
    world.kill();
    world.cloud().reset_journal();
    policy = reconcile::ForkPolicy::Never;
    world.start();
    world.run_for(5min);
    EXPECT_EQ(runs(), first);
    EXPECT_EQ(world.cloud().writes(), 0u);
    push(second);
    world.run_for(5min);
    EXPECT_EQ(runs(), first);
    EXPECT_EQ(reason(), "ForksNotAllowed");
}

TEST_F(Forks, NothingThatItsOwnerCanChangeLetsItIn) {
    policy = reconcile::ForkPolicy::Members;
    pull().association = "NONE";
    begin(pull_yaml());
    auto const still_nothing = [&](char const* what) {
        ++pull().updated;
        send_hook();
        world.run_for(2min);
        EXPECT_EQ(world.cloud().writes(), 0u) << what;
    };
    pull().head_branch = "main";
    still_nothing("its branch is called like ours");
    pull().head_repository = "mallory/acme-shop";
    still_nothing("the fork was renamed");
    pull().head_repository = "-";
    still_nothing("the fork was deleted");
    pull().draft = true;
    still_nothing("it became a draft");
    pull().head_repository = "mallory/shop";
    pull().association = "MEMBER";
    pull().head_owner = 666;
    still_nothing("a member opened it, and somebody else pushes to the fork");
}

TEST_F(Forks, MembersRunTheirOwn) {
    policy = reconcile::ForkPolicy::Members;
    begin(pull_yaml());
    EXPECT_EQ(runs(), first);
}

TEST_F(Admitting, ACommitIsHeldUntilItsChecksHavePassed) {
    fake.checks[first] = {{"build-image", "completed", "success"}};
    begin(pull_yaml(", waitFor: { checks: [build-image] }"));
    ASSERT_EQ(runs(), first);
    world.cloud().reset_journal();

    fake.checks[second] = {{"build-image", "in_progress", ""}};
    push(second);
    world.run_for(5min);
    EXPECT_EQ(reason(), "ChecksPending");
    EXPECT_EQ(runs(), first);

    fake.checks[second] = {{"build-image", "completed", "failure"}};
    world.run_for(5min);
    EXPECT_EQ(reason(), "ChecksFailed");
    EXPECT_EQ(runs(), first);
    EXPECT_EQ(world.cloud().writes(), 0u);

    fake.checks[second] = {{"build-image", "completed", "success"}};
    send_hook();
    world.run_for(5s);
    EXPECT_EQ(runs(), second);
    EXPECT_EQ(reason(), "Read");
}

TEST_F(Admitting, WaitingForChecksCostsNothingOfTheBudget) {
    fake.checks[first] = {{"build-image", "queued", ""}};
    begin(pull_yaml(", waitFor: { checks: [build-image] }"));
    auto const counted = github.counted;
    auto const asked = github.requests.size();
    world.run_for(10min);
    EXPECT_EQ(github.counted, counted);
    EXPECT_LE(github.requests.size() - asked, 2u * 20u) << "the pull requests and the checks, once an interval";
}

TEST_F(Admitting, AGithubThatFindsNothingAnyMoreKeepsWhatRuns) {
    fake.checks[first] = {{"build-image", "completed", "success"}};
    begin(pull_yaml(", waitFor: { checks: [build-image] }"));
    ASSERT_EQ(runs(), first);
    world.cloud().reset_journal();
    push(second);
    github.fault = FakeGithub::Fault::NotFound;
    world.run_for(10min);
    EXPECT_EQ(runs(), first);
    EXPECT_EQ(world.cloud().writes(), 0u);
}

TEST_F(Admitting, FromAHookToTheUpdateCallNothingIsWaitedForButTheNetwork) {
    begin(pull_yaml());
    ASSERT_EQ(runs(), first);
    std::vector<double> milliseconds_taken;
    std::optional<Instant> update;
    world.intercept([&](fly::Call const& call, fly_sim::Moment) {
        if (!update && call.method == "POST" && call.target.find("/machines/") != std::string::npos)
            update = world.clock().now();
        return fly_sim::Verdict::Continue;
    });
    for (int i = 0; i < 100; ++i) {
        // At any moment of the interval between two looks, and past the window of the hook before.
        world.run_for(61s + milliseconds(i * 293 % 30'000));
        push(commit_of("b" + std::to_string(i)));
        auto const began = world.clock().now();
        update.reset();
        send_hook();
        ASSERT_TRUE(world.run(10s, [&] { return update.has_value(); })) << i << "\n" << world.log();
        milliseconds_taken.push_back(std::chrono::duration<double, std::milli>(*update - began).count());
    }
    std::ranges::sort(milliseconds_taken);
    EXPECT_LT(milliseconds_taken[98], 100.0) << "p99";
    RecordProperty("p50_ms", std::to_string(milliseconds_taken[49]));
    RecordProperty("p99_ms", std::to_string(milliseconds_taken[98]));
}

}  // namespace
}  // namespace dayfly::test
