// Apps and secrets: what is asked, and what is read from Fly's documented answers.
#include "tests/unit/fly_rest/rest_fixture.h"

namespace dayfly::fly_rest {
namespace {

using nlohmann::json;

class RestApps : public RestFixture {};

TEST_F(RestApps, ListsAppsOfAnOrganization) {
    wire.answer(200,
                R"({"total_apps":2,"apps":[{"id":"z4k69","name":"shop","machine_count":1,"volume_count":2,"network":"dayfly-x"},
                        {"id":"b","name":"other","machine_count":0,"volume_count":0,"network":"default"}]})");
    auto const apps = run(api.list_apps("acme previews"));
    ASSERT_TRUE(apps) << apps.error().message;
    EXPECT_EQ(last_request(), "GET /v1/apps?org_slug=acme%20previews");
    EXPECT_EQ(wire.calls[0].id, "acme previews");
    ASSERT_EQ(apps->size(), 2u);
    EXPECT_EQ((*apps)[0],
              (fly::App{.id = "z4k69", .name = "shop", .network = "dayfly-x", .machine_count = 1, .volume_count = 2}));
}

TEST_F(RestApps, ReadsAnAppWithItsOrganization) {
    wire.answer(200,
                R"({"id":"jlyv9r5d56v18wrg","name":"shop","status":"pending","organization":{"name":"Acme","slug":"acme"}})");
    auto const app = run(api.get_app("shop"));
    ASSERT_TRUE(app);
    EXPECT_EQ(last_request(), "GET /v1/apps/shop");
    EXPECT_EQ(wire.calls[0].id, "shop");
    EXPECT_EQ(app->organization, "acme");
    EXPECT_EQ(app->status, "pending");
}

TEST_F(RestApps, CreatesAnAppOnItsNetwork) {
    wire.answer(201, R"({"id":"z4k69dxd8r31p5mx","created_at":1708631799000})");
    auto const id = run(api.create_app({.name = "shop", .organization = "acme", .network = "dayfly-a"}));
    EXPECT_EQ(id, "z4k69dxd8r31p5mx");
    EXPECT_EQ(last_request(), "POST /v1/apps");
    EXPECT_EQ(last_body(), json::parse(R"({"name":"shop","org_slug":"acme","network":"dayfly-a"})"));
}

TEST_F(RestApps, TakesACreateAnsweredWithoutABody) {
    wire.answer(201);
    EXPECT_EQ(run(api.create_app({.name = "shop", .organization = "acme"})), "");
    EXPECT_FALSE(last_body().contains("network"));
}

TEST_F(RestApps, DeletesWithForceAndCountsAbsenceAsSuccess) {
    wire.answer(202);
    wire.answer(404, R"({"error":"app not found"})");
    wire.answer(404, "404 page not found");
    EXPECT_TRUE(run(api.delete_app("shop")));
    EXPECT_EQ(last_request(), "DELETE /v1/apps/shop?force=true");
    EXPECT_TRUE(run(api.delete_app("shop")));
    EXPECT_FALSE(run(api.delete_app("shop"))) << "an unknown route proves nothing";
}

TEST_F(RestApps, WritesAndDeletesSecretsInOneCall) {
    wire.answer(200, R"({"secrets":[{"name":"KEY","digest":"9d8f"}],"version":7,"Version":7})");
    auto const version = run(api.update_secrets("shop", {{"KEY", Secret("hunter2")}, {"OLD", std::nullopt}}));
    EXPECT_EQ(version, 7u);
    EXPECT_EQ(last_request(), "POST /v1/apps/shop/secrets");
    EXPECT_EQ(last_body(), json::parse(R"({"values":{"KEY":"hunter2","OLD":null}})"));
}

TEST_F(RestApps, ReadsTheOldSpellingOfTheSecretsVersion) {
    wire.answer(200, R"({"secrets":[],"Version":12})");
    EXPECT_EQ(run(api.update_secrets("shop", {})), 12u);
}

TEST_F(RestApps, SendsNoSecretThatJsonCannotHold) {
    auto const version = run(api.update_secrets("shop", {{"KEY", Secret("\xff\xfe")}}));
    ASSERT_FALSE(version);
    EXPECT_EQ(version.error().kind, ErrorKind::InvalidConfig);
    EXPECT_TRUE(wire.calls.empty());
}

TEST_F(RestApps, ListsSecretsWithDigests) {
    wire.answer(200, R"({"secrets":[{"name":"KEY","digest":"9d8f","created_at":"2026-01-01T00:00:00Z"}]})");
    auto const secrets = run(api.list_secrets("shop"));
    ASSERT_TRUE(secrets);
    EXPECT_EQ(last_request(), "GET /v1/apps/shop/secrets");
    EXPECT_EQ(*secrets, (std::vector<fly::AppSecret>{{.name = "KEY", .digest = "9d8f"}}));
}

TEST_F(RestApps, EncodesNamesInPaths) {
    wire.answer(404, R"({"error":"app not found"})");
    auto const app = run(api.get_app("../orgs?x#y"));
    EXPECT_EQ(last_request(), "GET /v1/apps/..%2Forgs%3Fx%23y");
}

TEST_F(RestApps, TellsALostReadUnavailableAndALostWriteAmbiguous) {
    wire.answer(failure(ErrorKind::Ambiguous, "connection closed"));
    wire.answer(failure(ErrorKind::Ambiguous, "connection closed"));
    auto const read = run(api.get_app("shop"));
    auto const write = run(api.create_app({.name = "shop", .organization = "acme"}));
    EXPECT_EQ(read.error().kind, ErrorKind::Unavailable);
    EXPECT_EQ(read.error().message, "get_app shop: connection closed");
    EXPECT_EQ(write.error().kind, ErrorKind::Ambiguous);
}

}  // namespace
}  // namespace dayfly::fly_rest
