// The clock of one environment, moment by moment: when it sleeps, when it is warned, when it ends, and when it must not.
#include "controller/reconcile/idle.h"

#include <gtest/gtest.h>

#include "controller/base/time_text.h"

namespace dayfly::reconcile {

// Found by argument-dependent look-up, so that a failed comparison prints the word.
inline void PrintTo(IdleAction action, std::ostream* out) {
    constexpr char const* words[] = {"Nothing", "Sleep", "Warn", "Expire"};
    *out << words[static_cast<int>(action)];
}

namespace {

using std::chrono::hours;
using std::chrono::minutes;

struct Clocked : testing::Test {
    WallTime const start = *parse_rfc3339("2026-10-01T12:00:00Z");
    specs::PreviewEnvironment environment;
    IdleFacts facts{.now = start, .last_use = start};

    IdleDecision at(std::chrono::seconds later) {
        facts.now = start + later;
        return decide_idle(environment, facts);
    }
    IdleAction action(std::chrono::seconds later) { return at(later).action; }
};

TEST_F(Clocked, SleepsAfterItsTimeAndNotBefore) {
    EXPECT_EQ(action(minutes(60) - seconds(1)), IdleAction::Nothing);
    EXPECT_EQ(action(minutes(60)), IdleAction::Sleep);
    EXPECT_EQ(at(minutes(10)).sleeps_at, start + hours(1));
    EXPECT_EQ(at(minutes(10)).expires_at, start + hours(72));
}

TEST_F(Clocked, DoesNotSleepTwiceNorWhileSomethingIsInProgress) {
    facts.at_rest = true;
    EXPECT_EQ(action(hours(2)), IdleAction::Nothing);
    EXPECT_FALSE(at(hours(2)).sleeps_at);
    facts = {.last_use = start, .in_progress = true};
    EXPECT_EQ(action(hours(2)), IdleAction::Nothing);
}

TEST_F(Clocked, LeavesOffToPeopleAndAutoToTheProxy) {
    for (auto const policy : {specs::SleepPolicy::Off, specs::SleepPolicy::Auto}) {
        environment.spec.sleep.policy = policy;
        EXPECT_EQ(action(hours(24)), IdleAction::Nothing);
        EXPECT_FALSE(at(hours(24)).sleeps_at);
        EXPECT_FALSE(at(hours(24)).message.empty());
    }
}

TEST_F(Clocked, DecidesNothingWhileItsUseCannotBeRead) {
    facts.unreadable = "Fly's metrics cannot be read";
    facts.warned = start;
    for (auto const later : {hours(2), hours(72), hours(1000)}) EXPECT_EQ(action(later), IdleAction::Nothing);
    EXPECT_FALSE(at(hours(2)).sleeps_at);
    EXPECT_NE(at(hours(2)).message.find("cannot be read"), std::string::npos);
}

TEST_F(Clocked, WarnsAnHourBeforeAndEndsAfterItsTtl) {
    facts.at_rest = true;
    EXPECT_EQ(action(hours(71) - seconds(1)), IdleAction::Nothing);
    EXPECT_EQ(action(hours(71)), IdleAction::Warn);
    facts.warned = facts.now;
    EXPECT_EQ(action(hours(72) - seconds(1)), IdleAction::Nothing) << "told once";
    EXPECT_EQ(action(hours(72)), IdleAction::Expire);
}

TEST_F(Clocked, WarnsOfAShortTtlAtItsLastTenth) {
    environment.spec.ttl = minutes(10);
    environment.spec.sleep.policy = specs::SleepPolicy::Off;
    EXPECT_EQ(action(minutes(9) - seconds(1)), IdleAction::Nothing);
    EXPECT_EQ(action(minutes(9)), IdleAction::Warn);
    facts.warned = facts.now;
    EXPECT_EQ(action(minutes(10)), IdleAction::Expire);
}

TEST_F(Clocked, TellsBeforeItEndsHoweverLateItIs) {
    facts.at_rest = true;
    EXPECT_EQ(action(hours(100)), IdleAction::Warn);
    facts.warned = facts.now;
    EXPECT_EQ(action(hours(100) + minutes(4)), IdleAction::Nothing);
    EXPECT_EQ(action(hours(100) + minutes(5)), IdleAction::Expire);
}

TEST_F(Clocked, IsKeptUntilTheMomentThatItsFileNames) {
    facts.at_rest = true;
    facts.warned = start;
    environment.annotations[specs::keep_until_annotation] = "2026-10-11T12:00:00Z";
    EXPECT_EQ(action(hours(24 * 10) - seconds(1)), IdleAction::Nothing);
    EXPECT_EQ(action(hours(24 * 10)), IdleAction::Expire);
    EXPECT_EQ(at(hours(1)).expires_at, *parse_rfc3339("2026-10-11T12:00:00Z"));
    environment.annotations[specs::keep_until_annotation] = "2026-10-01T13:00:00Z";
    EXPECT_EQ(at(hours(1)).expires_at, start + hours(72)) << "it never shortens a life";
}

TEST_F(Clocked, NeverIsNever) {
    environment.spec.ttl.reset();
    facts.at_rest = true;
    facts.warned = start;
    EXPECT_EQ(action(hours(24 * 365)), IdleAction::Nothing);
    EXPECT_FALSE(at(hours(1)).expires_at);
}

TEST_F(Clocked, StandsStillWhileSuspended) {
    environment.spec.suspend = true;
    facts.warned = start;
    EXPECT_EQ(action(hours(100)), IdleAction::Nothing);
}

}  // namespace
}  // namespace dayfly::reconcile
