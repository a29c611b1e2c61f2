// Regions, placements, the caller's token, and the audit over GraphQL.
#include "tests/unit/fly_rest/rest_fixture.h"

namespace dayfly::fly_rest {
namespace {

using nlohmann::json;

class RestPlatform : public RestFixture {};

TEST_F(RestPlatform, ReadsRegionsInBothSpellings) {
    wire.answer(
        200, R"({"Regions":[{"code":"gru","name":"Sao Paulo","deprecated":false,"requires_paid_plan":true}],"Nearest":"fra"})");
    wire.answer(200, R"({"regions":[{"code":"fra","name":"Frankfurt"}],"nearest":"fra"})");
    auto const live = run(api.list_regions());
    ASSERT_TRUE(live);
    EXPECT_EQ(last_request(), "GET /v1/platform/regions");
    EXPECT_EQ(live->at(0).code, "gru");
    EXPECT_TRUE(live->at(0).requires_paid_plan);
    EXPECT_EQ(run(api.list_regions())->at(0).name, "Frankfurt");
}

TEST_F(RestPlatform, AsksWhereThereIsRoom) {
    wire.answer(200, R"({"Regions":[{"Region":"dfw","Count":3,"Concurrency":1}]})");
    auto const places = run(api.placements("acme", "dfw", {.cpu_kind = "shared", .cpus = 2, .memory_mb = 1024}, 3));
    ASSERT_TRUE(places);
    EXPECT_EQ(last_request(), "POST /v1/platform/placements");
    EXPECT_EQ(last_body(), json::parse(R"({"org_slug":"acme","region":"dfw","count":3,
        "compute":{"cpu_kind":"shared","cpus":2,"memory_mb":1024}})"));
    EXPECT_EQ(places->at(0).region, "dfw");
    EXPECT_EQ(places->at(0).count, 3);
}

TEST_F(RestPlatform, LearnsWhoseTokenItHas) {
    wire.answer(
        200,
        R"({"tokens":[{"token_id":"t","organization":"Acme","org_slug":"acme","apps":["shop"],"user":"me"},{"org_slug":"b"}]})");
    auto const tokens = run(api.current_token());
    ASSERT_TRUE(tokens);
    EXPECT_EQ(last_request(), "GET /v1/tokens/current");
    EXPECT_EQ(tokens->at(0).apps, std::vector<std::string>{"shop"});
    EXPECT_TRUE(tokens->at(1).apps.empty());
}

TEST_F(RestPlatform, AuditsAllAppsPageByPage) {
    wire.answer(200, R"({"data":{"organization":{"apps":{"pageInfo":{"hasNextPage":true,"endCursor":"c1"},"nodes":[
        {"name":"shop","sharedIpAddress":"66.241.124.1","ipAddresses":{"nodes":[{"address":"2a09::1","type":"v6","region":"global"}]},
         "secrets":[{"name":"KEY","digest":"9d8f"}]}]}}}})");
    wire.answer(200, R"({"data":{"organization":{"apps":{"pageInfo":{"hasNextPage":false,"endCursor":null},"nodes":[
        {"name":"bare","sharedIpAddress":null,"ipAddresses":{"nodes":[]},"secrets":[]}]}}}})");
    auto const audits = run(api.audit_apps("acme"));
    ASSERT_TRUE(audits) << audits.error().message;
    ASSERT_EQ(audits->size(), 2u);
    EXPECT_EQ(last_request(), "POST /graphql");
    EXPECT_EQ(wire.calls[0].action, fly::Action::GraphQlQuery);
    EXPECT_EQ(json::parse(wire.calls[0].body)["variables"], json::parse(R"({"slug":"acme","after":null})"));
    EXPECT_EQ(last_body()["variables"]["after"], "c1");
    EXPECT_EQ((*audits)[0].app_name, "shop");
    EXPECT_EQ((*audits)[0].ips,
              (std::vector<fly::Ip>{{"2a09::1", fly::IpType::V6, "global"}, {"66.241.124.1", fly::IpType::SharedV4, ""}}));
    EXPECT_EQ((*audits)[0].secrets, (std::vector<fly::AppSecret>{{"KEY", "9d8f"}}));
    EXPECT_TRUE((*audits)[1].ips.empty());
}

TEST_F(RestPlatform, ReadsGraphQlErrorsThatComeWithStatus200) {
    wire.answer(
        200, R"({"data":null,"errors":[{"message":"Could not find Organization","path":["organization"],"extensions":{}}]})");
    wire.answer(200,
                R"({"errors":[{"message":"You must be authenticated to view this.","extensions":{"code":"UNAUTHORIZED"}}]})");
    wire.answer(200, R"({"errors":[{"message":"Something broke","extensions":{"code":"SERVER_ERROR"}}]})");
    wire.answer(200, R"({"data":{"organization":null}})");
    EXPECT_EQ(run(api.audit_apps("acme")).error().kind, ErrorKind::NotFound);
    EXPECT_EQ(run(api.audit_apps("acme")).error().kind, ErrorKind::Unauthenticated);
    auto const broken = run(api.audit_apps("acme"));
    EXPECT_EQ(broken.error().kind, ErrorKind::Unavailable);
    EXPECT_EQ(broken.error().message, "graphql_query acme: SERVER_ERROR: Something broke");
    EXPECT_EQ(run(api.audit_apps("acme")).error().kind, ErrorKind::NotFound);
}

TEST(RestAudit, EndsWhenThePagesDoNot) {
    test::ScriptedWire wire([](fly::Call const&) {
        return fly::Reply{
            .status = 200,
            .body = R"({"data":{"organization":{"apps":{"pageInfo":{"hasNextPage":true,"endCursor":"c"},"nodes":[]}}}})"};
    });
    RestApi api(wire);
    test::VirtualClock clock;
    boost::asio::io_context context;
    auto const audits = test::run_task(context, clock, api.audit_apps("acme"));
    EXPECT_EQ(audits.error().kind, ErrorKind::Unavailable);
    EXPECT_LE(wire.calls.size(), 500u);
}

}  // namespace
}  // namespace dayfly::fly_rest
