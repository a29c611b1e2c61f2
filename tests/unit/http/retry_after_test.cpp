// The Retry-After header in its two forms.
#include <gtest/gtest.h>

#include "controller/http/retry_after.h"

namespace dayfly::http {
namespace {

using namespace std::chrono_literals;

TEST(RetryAfter, IsSecondsOrADate) {
    auto const now = WallTime(784'111'777s);  // Sun, 06 Nov 1994 08:49:37 GMT
    EXPECT_EQ(parse_retry_after("7", now), 7s);
    EXPECT_EQ(parse_retry_after(" 0 ", now), 0s);
    EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:47 GMT", now), 10s);
    EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:07 GMT", now), 0s) << "a date gone by";
}

TEST(RetryAfter, IsAnHourAtMost) {
    auto const now = WallTime(784'111'777s);
    EXPECT_EQ(parse_retry_after("86400", now), 1h);
    EXPECT_EQ(parse_retry_after("99999999999999999999", now), 1h);
    EXPECT_EQ(parse_retry_after("Sun, 06 Nov 2044 08:49:37 GMT", now), 1h);
}

TEST(RetryAfter, IsNothingWhenItCannotBeRead) {
    for (auto const* text : {"", "soon", "-1", "1.5", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 66 Nov 1994 08:49:37 GMT",
                             "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET"}) {
        EXPECT_EQ(parse_retry_after(text, WallTime()), std::nullopt) << text;
    }
}

TEST(RetryAfter, IsFoundInTheHeaders) {
    Headers headers;
    EXPECT_EQ(retry_after(headers, {}), std::nullopt);
    headers.add("retry-after", "120");
    EXPECT_EQ(retry_after(headers, {}), 120s);
}

}  // namespace
}  // namespace dayfly::http
