// How the told state of an environment changes: conditions, steps, events and what a pass concludes.
#include "controller/reconcile/status.h"

#include <gtest/gtest.h>

#include "controller/reconcile/conclude.h"

namespace dayfly::reconcile {
namespace {

using namespace std::chrono_literals;

constexpr WallTime noon{1'790'856'000s};

TEST(Conditions, KeepTheirTransitionTimeWhileTheirStatusStays) {
    Status status;
    set_condition(status, {.type = "Ready", .status = Truth::False, .reason = "Pending", .message = "a"}, noon);
    set_condition(status, {.type = "Ready", .status = Truth::False, .reason = "Other", .message = "b"}, noon + 1h);
    ASSERT_NE(find_condition(status, "Ready"), nullptr);
    EXPECT_EQ(find_condition(status, "Ready")->last_transition, noon);
    EXPECT_EQ(find_condition(status, "Ready")->message, "b");
    set_condition(status, {.type = "Ready", .status = Truth::True, .reason = "Applied", .message = {}}, noon + 2h);
    EXPECT_EQ(find_condition(status, "Ready")->last_transition, noon + 2h);
    EXPECT_TRUE(is_ready(status));
}

TEST(Conditions, HaveReadyInFrontAndOneOfEachType) {
    Status status;
    set_condition(status, {.type = "InSync", .status = Truth::True, .reason = "x", .message = {}}, noon);
    set_condition(status, {.type = "Ready", .status = Truth::Unknown, .reason = "x", .message = {}}, noon);
    set_condition(status, {.type = "InSync", .status = Truth::False, .reason = "x", .message = {}}, noon);
    ASSERT_EQ(status.conditions.size(), 2u);
    EXPECT_EQ(status.conditions.front().type, "Ready");
    EXPECT_FALSE(is_ready(status)) << "unknown is not ready";
    remove_condition(status, "InSync");
    EXPECT_EQ(find_condition(status, "InSync"), nullptr);
}

TEST(Events, CountUpInsteadOfRepeatingThemselves) {
    Status status;
    for (int i = 0; i < 3; ++i) add_event(status, true, "NoCapacity", "fra is full", noon + i * 1min);
    ASSERT_EQ(status.events.size(), 1u);
    EXPECT_EQ(status.events.front().count, 3u);
    EXPECT_EQ(status.events.front().first, noon);
    EXPECT_EQ(status.events.front().last, noon + 2min);
}

TEST(Events, AreBoundedAndTheOldestGoFirst) {
    Status status;
    for (int i = 0; i < 200; ++i) add_event(status, false, "Applied", std::to_string(i), noon);
    EXPECT_EQ(status.events.size(), 50u);
    EXPECT_EQ(status.events.front().message, "199");
    EXPECT_EQ(status.events.back().message, "150");
}

TEST(Steps, TellWhenTheyRanAndRunAgain) {
    Status status;
    set_step(status, "Volume", "Running", "", noon);
    set_step(status, "Volume", "Done", "", noon + 5s);
    ASSERT_EQ(status.steps.size(), 1u);
    EXPECT_EQ(status.steps.front().started, noon);
    EXPECT_EQ(status.steps.front().ended, noon + 5s);
    set_step(status, "Volume", "Done", "still", noon + 1h);
    EXPECT_EQ(status.steps.front().ended, noon + 5s) << "being done is not being done again";
    set_step(status, "Volume", "Running", "", noon + 2h);
    EXPECT_EQ(status.steps.front().started, noon + 2h);
    EXPECT_FALSE(status.steps.front().ended);
}

struct Concluded : testing::Test {
    Environment environment;
    fly::Observed seen{.depth = fly::Depth::Truth, .presence = fly::Presence::Present};
    Concluded() {
        environment.generation = 3;
        seen.machines.push_back({.id = "m",
                                 .name = "web-0",
                                 .state = "started",
                                 .region = "fra",
                                 .version = {},
                                 .image = {},
                                 .guest = {},
                                 .metadata = {}});
    }
    void after(Outcome const& outcome, WallTime when = noon) { conclude(environment, outcome, seen, when, std::nullopt); }
    [[nodiscard]] Condition const* condition(std::string_view type) const { return find_condition(environment.status, type); }
};

TEST_F(Concluded, SettledIsReadyForThisGeneration) {
    after(Settled{});
    EXPECT_TRUE(is_ready(environment.status));
    EXPECT_EQ(environment.status.state, "Running");
    EXPECT_EQ(environment.status.observed_generation, 3u);
    EXPECT_EQ(environment.status.history.size(), 1u);
    after(Settled{}, noon + 1h);
    EXPECT_EQ(environment.status.history.size(), 1u) << "one entry a generation";
    EXPECT_EQ(environment.status.ready_since, noon);
}

TEST_F(Concluded, SleepingIsReadyToo) {
    seen.machines.front().state = "suspended";
    after(Settled{});
    EXPECT_TRUE(is_ready(environment.status));
    EXPECT_EQ(environment.status.state, "Sleeping");
    seen.machines.front().state = "started";
    after(Settled{});
    EXPECT_EQ(condition("Sleeping"), nullptr);
}

TEST_F(Concluded, AFailureThatOnlyAPersonCanEndIsStalled) {
    after(Failed{{.kind = ErrorKind::InvalidConfig, .message = "guest is refused"}});
    EXPECT_FALSE(is_ready(environment.status));
    ASSERT_NE(condition("Stalled"), nullptr);
    EXPECT_EQ(condition("Reconciling"), nullptr);
    EXPECT_EQ(environment.status.failure->code, "InvalidConfig");
    EXPECT_FALSE(environment.status.failure->hint.empty());

    after(Settled{});
    EXPECT_EQ(condition("Stalled"), nullptr);
    EXPECT_FALSE(environment.status.failure);
}

TEST_F(Concluded, WhatWasInSyncIsNotSoForANewSpecThatIsNotInPlace) {
    after(Settled{});
    after(Failed{{.kind = ErrorKind::Unavailable, .message = "Fly is silent"}});
    EXPECT_EQ(condition("InSync")->status, Truth::True) << "the same spec as before";
    ++environment.generation;
    after(Failed{{.kind = ErrorKind::Refused, .message = "a volume would be lost"}});
    EXPECT_EQ(condition("InSync")->status, Truth::False);
    EXPECT_EQ(condition("InSync")->reason, "Refused");
    after(Settled{});
    EXPECT_EQ(condition("InSync")->status, Truth::True);
}

TEST_F(Concluded, AFailureThatIsTriedAgainGoesOnReconciling) {
    after(Failed{{.kind = ErrorKind::NoCapacity, .message = "fra is full"}});
    EXPECT_EQ(condition("Stalled"), nullptr);
    ASSERT_NE(condition("Reconciling"), nullptr);
    EXPECT_EQ(environment.status.observed_generation, 0u) << "not applied yet";
}

TEST_F(Concluded, HistoryHoldsTheLastFiveGenerations) {
    for (environment.generation = 1; environment.generation <= 9; ++environment.generation) after(Settled{});
    ASSERT_EQ(environment.status.history.size(), 5u);
    EXPECT_EQ(environment.status.history.front().generation, 9u);
}

}  // namespace
}  // namespace dayfly::reconcile
