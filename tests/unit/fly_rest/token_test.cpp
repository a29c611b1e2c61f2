// The Authorization header for each kind of token and each host.
#include "controller/fly_rest/token.h"

#include <gtest/gtest.h>

namespace dayfly::fly_rest {
namespace {

std::string machines(std::string token) { return authorization_for(Secret(std::move(token)), Host::Machines).reveal(); }
std::string graphql(std::string token) { return authorization_for(Secret(std::move(token)), Host::GraphQl).reveal(); }

TEST(AuthorizationFor, SendsMacaroonsAsFlyV1) {
    for (auto const* token : {"fm2_abc", "fm1r_abc", "fm1a_abc"}) {
        EXPECT_EQ(machines(token), std::string("FlyV1 ") + token);
        EXPECT_EQ(graphql(token), std::string("FlyV1 ") + token);
    }
    EXPECT_EQ(machines("fm2_a,fm2_b"), "FlyV1 fm2_a,fm2_b");
}

TEST(AuthorizationFor, SendsOtherTokensAsBearer) {
    EXPECT_EQ(machines("test-token"), "Bearer test-token");
    EXPECT_EQ(graphql("fo1_abc"), "Bearer fo1_abc");
}

TEST(AuthorizationFor, UnderstandsASchemeInFront) {
    EXPECT_EQ(machines("FlyV1 fm2_a,fm2_b"), "FlyV1 fm2_a,fm2_b");
    EXPECT_EQ(machines("Bearer FlyV1 fm2_a"), "FlyV1 fm2_a");
    EXPECT_EQ(machines("bearer fo1_a"), "Bearer fo1_a");
    EXPECT_EQ(machines("Bearer"), "Bearer Bearer") << "a word alone is a token";
}

TEST(AuthorizationFor, KeepsUserTokensFromTheMachinesHostWhenMixed) {
    EXPECT_EQ(machines("fo1_user,fm2_a,fm1r_b"), "FlyV1 fm2_a,fm1r_b");
    EXPECT_EQ(graphql("fo1_user,fm2_a,fm1r_b"), "FlyV1 fm2_a,fm1r_b,fo1_user");
}

TEST(AuthorizationFor, TrimsWhatFilesAndShellsAdd) {
    EXPECT_EQ(machines("  FlyV1 fm2_a , fm2_b\r\n"), "FlyV1 fm2_a,fm2_b");
    EXPECT_EQ(machines(""), "");
    EXPECT_EQ(machines(" ,\n, "), "");
}

TEST(AuthorizationFor, NeverLetsATokenAddAHeader) {
    EXPECT_EQ(machines("fm2_a\r\nX-Evil: 1"), "");
    EXPECT_EQ(machines("fm2_a\r\nX-Evil: 1,fm2_b"), "FlyV1 fm2_b");
}

}  // namespace
}  // namespace dayfly::fly_rest
