// Apps: names, visibility, deletion.
#include "tests/unit/fly_sim/sim_fixture.h"

namespace dayfly::fly_sim {
namespace {

TEST(Apps, CreateAnswersWithIdTimeAndAffinityCookie) {
    Sim sim;
    auto const answer = sim.app();
    EXPECT_EQ(answer.status(), 201);
    EXPECT_EQ(answer.json()["id"].get<std::string>().size(), 16u);
    EXPECT_GT(answer.json()["created_at"].get<std::int64_t>(), 1'700'000'000'000);
    EXPECT_FALSE(answer.json().contains("name"));
    bool cookie = false;
    for (auto const& [name, value] : answer.response.headers.fields) {
        cookie |= name == "set-cookie" && value.starts_with("fly_flaps_affinity=") && value.ends_with("Path=/v1/apps/shop");
    }
    EXPECT_TRUE(cookie);
}

TEST(Apps, CreateWithWaitAnswersWithTheWholeApp) {
    Sim sim;
    EXPECT_EQ(sim.post("/v1/apps?wait=true", {{"name", "shop"}, {"org_slug", "personal"}}).json()["name"], "shop");
}

TEST(Apps, CreateTakesAppNameAsWellAsName) {
    Sim sim;
    EXPECT_EQ(sim.post("/v1/apps", {{"app_name", "shop"}, {"org_slug", "personal"}}).status(), 201);
    EXPECT_EQ(sim.get("/v1/apps/shop").status(), 200);
}

TEST(Apps, AnAppWithoutMachinesIsPendingAndKeepsItsNetwork) {
    Sim sim;
    sim.app();
    auto const shown = sim.get("/v1/apps/shop").json();
    EXPECT_EQ(shown["status"], "pending");
    EXPECT_EQ(shown["network"], "net-a");
    EXPECT_EQ(shown["organization"]["slug"], "personal");
    sim.started(small_config());
    EXPECT_EQ(sim.get("/v1/apps/shop").json()["status"], "deployed");
    EXPECT_EQ(sim.get("/v1/apps/shop").json()["machine_count"], 1);
}

TEST(Apps, NamesAreUniqueOverAllOfFly) {
    Sim sim;
    sim.cloud.external().seed_app("theirs", "somebody-else");
    auto const taken = sim.app("theirs");
    EXPECT_EQ(taken.status(), 422);
    EXPECT_EQ(error_of(taken), "Validation failed: Name has already been taken");
    EXPECT_EQ(taken.json()["status"], "name_taken");
    auto const read = sim.get("/v1/apps/theirs");
    EXPECT_EQ(read.status(), 403);
    EXPECT_EQ(error_of(read), "unauthorized");
    EXPECT_EQ(sim.get("/v1/apps/theirs/machines").status(), 403);
}

TEST(Apps, NameTakenWasWithoutItsCodeBefore2026) {
    auto options = quiet();
    options.quirks.name_taken_status = false;
    Sim sim(options);
    sim.app();
    EXPECT_FALSE(sim.app().json().contains("status"));
}

TEST(Apps, BadNamesAreRefused) {
    Sim sim;
    for (auto const& name : {std::string("Shop"), std::string("a_b"), std::string(63, 'a'), std::string("-a")}) {
        auto const answer = sim.app(name);
        EXPECT_EQ(answer.status(), 422) << name;
        EXPECT_EQ(error_of(answer), "Validation failed: Name under 63 chars using numbers, lowercase letters and dashes");
    }
    EXPECT_EQ(sim.app(std::string(62, 'a')).status(), 201);
}

TEST(Apps, UnknownAppIsNotFound) {
    Sim sim;
    EXPECT_EQ(sim.get("/v1/apps/shop").status(), 404);
    EXPECT_EQ(error_of(sim.get("/v1/apps/shop")), "app not found");
    EXPECT_EQ(sim.erase("/v1/apps/shop").status(), 404);
}

TEST(Apps, ANewAppCanBeInvisibleButNotToTheCookieOfItsCreator) {
    for (int const status : {404, 401}) {
        auto options = quiet();
        options.timings.app_visible = 60s;
        options.quirks.invisible_app_status = status;
        Sim sim(options);
        auto const created = sim.app();
        EXPECT_EQ(sim.get("/v1/apps/shop").status(), status);
        http::Headers headers;
        for (auto const& [name, value] : created.response.headers.fields) {
            if (name == "set-cookie") headers.add("cookie", value.substr(0, value.find(';')));
        }
        EXPECT_EQ(sim.ask("GET", "/v1/apps/shop", nullptr, headers).status(), 200);
        sim.pass(60s);
        EXPECT_EQ(sim.get("/v1/apps/shop").status(), 200);
    }
}

TEST(Apps, TheListTrailsAndKnowsOnlyOneOrganisation) {
    auto options = quiet();
    options.organisations = {"personal", "acme"};
    Sim sim(options);
    sim.app();
    sim.post("/v1/apps", {{"name", "other"}, {"org_slug", "acme"}});
    EXPECT_EQ(sim.get("/v1/apps?org_slug=personal").json()["total_apps"], 0);
    sim.pass(500ms);
    auto const listed = sim.get("/v1/apps?org_slug=personal").json();
    EXPECT_EQ(listed["total_apps"], 1);
    EXPECT_EQ(listed["apps"][0]["name"], "shop");
    EXPECT_EQ(listed["apps"][0]["network"], "net-a");
    EXPECT_EQ(sim.get("/v1/apps").status(), 400);
    EXPECT_EQ(sim.get("/v1/apps?org_slug=foreign").status(), 404);
}

TEST(Apps, DeletionIsAsynchronousAndTakesEverything) {
    Sim sim;
    sim.app();
    auto const volume = sim.volume();
    auto const machine = sim.started(with(small_config(), {{"mounts", {{{"volume", volume}, {"path", "/data"}}}}}));
    sim.post("/v1/apps/shop/ip_assignments", {{"type", "v6"}});
    auto const answer = sim.erase("/v1/apps/shop");
    EXPECT_EQ(answer.status(), 202);
    EXPECT_EQ(answer.response.body, "");
    EXPECT_EQ(sim.get("/v1/apps/shop").status(), 200);
    EXPECT_EQ(sim.make_machine(small_config(), "late").status(), 404);
    sim.pass(1s);
    EXPECT_EQ(sim.get("/v1/apps/shop").status(), 404);
    EXPECT_EQ(sim.get(Sim::at(machine)).status(), 404);
    EXPECT_TRUE(sim.cloud.snapshot()["apps"].empty());
    sim.pass(1s);
    EXPECT_EQ(sim.get("/v1/apps?org_slug=personal").json()["total_apps"], 0);
    EXPECT_TRUE(sim.get("/v1/orgs/personal/machines").json()["machines"].empty());
    EXPECT_TRUE(sim.get("/v1/orgs/personal/volumes").json()["volumes"].empty());
}

TEST(Apps, ADeletedNameIsFreeOnlyAfterAWhile) {
    Sim sim;
    sim.app();
    sim.erase("/v1/apps/shop");
    sim.pass(1s);
    EXPECT_EQ(sim.app().status(), 422);
    sim.pass(2s);
    EXPECT_EQ(sim.app().status(), 201);
    EXPECT_TRUE(sim.cloud.snapshot()["apps"]["shop"]["machines"].empty());
}

TEST(Apps, DeletionWithoutForceCanBeRefusedWhileMachinesRun) {
    auto options = quiet();
    options.quirks.delete_app_needs_force = true;
    Sim sim(options);
    sim.app();
    sim.started(small_config());
    EXPECT_EQ(sim.erase("/v1/apps/shop").status(), 412);
    EXPECT_EQ(sim.erase("/v1/apps/shop?force=true").status(), 202);
}

TEST(Apps, IdempotencyKeyReturnsTheAppFirstCreated) {
    auto options = quiet();
    options.quirks.idempotency_key = true;
    Sim sim(options);
    Json const body{{"name", "shop"}, {"org_slug", "personal"}, {"idempotency_key", "k"}};
    auto const first = sim.post("/v1/apps", body).json()["id"];
    EXPECT_EQ(sim.post("/v1/apps", body).json()["id"], first);
    EXPECT_EQ(sim.post("/v1/apps", with(body, {{"name", "other"}})).status(), 422);
    options.quirks.idempotency_key = false;
    Sim older(options);
    older.post("/v1/apps", body);
    EXPECT_EQ(older.post("/v1/apps", body).status(), 422);
}

TEST(Apps, PersonalStandsForTheTokensOwnOrganisation) {
    auto options = quiet();
    options.organisations = {"acme"};
    Sim sim(options);
    EXPECT_EQ(sim.app().status(), 201);
    sim.pass(1s);
    EXPECT_EQ(sim.get("/v1/apps/shop").json()["organization"]["slug"], "acme");
    EXPECT_EQ(sim.get("/v1/apps?org_slug=personal").json()["apps"][0]["name"], "shop");
    EXPECT_EQ(sim.get("/v1/orgs/personal/machines").status(), 200);
    EXPECT_EQ(sim.get("/v1/apps?org_slug=nobody").status(), 404);
}

TEST(Apps, ADeployTokenReachesItsAppsOnlyAndCreatesNone) {
    auto options = quiet();
    Sim sim(options);
    sim.app();
    sim.app("other");
    sim.cloud.options().token_apps = {"shop"};
    EXPECT_EQ(sim.get("/v1/apps/shop").status(), 200);
    EXPECT_EQ(sim.get("/v1/apps/other").status(), 403);
    EXPECT_EQ(sim.app("third").status(), 403);
    EXPECT_EQ(sim.get("/v1/tokens/current").json()["tokens"][0]["apps"], Json({"shop"}));
}

}  // namespace
}  // namespace dayfly::fly_sim
