// When an endpoint is asked, in pure arithmetic.
#include "controller/source/endpoint_pace.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace dayfly::source::test
