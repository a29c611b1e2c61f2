// When an endpoint is asked, in pure arithmetic.
#include "controller/source/endpoint_pace.h"

#include <gtest/gtest.h>

#include "controller/source/retry_after.h"

namespace dayfly::source::test {
namespace {

using namespace std::chrono_literals;

class EndpointPaceTest : public ::testing::Test {
protected:
    Instant const now_{1h};
    Random random_{7};
    EndpointPace pace_{random_, 30s};
};

TEST_F(EndpointPaceTest, AsksAtOnceAndThenWithinATenthOfTheInterval) {
    EXPECT_LE(pace_.due(), now_);
    Instant earliest = Instant::max();
    Instant latest{};
    for (int i = 0; i < 1000; ++i) {
        pace_.answered(now_, {});
        earliest = std::min(earliest, pace_.due());
        latest = std::max(latest, pace_.due());
    }
    EXPECT_GE(earliest, now_ + 27s);
    EXPECT_LE(latest, now_ + 33s);
    EXPECT_GT(latest - earliest, 4s);
}

TEST_F(EndpointPaceTest, BacksOffUpToFiveMinutesAndRecovers) {
    for (auto const pause : {5s, 10s, 20s, 40s, 80s, 160s, 300s, 300s, 300s, 300s, 300s, 300s, 300s}) {
        pace_.failed(now_, {});
        EXPECT_GE(pace_.due(), now_ + pause / 2);
        EXPECT_LE(pace_.due(), now_ + pause);
    }
    pace_.answered(now_, {});
    pace_.failed(now_, {});
    EXPECT_LE(pace_.due(), now_ + 5s);
}

TEST_F(EndpointPaceTest, WaitsAsLongAsTheServerWants) {
    pace_.failed(now_, 10min);
    EXPECT_EQ(pace_.due(), now_ + 10min);
    pace_.answered(now_, 2min);
    EXPECT_EQ(pace_.due(), now_ + 2min);
}

TEST_F(EndpointPaceTest, HurriesNoFasterThanOnceASecondAndNeverAgainstTheServer) {
    pace_.answered(now_, {});
    pace_.hurry(now_ + 10ms);
    EXPECT_EQ(pace_.due(), now_ + 1s);
    pace_.hurry(now_ + 5s);
    EXPECT_EQ(pace_.due(), now_ + 5s);
    pace_.failed(now_, 10min);
    pace_.hurry(now_ + 5s);
    EXPECT_EQ(pace_.due(), now_ + 10min);
}

std::optional<milliseconds> read(std::string value) {
    http::Headers headers;
    headers.add("retry-after", std::move(value));
    return retry_after(headers, WallTime(std::chrono::sys_days(std::chrono::year(2026) / 11 / 1)));
}

TEST(RetryAfter, IsASpanOrADate) {
    EXPECT_EQ(read("120"), 120s);
    EXPECT_EQ(read("0"), 0s);
    EXPECT_EQ(read("Sun, 01 Nov 2026 00:01:30 GMT"), 90s);
}

TEST(RetryAfter, IsNeverLongerThanAnHourNorInThePast) {
    EXPECT_EQ(read("86400"), 1h);
    EXPECT_EQ(read("Mon, 02 Nov 2026 00:00:00 GMT"), 1h);
    EXPECT_EQ(read("Sat, 31 Oct 2026 00:00:00 GMT"), 0s);
}

TEST(RetryAfter, IsNothingWhenItCannotBeRead) {
    EXPECT_EQ(retry_after({}, {}), std::nullopt);
    for (auto const* value :
         {"", "soon", "-1", "1.5", "99999999999999999999", "Sun, 32 Nov 2026 00:00:00 GMT", "Sun, 01 Nov 2026 00:01:30 CET"}) {
        EXPECT_EQ(read(value), std::nullopt) << value;
    }
}

}  // namespace
}  // namespace dayfly::source::test
