// Many calls become few, and none is lost.
#include "controller/base/coalesce.h"

#include <gtest/gtest.h>

#include "controller/base/constant_time.h"

namespace dayfly {
namespace {

Instant const start{std::chrono::hours(1)};
constexpr milliseconds window{1'000};

TEST(Coalesce, LetsTheFirstPassAtOnceAndTheOthersOnceAtTheEndOfTheWindow) {
    Coalesce calls(window);
    EXPECT_TRUE(calls.call("a", start));
    for (int i = 1; i < 1'000; ++i) EXPECT_FALSE(calls.call("a", start + milliseconds(i % 900)));
    EXPECT_TRUE(calls.due(start + milliseconds(999)).empty());
    EXPECT_EQ(calls.next(), start + window);
    EXPECT_EQ(calls.due(start + window), std::vector<std::string>{"a"});
    EXPECT_TRUE(calls.due(start + window).empty());
}

TEST(Coalesce, SpacesAStreamOfCallsByTheWindow) {
    Coalesce calls(window);
    int passed = 0;
    for (int ms = 0; ms <= 10'000; ms += 10) {
        passed += static_cast<int>(calls.due(start + milliseconds(ms)).size());
        if (calls.call("a", start + milliseconds(ms))) ++passed;
    }
    EXPECT_EQ(passed, 11);
}

TEST(Coalesce, ForgetsAKeyWhoseWindowEnded) {
    Coalesce calls(window);
    EXPECT_TRUE(calls.call("a", start));
    EXPECT_TRUE(calls.call("b", start));
    EXPECT_TRUE(calls.due(start + window).empty());
    EXPECT_EQ(calls.size(), 0u);
    EXPECT_TRUE(calls.call("a", start + window));
}

TEST(Coalesce, LetsACallAfterTheWindowPassEvenWhenNobodyAskedForDueOnes) {
    Coalesce calls(window);
    EXPECT_TRUE(calls.call("a", start));
    EXPECT_TRUE(calls.call("a", start + window));
}

TEST(ConstantTime, TellsEqualTextsFromDifferentOnes) {
    EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
    EXPECT_TRUE(equal_in_constant_time("", ""));
    EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
    EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
    EXPECT_FALSE(equal_in_constant_time("", "a"));
}

}  // namespace
}  // namespace dayfly
