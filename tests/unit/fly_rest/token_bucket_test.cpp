// The bucket's arithmetic, to the nanosecond.
#include "controller/fly_rest/token_bucket.h"

#include <gtest/gtest.h>

#include <cmath>

namespace dayfly::fly_rest {
namespace {

using namespace std::chrono_literals;

constexpr Instant start{1h};

double seconds_after_start(Instant when) { return std::chrono::duration<double>(when - start).count(); }

TEST(TokenBucket, GivesItsBurstAtOnceAndThenItsPace) {
    TokenBucket bucket({.per_second = 1, .burst = 3}, start);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.try_take(start));
    EXPECT_FALSE(bucket.try_take(start));
    EXPECT_EQ(bucket.when(start, 1), start + 1s);
    EXPECT_EQ(bucket.when(start, 5), start + 5s);
    EXPECT_FALSE(bucket.try_take(start + 999ms));
    EXPECT_TRUE(bucket.try_take(start + 1s));
    EXPECT_FALSE(bucket.try_take(start + 1500ms));
    EXPECT_TRUE(bucket.try_take(start + 2s));
}

TEST(TokenBucket, SavesNoMoreThanItsBurst) {
    TokenBucket bucket({.per_second = 1, .burst = 3}, start);
    int taken = 0;
    while (bucket.try_take(start + 24h)) ++taken;
    EXPECT_EQ(taken, 3);
}

TEST(TokenBucket, MayBeAskedAtTheVeryMomentItNames) {
    TokenBucket bucket({.per_second = 97.0 / 60, .burst = 3}, start);
    auto now = start;
    for (int i = 0; i < 10'000; ++i) {
        ASSERT_TRUE(bucket.try_take(now)) << i;
        auto const next = bucket.when(now, 1);
        ASSERT_GE(next, now);
        now = next;
    }
    EXPECT_NEAR(seconds_after_start(now), (10'000 - 2) / (97.0 / 60), 0.01);
}

TEST(TokenBucket, HalvesWhenDeniedAndIsBackWithinAMinute) {
    TokenBucket bucket({.per_second = 1, .burst = 3}, start);
    bucket.denied(start, start - 50ms, std::nullopt);
    EXPECT_DOUBLE_EQ(bucket.per_second(start), 0.5);
    EXPECT_FALSE(bucket.try_take(start)) << "what was saved up is gone";
    EXPECT_NEAR(bucket.per_second(start + 15s), 0.75, 1e-9);
    EXPECT_DOUBLE_EQ(bucket.per_second(start + 30s), 1.0);
    EXPECT_DOUBLE_EQ(bucket.per_second(start + 1h), 1.0);
}

TEST(TokenBucket, NamesTheRightMomentWhileItsPaceClimbs) {
    TokenBucket bucket({.per_second = 1, .burst = 3}, start);
    bucket.denied(start, start - 50ms, std::nullopt);
    // t/2 + t²/120 = 1, and over the climb's 30 s come 22.5 tokens.
    EXPECT_NEAR(seconds_after_start(bucket.when(start, 1)), -30 + std::sqrt(900 + 120), 1e-6);
    EXPECT_NEAR(seconds_after_start(bucket.when(start, 22.5)), 30, 1e-6);
    EXPECT_NEAR(seconds_after_start(bucket.when(start, 32.5)), 40, 1e-6);
    EXPECT_TRUE(bucket.try_take(bucket.when(start, 1)));
}

TEST(TokenBucket, HalvesOnceForRequestsThatWereUnderWayTogether) {
    TokenBucket bucket({.per_second = 8, .burst = 10}, start);
    for (int i = 0; i < 20; ++i) bucket.denied(start + milliseconds(i), start - 1ms, std::nullopt);
    EXPECT_NEAR(bucket.per_second(start), 4, 0.1);
    bucket.denied(start + 1s, start + 500ms, std::nullopt);
    EXPECT_NEAR(bucket.per_second(start + 1s), 2, 0.2);
}

TEST(TokenBucket, NeverStopsAltogether) {
    TokenBucket bucket({.per_second = 1, .burst = 3}, start);
    auto now = start;
    for (int i = 0; i < 100; ++i) {
        bucket.denied(now, now, std::nullopt);
        now += 1ns;
    }
    EXPECT_GE(bucket.per_second(now), 1.0 / 32);
    EXPECT_LT(bucket.when(now, 1), now + 30s);
}

TEST(TokenBucket, StaysShutForAsLongAsTheServerWishes) {
    TokenBucket bucket({.per_second = 1, .burst = 3}, start);
    bucket.denied(start, start, 10s);
    EXPECT_FALSE(bucket.try_take(start + 9s));
    EXPECT_EQ(bucket.when(start + 9s, 1), start + 10s);
    EXPECT_EQ(bucket.when(start, 2), start + 11s);
    bucket.denied(start + 1s, start, 2s);
    EXPECT_FALSE(bucket.try_take(start + 9s)) << "a shorter wish does not open it";
    EXPECT_TRUE(bucket.try_take(start + 10s));
    EXPECT_FALSE(bucket.try_take(start + 10s)) << "one at a time after a denial";
    EXPECT_DOUBLE_EQ(bucket.per_second(start + 10s), 1.0);
}

TEST(TokenBucket, IsFreshOnlyWhenFullOpenAndAtFullPace) {
    TokenBucket bucket({.per_second = 1, .burst = 3}, start);
    EXPECT_TRUE(bucket.fresh(start));
    EXPECT_TRUE(bucket.try_take(start));
    EXPECT_FALSE(bucket.fresh(start));
    EXPECT_TRUE(bucket.fresh(start + 1s));
    bucket.denied(start + 1s, start + 1s, std::nullopt);
    EXPECT_FALSE(bucket.fresh(start + 20s)) << "it has not forgotten yet";
    EXPECT_TRUE(bucket.fresh(start + 31s));
    bucket.denied(start + 31s, start + 31s, 1min);
    EXPECT_FALSE(bucket.fresh(start + 40s));
}

}  // namespace
}  // namespace dayfly::fly_rest
