// Affinity cookies and the base URLs.
#include <gtest/gtest.h>

#include "controller/fly_rest/affinity.h"
#include "controller/fly_rest/endpoints.h"

namespace dayfly::fly_rest {
namespace {

TEST(AffinityCookies, AreReturnedToTheirApp) {
    AffinityCookies cookies;
    cookies.remember("shop", "fly_flaps_affinity=node-1; Path=/v1/apps/shop; HttpOnly");
    EXPECT_EQ(cookies.header_for("shop"), "fly_flaps_affinity=node-1");
    EXPECT_EQ(cookies.header_for("other"), "");
    cookies.remember("shop", "fly_flaps_affinity=node-2; path=/v1/apps/shop");
    EXPECT_EQ(cookies.header_for("shop"), "fly_flaps_affinity=node-2");
}

TEST(AffinityCookies, AreForgottenOnRequest) {
    AffinityCookies cookies;
    cookies.remember("shop", "fly_flaps_affinity=node-1; Path=/v1/apps/shop");
    cookies.remember("shop", "fly_flaps_affinity=node-1; Path=/v1/apps/shop; Max-Age=0");
    EXPECT_EQ(cookies.header_for("shop"), "");
    EXPECT_EQ(cookies.size(), 0u);
}

TEST(AffinityCookies, IgnoreEverythingElse) {
    AffinityCookies cookies;
    cookies.remember("shop", "session=x; Path=/v1/apps/shop");
    cookies.remember("shop", "fly_flaps_affinity=x; Path=/v1/apps/other");
    cookies.remember("shop", "fly_flaps_affinity=x");
    cookies.remember("shop", "fly_flaps_affinity=a b; Path=/v1/apps/shop");
    cookies.remember("shop", "fly_flaps_affinity=" + std::string(600, 'x') + "; Path=/v1/apps/shop");
    cookies.remember("", "fly_flaps_affinity=x; Path=/v1/apps/");
    cookies.remember("shop", ";;;=;");
    EXPECT_EQ(cookies.size(), 0u);
}

TEST(AffinityCookies, AreBoundedAndForgetTheOldest) {
    AffinityCookies cookies(3);
    for (auto const* app : {"a", "b", "c", "a", "d"}) {
        cookies.remember(app, std::string("fly_flaps_affinity=n; Path=/v1/apps/") + app);
    }
    EXPECT_EQ(cookies.size(), 3u);
    EXPECT_EQ(cookies.header_for("b"), "");
    EXPECT_NE(cookies.header_for("a"), "");
}

TEST(Endpoints, AreFlysUnlessMoved) {
    auto const standard = read_endpoints("", "");
    ASSERT_TRUE(standard);
    EXPECT_EQ(standard->machines.text(), "https://api.machines.dev");
    EXPECT_EQ(standard->graphql.text(), "https://api.fly.io");
    auto const moved = read_endpoints("http://127.0.0.1:4280", "https://fly.test:8443/ignored");
    ASSERT_TRUE(moved) << moved.error().message;
    EXPECT_EQ(moved->machines.text(), "http://127.0.0.1:4280");
    EXPECT_EQ(moved->graphql.text(), "https://fly.test:8443");
}

TEST(Endpoints, MayBeFlysPrivateAddress) {
    auto const inside = read_endpoints("http://_api.internal:4280", "");
    ASSERT_TRUE(inside) << inside.error().message;
    EXPECT_EQ(inside->machines.text(), "http://_api.internal:4280");
}

TEST(Endpoints, NeverShowTheTokenOnANetwork) {
    auto const plain = read_endpoints("http://api.machines.dev", "");
    ASSERT_FALSE(plain);
    EXPECT_EQ(plain.error().kind, ErrorKind::InvalidInput);
    EXPECT_TRUE(plain.error().message.starts_with("FLY_FLAPS_BASE_URL"));
    EXPECT_FALSE(read_endpoints("http://_api.internal.example.com", ""));
    EXPECT_FALSE(read_endpoints("", "ftp://x"));
    EXPECT_FALSE(read_endpoints("", "nonsense"));
}

}  // namespace
}  // namespace dayfly::fly_rest
