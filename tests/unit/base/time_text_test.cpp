// Durations and moments as text, against Go's own forms and the examples of RFC 3339.
#include "controller/base/time_text.h"

#include <gtest/gtest.h>

#include "controller/base/random.h"

namespace dayfly {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

TEST(ParseDuration, ReadsGoSyntaxAndDays) {
    EXPECT_EQ(parse_duration("0"), 0ns);
    EXPECT_EQ(parse_duration("0s"), 0ns);
    EXPECT_EQ(parse_duration("1h30m"), 90min);
    EXPECT_EQ(parse_duration("1.5s"), 1500ms);
    EXPECT_EQ(parse_duration(".5s"), 500ms);
    EXPECT_EQ(parse_duration("5.s"), 5s);
    EXPECT_EQ(parse_duration("250ms"), 250ms);
    EXPECT_EQ(parse_duration("10us"), 10us);
    EXPECT_EQ(parse_duration("10µs"), 10us);
    EXPECT_EQ(parse_duration("7ns"), 7ns);
    EXPECT_EQ(parse_duration("3d"), 72h);
    EXPECT_EQ(parse_duration("1d12h"), 36h);
}

TEST(ParseDuration, RefusesEverythingElse) {
    for (auto const* const text : {"", "s", ".s", "5", "1.2", "-5s", "+5s", "1h 30m", " 1s", "1s ", "1.2.3s", "1w", "1S",
                                   "1e3s", "infs", "0x1s", "99999999999h", "1µ"}) {
        EXPECT_FALSE(parse_duration(text)) << text;
    }
    EXPECT_FALSE(parse_duration(std::string(100, '1') + "s"));
}

TEST(GoDuration, WritesWhatFlyEchoes) {
    EXPECT_EQ(go_duration(0ns), "0s");
    EXPECT_EQ(go_duration(1ns), "1ns");
    EXPECT_EQ(go_duration(1500ns), "1.5µs");
    EXPECT_EQ(go_duration(250ms), "250ms");
    EXPECT_EQ(go_duration(15s), "15s");
    EXPECT_EQ(go_duration(1500ms), "1.5s");
    EXPECT_EQ(go_duration(1min), "1m0s");
    EXPECT_EQ(go_duration(1h), "1h0m0s");
    EXPECT_EQ(go_duration(26h + 3min + 4s), "26h3m4s");
    EXPECT_EQ(go_duration(-90s), "-1m30s");
}

TEST(GoDuration, NeverWritesAnExponent) {
    EXPECT_EQ(go_duration(1min + 1ns), "1m0.000000001s");
    EXPECT_EQ(go_duration(2h + 50us), "2h0m0.00005s");
}

TEST(GoDuration, IsReadBackExactly) {
    Random random(7);
    for (int i = 0; i < 20'000; ++i) {
        // Every magnitude up to about a month; beyond, a double has no room for single nanoseconds.
        auto const value = nanoseconds(static_cast<std::int64_t>(random.next() >> (13 + random.below(50))));
        ASSERT_EQ(parse_duration(go_duration(value)), value) << value.count();
        ASSERT_EQ(parse_duration(short_duration(value)), value) << value.count();
    }
}

TEST(ShortDuration, LeavesOutUnitsThatSayNothing) {
    EXPECT_EQ(short_duration(72h), "72h");
    EXPECT_EQ(short_duration(1min), "1m");
    EXPECT_EQ(short_duration(90s), "1m30s");
    EXPECT_EQ(short_duration(10min), "10m");
    EXPECT_EQ(short_duration(60min + 5s), "1h0m5s");
    EXPECT_EQ(short_duration(20h), "20h");
    EXPECT_EQ(short_duration(0s), "0s");
}

TEST(HumanAge, HasAtMostTwoUnits) {
    EXPECT_EQ(human_age(-5s), "0s");
    EXPECT_EQ(human_age(42s), "42s");
    EXPECT_EQ(human_age(119s), "119s");
    EXPECT_EQ(human_age(2min), "2m");
    EXPECT_EQ(human_age(2h), "2h");
    EXPECT_EQ(human_age(51h), "2d3h");
    EXPECT_EQ(human_age(48h), "2d");
    EXPECT_EQ(human_age(24h * 30 + 5h), "30d");
}

TEST(Rfc3339, ReadsTheExamplesOfTheRfc) {
    auto const at = [](std::int64_t unix_seconds) { return WallTime(std::chrono::seconds(unix_seconds)); };
    EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00Z"), at(0));
    EXPECT_EQ(parse_rfc3339("1985-04-12T23:20:50.52Z"), at(482196050) + 520ms);
    EXPECT_EQ(parse_rfc3339("1996-12-19T16:39:57-08:00"), at(851042397));
    EXPECT_EQ(parse_rfc3339("1990-12-31T23:59:60Z"), at(662688000));
    EXPECT_EQ(parse_rfc3339("1937-01-01T12:00:27.87+00:20"), at(-1041337172) - 130ms);
    EXPECT_EQ(parse_rfc3339("2026-10-01t18:00:00z"), at(1790877600));
    EXPECT_EQ(parse_rfc3339("2026-10-01T18:00:00.123456789123Z"), at(1790877600) + 123456789ns);
}

TEST(Rfc3339, RefusesEverythingElse) {
    for (auto const* const text :
         {"", "2026-10-01", "2026-10-01T18:00:00", "2026-10-01 18:00:00Z", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z",
          "2026-10-01T24:00:00Z", "2026-10-01T18:60:00Z", "2026-10-01T18:00:61Z", "2026-10-01T18:00:00.Z",
          "2026-10-01T18:00:00+1", "2026-10-01T18:00:00+24:00", "2026-10-01T18:00:00+01:60", "2026-10-01T18:00:00Zx",
          "26-10-01T18:00:00Z", "2026-1a-01T18:00:00Z"}) {
        EXPECT_FALSE(parse_rfc3339(text)) << text;
    }
}

TEST(Rfc3339, RefusesYearsThatNoClockOfOursCanHold) {
    EXPECT_FALSE(parse_rfc3339("9999-12-31T23:59:59Z"));
    EXPECT_FALSE(parse_rfc3339("0001-01-01T00:00:00Z"));
    EXPECT_TRUE(parse_rfc3339("2261-12-31T23:59:59Z"));
}

TEST(Rfc3339, IsWrittenInWholeSecondsAndReadBack) {
    EXPECT_EQ(rfc3339(WallTime(1790877600s) + 999ms), "2026-10-01T18:00:00Z");
    EXPECT_EQ(parse_rfc3339(rfc3339(WallTime(1790877600s))), WallTime(1790877600s));
}

}  // namespace
}  // namespace dayfly
