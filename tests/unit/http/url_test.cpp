// Which URLs are taken, how they are read, and what their refusal does not repeat.
#include <gtest/gtest.h>

#include "controller/http/client.h"

namespace dayfly::http {
namespace {

TEST(ParseUrl, ReadsSchemeHostPortAndTarget) {
    auto const url = parse_url("https://Specs.Example.com/envs/all?ref=main&x=%20").value();
    EXPECT_EQ(url.origin, (Origin{.tls = true, .host = "specs.example.com", .port = "443"}));
    EXPECT_EQ(url.target, "/envs/all?ref=main&x=%20");
    EXPECT_EQ(url.origin.text(), "https://specs.example.com");
}

TEST(ParseUrl, KeepsAPortThatIsNotTheDefault) {
    EXPECT_EQ(parse_url("http://localhost:8080").value().origin.text(), "http://localhost:8080");
    EXPECT_EQ(parse_url("HTTP://localhost:80/").value().origin.text(), "http://localhost");
    EXPECT_EQ(parse_url("https://a.example:").value().origin.port, "443");
}

TEST(ParseUrl, GivesEveryUrlATarget) {
    EXPECT_EQ(parse_url("https://a.example").value().target, "/");
    EXPECT_EQ(parse_url("https://a.example?x=1").value().target, "/?x=1");
}

TEST(ParseUrl, ReadsIPv6LiteralsInBrackets) {
    auto const url = parse_url("http://[::1]:9000/x").value();
    EXPECT_EQ(url.origin.host, "::1");
    EXPECT_EQ(url.origin.port, "9000");
    EXPECT_EQ(url.origin.text(), "http://[::1]:9000");
    EXPECT_EQ(parse_url("https://[2001:DB8::1]").value().origin.host, "2001:db8::1");
}

TEST(ParseUrl, RefusesUserInfoWithoutRepeatingIt) {
    auto const refused = parse_url("https://alice:hunter2@specs.example.com/");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::InvalidInput);
    EXPECT_EQ(refused.error().message.find("hunter2"), std::string::npos);
}

TEST(ParseUrl, TakesAnAtSignInThePath) { EXPECT_EQ(parse_url("https://a.example/@me").value().target, "/@me"); }

class BadUrl : public ::testing::TestWithParam<char const*> {};

TEST_P(BadUrl, IsRefused) { EXPECT_FALSE(parse_url(GetParam())) << GetParam(); }

INSTANTIATE_TEST_SUITE_P(ParseUrl, BadUrl,
                         ::testing::Values("", "specs.example.com/", "ftp://a.example/", "https:/a.example", "https://",
                                           "https:///path", "https://a.example:0/", "https://a.example:65536/",
                                           "https://a.example:80x/", "https://a.example/#part", "https://a b.example/",
                                           "https://a.example/\r\nHost: b", "https://[::1", "https://[::1]x/",
                                           "https://[nope]/", "https://a_\xc3\xa4.example/", "https://a,b.example/",
                                           "https://a.example:80:81/"));

TEST(IsLoopback, IsTrueForThisMachineOnly) {
    for (auto const* host : {"localhost", "LOCALHOST", "127.0.0.1", "127.9.8.7", "::1", "[::1]"}) {
        EXPECT_TRUE(is_loopback(host)) << host;
    }
    for (auto const* host : {"", "0.0.0.0", "128.0.0.1", "localhost.example.com", "127.0.0.1.example.com", "::2", "10.0.0.1"}) {
        EXPECT_FALSE(is_loopback(host)) << host;
    }
}

}  // namespace
}  // namespace dayfly::http
