// Addresses and certificates.
#include "tests/unit/fly_rest/rest_fixture.h"

namespace dayfly::fly_rest {
namespace {

using nlohmann::json;

class RestNetwork : public RestFixture {};

TEST_F(RestNetwork, TellsTheKindsOfAddressesApart) {
    wire.answer(200, R"({"ips":[
        {"ip":"66.241.124.1","region":"","service_name":"","shared":true,"created_at":"2026-01-01T00:00:00Z"},
        {"ip":"2a09:8280:1::1","region":"global","shared":false},
        {"ip":"fdaa:0:18::3","region":"","shared":false},
        {"ip":"137.66.1.1","region":"global","shared":false}]})");
    auto const ips = run(api.list_ips("shop"));
    ASSERT_TRUE(ips);
    EXPECT_EQ(last_request(), "GET /v1/apps/shop/ip_assignments");
    EXPECT_EQ(*ips, (std::vector<fly::Ip>{{"66.241.124.1", fly::IpType::SharedV4, ""},
                                          {"2a09:8280:1::1", fly::IpType::V6, "global"},
                                          {"fdaa:0:18::3", fly::IpType::PrivateV6, ""},
                                          {"137.66.1.1", fly::IpType::V4, "global"}}));
}

TEST_F(RestNetwork, AssignsAnAddress) {
    wire.answer(200, R"({"ip":"66.241.124.1","region":"global","shared":true})");
    auto const ip = run(api.assign_ip("shop", fly::IpType::SharedV4));
    ASSERT_TRUE(ip);
    EXPECT_EQ(last_request(), "POST /v1/apps/shop/ip_assignments");
    EXPECT_EQ(last_body(), json::parse(R"({"type":"shared_v4"})"));
    EXPECT_EQ(ip->type, fly::IpType::SharedV4);
}

TEST_F(RestNetwork, FindsTheAddressThatIsAlreadyThere) {
    wire.answer(422, R"({"error":"shared ip already assigned"})");
    wire.answer(200, R"({"ips":[{"ip":"2a09::1"},{"ip":"66.241.124.1","shared":true}]})");
    auto const ip = run(api.assign_ip("shop", fly::IpType::SharedV4));
    ASSERT_TRUE(ip);
    EXPECT_EQ(ip->address, "66.241.124.1");
}

TEST_F(RestNetwork, WhateverTheWordsAreItLooksWhetherTheAddressIsThere) {
    for (int const status : {409, 422}) {
        wire.answer(status, R"({"error":"no thank you"})");
        wire.answer(200, R"({"ips":[{"ip":"66.241.124.1","shared":true}]})");
        EXPECT_EQ(run(api.assign_ip("shop", fly::IpType::SharedV4))->address, "66.241.124.1") << status;
        wire.answer(status, R"({"error":"no thank you"})");
        wire.answer(200, R"({"hostname":"a.dev","status":"active","configured":true})");
        EXPECT_EQ(run(api.create_certificate("shop", "a.dev"))->status, "active") << status;
        EXPECT_EQ(last_request(), "GET /v1/apps/shop/certificates/a.dev");
    }
}

TEST_F(RestNetwork, KeepsTheRefusalOfAHostNameThatSomebodyElseHas) {
    wire.answer(422, R"({"error":"no thank you"})");
    wire.answer(404, R"({"error":"certificate not found"})");
    EXPECT_EQ(run(api.create_certificate("shop", "a.dev")).error().kind, ErrorKind::InvalidConfig);
}

TEST_F(RestNetwork, KeepsTheConflictWhenTheAddressIsNotThere) {
    wire.answer(409, R"({"error":"already assigned"})");
    wire.answer(200, R"({"ips":[]})");
    EXPECT_EQ(run(api.assign_ip("shop", fly::IpType::V6)).error().kind, ErrorKind::Conflict);
}

TEST_F(RestNetwork, ReleasesAnAddress) {
    wire.answer(204);
    EXPECT_TRUE(run(api.release_ip("shop", "2a09:8280::1")));
    EXPECT_EQ(last_request(), "DELETE /v1/apps/shop/ip_assignments/2a09%3A8280%3A%3A1");
}

TEST_F(RestNetwork, FollowsThePagesOfCertificates) {
    wire.answer(
        200,
        R"({"certificates":[{"hostname":"a.dev","status":"active","configured":true}],"next_cursor":"c 1","total_count":2})");
    wire.answer(200, R"({"certificates":[{"hostname":"b.dev","status":"pending_ownership"}],"total_count":2})");
    auto const certificates = run(api.list_certificates("shop"));
    ASSERT_TRUE(certificates);
    EXPECT_EQ(wire.calls[0].target, "/v1/apps/shop/certificates?limit=500");
    EXPECT_EQ(wire.calls[1].target, "/v1/apps/shop/certificates?limit=500&cursor=c%201");
    EXPECT_EQ(*certificates, (std::vector<fly::Certificate>{{"a.dev", "active", true}, {"b.dev", "pending_ownership", false}}));
}

TEST(RestCertificates, EndWhenThePagesDoNot) {
    test::ScriptedWire wire(
        [](fly::Call const&) { return fly::Reply{.status = 200, .body = R"({"certificates":[],"next_cursor":"again"})"}; });
    RestApi api(wire);
    test::VirtualClock clock;
    boost::asio::io_context context;
    auto const certificates = test::run_task(context, clock, api.list_certificates("shop"));
    EXPECT_EQ(certificates.error().kind, ErrorKind::Unavailable);
    EXPECT_LE(wire.calls.size(), 20u);
}

TEST_F(RestNetwork, AsksForChecksAndDeletesCertificatesOfWildcards) {
    std::string const detail =
        R"({"hostname":"*.acme.dev","configured":false,"status":"pending_validation","certificates":[]})";
    wire.answer(201, detail);
    wire.answer(200, detail);
    wire.answer(200, detail);
    wire.answer(204);
    EXPECT_EQ(run(api.create_certificate("shop", "*.acme.dev"))->status, "pending_validation");
    EXPECT_EQ(last_request(), "POST /v1/apps/shop/certificates/acme");
    EXPECT_EQ(last_body(), json::parse(R"({"hostname":"*.acme.dev"})"));
    EXPECT_TRUE(run(api.get_certificate("shop", "*.acme.dev")));
    EXPECT_EQ(last_request(), "GET /v1/apps/shop/certificates/%2A.acme.dev");
    EXPECT_TRUE(run(api.check_certificate("shop", "*.acme.dev")));
    EXPECT_EQ(last_request(), "POST /v1/apps/shop/certificates/%2A.acme.dev/check");
    EXPECT_TRUE(run(api.delete_certificate("shop", "*.acme.dev")));
    EXPECT_EQ(last_request(), "DELETE /v1/apps/shop/certificates/%2A.acme.dev");
}

}  // namespace
}  // namespace dayfly::fly_rest
