// A machine's version tells when it was made.
#include "controller/fly/version_time.h"

#include <gtest/gtest.h>

#include "controller/base/time_text.h"

namespace dayfly::fly {
namespace {

TEST(VersionTime, ReadsTheMillisecondsOfAUlid) {
    // The specification's own example.
    auto const time = version_time("01ARZ3NDEKTSV4RRFFQ69G5FAV");
    ASSERT_TRUE(time);
    EXPECT_EQ(rfc3339(*time), "2016-07-30T23:54:10Z");
}

TEST(VersionTime, IsNothingForOtherText) {
    for (auto const* text : {"", "01ARZ3NDEK", "01ARZ3NDEKTSV4RRFFQ69G5FAU", "81ARZ3NDEKTSV4RRFFQ69G5FAV",
                             "7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "01arz3ndektsv4rrffq69g5fav", "01ARZ3NDEKTSV4RRFFQ69G5FAVX"}) {
        EXPECT_FALSE(version_time(text)) << text;
    }
}

}  // namespace
}  // namespace dayfly::fly
