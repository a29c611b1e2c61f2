// How long failures wait, and which removals must not simply happen.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "controller/fly/error_policy.h"
#include "controller/reconcile/backoff.h"
#include "controller/reconcile/delete_guard.h"

namespace dayfly::reconcile {
namespace {

using namespace std::chrono_literals;

constexpr ErrorKind every_kind[] = {
    ErrorKind::Unauthenticated, ErrorKind::Forbidden,  ErrorKind::NotFound,      ErrorKind::NameTaken,
    ErrorKind::InvalidConfig,   ErrorKind::NoCapacity, ErrorKind::QuotaExceeded, ErrorKind::ImageNotFound,
    ErrorKind::Conflict,        ErrorKind::LeaseHeld,  ErrorKind::NotReadyYet,   ErrorKind::RateLimited,
    ErrorKind::Unavailable,     ErrorKind::Ambiguous,  ErrorKind::Refused,       ErrorKind::InvalidInput,
    ErrorKind::TimedOut,        ErrorKind::Cancelled,  ErrorKind::Unknown};

TEST(RetryDelay, StaysWithinItsBoundsForEveryKindAndAttempt) {
    Random random(1);
    for (auto const kind : every_kind) {
        auto const& policy = fly::policy_for(kind);
        for (unsigned attempt = 1; attempt <= 70; ++attempt) {
            auto bound = policy.base;
            for (unsigned i = 1; i < attempt && bound < policy.cap; ++i) bound *= 2;
            bound = std::min(bound, policy.cap);
            for (int draw = 0; draw < 20; ++draw) {
                auto const delay = retry_delay({.kind = kind}, attempt, random);
                ASSERT_GE(delay, std::min(policy.base, policy.cap) / 2) << to_string(kind) << " is a hot loop";
                ASSERT_LE(delay, bound) << to_string(kind) << ' ' << attempt;
            }
        }
    }
}

TEST(RetryDelay, GrowsToTheCapAndNoFurther) {
    Random random(2);
    auto const longest = [&](unsigned attempt) {
        std::chrono::milliseconds most{0};
        for (int i = 0; i < 500; ++i) most = std::max(most, retry_delay({.kind = ErrorKind::Unavailable}, attempt, random));
        return most;
    };
    EXPECT_LT(longest(1), 751ms);
    EXPECT_GT(longest(5), 6s);
    EXPECT_GT(longest(4'000'000'000u), 14min);
    EXPECT_LE(longest(4'000'000'000u), 15min);
}

TEST(RetryDelay, SpreadsWhatFailedTogether) {
    Random random(3);
    constexpr int keys = 1000;
    constexpr int buckets = 10;
    std::vector<int> count(buckets);
    for (int i = 0; i < keys; ++i) {
        // The eighth failure of Unavailable: up to 96 s.
        auto const delay = retry_delay({.kind = ErrorKind::Unavailable}, 8, random);
        ++count[static_cast<std::size_t>(std::min<std::int64_t>(buckets - 1, delay / 9'600ms))];
    }
    for (auto const in_bucket : count) {
        EXPECT_GT(in_bucket, keys / buckets / 2);
        EXPECT_LT(in_bucket, keys / buckets * 2);
    }
}

TEST(RetryDelay, IsNeverShorterThanTheServerAsked) {
    Random random(4);
    for (unsigned attempt = 1; attempt < 20; ++attempt) {
        auto const asked = Error{.kind = ErrorKind::RateLimited, .message = {}, .hint = {}, .retry_after = 1h};
        EXPECT_GE(retry_delay(asked, attempt, random), 1h);
        auto const soon = Error{.kind = ErrorKind::RateLimited, .message = {}, .hint = {}, .retry_after = 1ms};
        EXPECT_GE(retry_delay(soon, attempt, random), 1s) << "a short wish does not undo the back-off";
    }
}

TEST(RetryDelay, SpreadsThoseWhoWereToldTheSameMoment) {
    Random random(5);
    auto const asked = Error{.kind = ErrorKind::RateLimited, .message = {}, .hint = {}, .retry_after = 100s};
    std::set<std::chrono::seconds> moments;
    for (int i = 0; i < 1000; ++i) {
        auto const delay = retry_delay(asked, 1, random);
        ASSERT_GE(delay, 100s);
        ASSERT_LE(delay, 125s);
        moments.insert(std::chrono::duration_cast<std::chrono::seconds>(delay));
    }
    EXPECT_GE(moments.size(), 20u) << "they come back together";
}

Removals removals(std::size_t count, std::size_t managed) {
    Removals result{.apps = {}, .managed = managed, .wanted = managed - count, .sources_problem = {}};
    for (std::size_t i = 0; i < count; ++i) result.apps.insert("app-" + std::to_string(i));
    return result;
}

TEST(DeleteGuard, LetsAFewGoAndHoldsOneMore) {
    DeleteGuardOptions const options{.max_count = 3, .max_percent = 30};
    EXPECT_FALSE(judge(removals(0, 5), options, {}).held);
    EXPECT_FALSE(judge(removals(3, 5), options, {}).held) << "a small number is always fine";
    auto const held = judge(removals(4, 5), options, {});
    EXPECT_TRUE(held.held);
    EXPECT_EQ(held.code, "mass_delete");
}

TEST(DeleteGuard, CountsInPercentOfManyEnvironments) {
    DeleteGuardOptions const options{.max_count = 3, .max_percent = 30};
    EXPECT_FALSE(judge(removals(30, 100), options, {}).held);
    EXPECT_TRUE(judge(removals(31, 100), options, {}).held);
    EXPECT_FALSE(judge(removals(5, 19), options, {}).held) << "30 % of 19, rounded down";
    EXPECT_TRUE(judge(removals(6, 19), options, {}).held);
}

TEST(DeleteGuard, CountsWhatItLetGoAMomentAgo) {
    DeleteGuardOptions const options{.max_count = 3, .max_percent = 30};
    EXPECT_FALSE(judge({.apps = {"a"}, .managed = 5, .recent = 2, .wanted = 4}, options, {}).held);
    EXPECT_TRUE(judge({.apps = {"a"}, .managed = 5, .recent = 3, .wanted = 4}, options, {}).held);
    EXPECT_FALSE(judge({.apps = {"a"}, .managed = 97, .recent = 3, .wanted = 96}, options, {}).held);
}

TEST(DeleteGuard, HoldsEverythingWhenTheSourcesWantNothing) {
    auto const verdict = judge(removals(1, 1), {}, {});
    EXPECT_TRUE(verdict.held);
    EXPECT_EQ(verdict.code, "source_empty");
    EXPECT_FALSE(judge(removals(1, 1), {}, {verdict.id}).held) << "but a person may mean it";
}

TEST(DeleteGuard, TakesNoApprovalForASourceThatWasNotRead) {
    auto one = removals(1, 10);
    one.sources_problem = "specs: folder not readable";
    auto const verdict = judge(one, {}, {});
    EXPECT_TRUE(verdict.held);
    EXPECT_EQ(verdict.code, "source_degraded");
    EXPECT_NE(verdict.reason.find("folder not readable"), std::string::npos);
    EXPECT_TRUE(judge(one, {}, {verdict.id}).held);
}

TEST(DeleteGuard, BindsAnApprovalToTheVerySet) {
    auto const eight = removals(8, 10);
    auto const id = judge(eight, {}, {}).id;
    EXPECT_EQ(judge(eight, {}, {}).id, id);
    EXPECT_FALSE(judge(eight, {}, {id}).held);

    auto other = eight;
    other.apps.erase("app-0");
    other.apps.insert("precious");
    EXPECT_TRUE(judge(other, {}, {id}).held) << "the same number of other apps";
    auto nine = eight;
    nine.apps.insert("app-8");
    EXPECT_TRUE(judge(nine, {}, {id}).held);
    auto grown = eight;
    grown.managed = 11;
    EXPECT_NE(judge(grown, {}, {}).id, id);
}

}  // namespace
}  // namespace dayfly::reconcile
