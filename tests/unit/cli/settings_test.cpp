// Where the Fly token comes from.
#include "controller/cli/settings.h"

#include <gtest/gtest.h>
#include <stdlib.h>

namespace dayfly::cli {
namespace {

TEST(FlyToken, ComesFromTheFirstVariableInFlyctlsOrder) {
    for (auto const* const name : {"FLY_ACCESS_TOKEN", "FLY_API_TOKEN", "FLY_IO_TOKEN", "NEXT_FLY_IO_TOKEN"}) ::unsetenv(name);
    EXPECT_EQ(fly_token({}).error().kind, ErrorKind::Unauthenticated);
    ::setenv("FLY_API_TOKEN", "second", 1);
    EXPECT_EQ(fly_token({})->reveal(), "second");
    ::setenv("FLY_ACCESS_TOKEN", "first", 1);
    EXPECT_EQ(fly_token({})->reveal(), "first");
    ::setenv("FLY_ACCESS_TOKEN", "", 1);
    EXPECT_EQ(fly_token({})->reveal(), "second");
}

}  // namespace
}  // namespace dayfly::cli
