// What others do behind our back, GraphQL's bulk view, and the state on its way to a file and back.
#include "tests/unit/fly_sim/sim_fixture.h"

namespace dayfly::fly_sim {
namespace {

Json mounted(std::string const& id) { return with(small_config(), {{"mounts", {{{"volume", id}, {"path", "/data"}}}}}); }

TEST(External, RemovesThingsAtOnce) {
    Sim sim;
    sim.app();
    auto const volume = sim.volume();
    auto const machine = sim.started(mounted(volume));
    auto const ip = sim.post("/v1/apps/shop/ip_assignments", {{"type", "v6"}}).json()["ip"].get<std::string>();
    auto external = sim.cloud.external();
    EXPECT_TRUE(external.remove_machine("shop", machine));
    EXPECT_FALSE(external.remove_machine("shop", machine));
    EXPECT_TRUE(sim.get("/v1/apps/shop/volumes/" + volume).json()["attached_machine_id"].is_null());
    EXPECT_TRUE(external.remove_volume("shop", volume));
    EXPECT_TRUE(external.remove_ip("shop", ip));
    auto const left = sim.cloud.snapshot()["apps"]["shop"];
    EXPECT_TRUE(left["machines"].empty() && left["volumes"].empty() && left["ips"].empty());
    EXPECT_TRUE(external.remove_app("shop"));
    EXPECT_EQ(sim.get("/v1/apps/shop").status(), 404);
}

TEST(External, ChangesAConfigAsANewVersion) {
    Sim sim;
    sim.app();
    auto const id = sim.started(small_config());
    auto const version = sim.machine(id)["instance_id"];
    EXPECT_TRUE(sim.cloud.external().change_config("shop", id, {{"env", {{"BY", "hand"}}}}));
    sim.pass(10s);
    EXPECT_EQ(sim.machine(id)["config"]["env"]["BY"], "hand");
    EXPECT_NE(sim.machine(id)["instance_id"], version);
    EXPECT_EQ(sim.machine(id)["state"], "started");
}

TEST(External, AMigrationKeepsTheMachineIdAndChangesVolumeAndAddress) {
    Sim sim;
    sim.app();
    auto const volume = sim.volume();
    auto const id = sim.started(mounted(volume));
    auto const before = sim.machine(id);
    EXPECT_TRUE(sim.cloud.external().migrate_machine("shop", id));
    sim.pass(10s);
    auto const after = sim.machine(id);
    EXPECT_EQ(after["state"], "started");
    EXPECT_EQ(after["instance_id"], before["instance_id"]);
    EXPECT_NE(after["private_ip"], before["private_ip"]);
    auto const moved = after["config"]["mounts"][0]["volume"].get<std::string>();
    EXPECT_NE(moved, volume);
    EXPECT_EQ(sim.get("/v1/apps/shop/volumes/" + moved).json()["attached_machine_id"], id);
    EXPECT_EQ(sim.get("/v1/apps/shop/volumes/" + volume).status(), 404);
    EXPECT_TRUE(sim.cloud.violations().empty());
    EXPECT_EQ(sim.post(Sim::at(id), {{"config", mounted(volume)}}).status(), 400)
        << "the volume as once created is not its own";
}

TEST(External, TheProxyStopsAndWakes) {
    Sim sim;
    sim.app();
    auto const id = sim.started(small_config());
    EXPECT_TRUE(sim.cloud.external().idle_machine("shop", id));
    sim.pass(1s);
    EXPECT_EQ(sim.machine(id)["state"], "stopped");
    EXPECT_EQ(sim.machine(id)["events"][1]["source"], "proxy");
    EXPECT_TRUE(sim.cloud.external().wake_machine("shop", id));
    sim.pass(1s);
    EXPECT_EQ(sim.machine(id)["state"], "started");
    EXPECT_TRUE(sim.cloud.external().idle_machine("shop", id, true));
    sim.pass(1s);
    EXPECT_EQ(sim.machine(id)["state"], "suspended");
}

TEST(External, SeedsAreThereAndStarted) {
    Sim sim;
    auto external = sim.cloud.external();
    EXPECT_TRUE(external.seed_app("shop", "personal", "net-b"));
    EXPECT_FALSE(external.seed_app("shop", "personal"));
    auto const volume = external.seed_volume("shop", "data", "ams", 2);
    auto const id = external.seed_machine("shop", "web-0", "ams", mounted(volume));
    EXPECT_EQ(sim.machine(id)["state"], "started");
    EXPECT_EQ(sim.get("/v1/apps/shop/volumes/" + volume).json()["attached_machine_id"], id);
    EXPECT_EQ(external.seed_machine("shop", "web-0", "ams", small_config()), "");
}

TEST(External, OperationsAreReadFromJson) {
    Sim sim;
    auto external = sim.cloud.external();
    EXPECT_EQ(external.perform({{"seed_app", {{"name", "shop"}, {"organisation", "personal"}}}}), Json(true));
    EXPECT_EQ(external.perform({{"set_secret", {{"app", "shop"}, {"name", "A"}, {"value", "1"}}}}), Json(true));
    EXPECT_EQ(sim.cloud.secret_value("shop", "A"), "1");
    EXPECT_EQ(external.perform({{"remove_app", {{"app", "none"}}}}).error(), "remove_app: nothing of that name");
    EXPECT_EQ(external.perform({{"explode", Json::object()}}).error(), "unknown operation explode");
    EXPECT_FALSE(external.perform(Json::array()));
}

TEST(GraphQl, BringsAddressesAndSecretsOfAllAppsInPages) {
    Sim sim;
    for (auto const* const name : {"a", "b", "shop"}) sim.app(name);
    sim.cloud.external().seed_app("theirs", "somebody-else");
    sim.post("/v1/apps/a/ip_assignments", {{"type", "v6"}});
    sim.post("/v1/apps/a/ip_assignments", {{"type", "shared_v4"}});
    sim.post("/v1/apps/a/secrets", {{"values", {{"A", "x"}}}});
    Json const query{
        {"query", R"(query($slug: String!, $after: String) { organization(slug: $slug) { apps(first: 2, after: $after) {
                                   pageInfo { hasNextPage endCursor }
                                   nodes { ...Thing ipAddresses { nodes { address type region } } sharedIpAddress secrets { name digest } } } } }
                                  fragment Thing on App { appName: name })"},
        {"variables", {{"slug", "personal"}, {"after", nullptr}}}};
    auto const apps = sim.post("/graphql", query).json()["data"]["organization"]["apps"];
    ASSERT_EQ(apps["nodes"].size(), 2u);
    EXPECT_EQ(apps["nodes"][0]["appName"], "a");
    EXPECT_EQ(apps["nodes"][0]["ipAddresses"]["nodes"].size(), 1u);
    EXPECT_EQ(apps["nodes"][0]["ipAddresses"]["nodes"][0]["type"], "v6");
    EXPECT_TRUE(apps["nodes"][0]["sharedIpAddress"].is_string());
    EXPECT_EQ(apps["nodes"][0]["secrets"][0]["name"], "A");
    EXPECT_TRUE(apps["nodes"][1]["sharedIpAddress"].is_null());
    EXPECT_EQ(apps["pageInfo"]["hasNextPage"], true);
    auto next = query;
    next["variables"]["after"] = apps["pageInfo"]["endCursor"];
    auto const rest = sim.post("/graphql", next).json()["data"]["organization"]["apps"];
    ASSERT_EQ(rest["nodes"].size(), 1u);
    EXPECT_EQ(rest["nodes"][0]["appName"], "shop");
    EXPECT_EQ(rest["pageInfo"]["hasNextPage"], false);
}

TEST(GraphQl, ErrorsArriveWithStatus200UnderTheirAlias) {
    Sim sim;
    sim.app();
    auto const found =
        sim.post("/graphql", {{"query", "{ appcompact: app(name: \"shop\") { name organization { slug } cnameTarget } }"}});
    EXPECT_EQ(found.json()["data"]["appcompact"],
              Json({{"name", "shop"}, {"organization", {{"slug", "personal"}}}, {"cnameTarget", nullptr}}));
    auto const missing = sim.post("/graphql", {{"query", "{ app(name: \"none\") { name } }"}});
    EXPECT_EQ(missing.status(), 200);
    EXPECT_EQ(missing.json()["errors"][0]["message"], "Could not find App");
    EXPECT_TRUE(missing.json()["data"]["app"].is_null());
    EXPECT_EQ(sim.post("/graphql", {{"query", "{ organizations { nodes { slug } } }"}})
                  .json()["data"]["organizations"]["nodes"][0]["slug"],
              "personal");
    for (auto const* const broken : {"", "{", "{ app(name: ", "{ a { b }", "query X($y: {", "{ ...Nowhere }", "{ \"x\" }"}) {
        EXPECT_TRUE(sim.post("/graphql", {{"query", broken}}).json().contains("errors")) << broken;
    }
    EXPECT_TRUE(sim.post("/graphql", {{"query", "fragment A on App { ...A } { app(name: \"shop\") { ...A } }"}})
                    .json()
                    .contains("errors"));
}

TEST(GraphQl, WhatTheSchemaDoesNotHaveIsAnErrorAndNothingElseIsDone) {
    Sim sim;
    sim.app();
    auto const errors = [&](std::string const& query) {
        auto const body = sim.post("/graphql", {{"query", query}}).json();
        EXPECT_FALSE(body.contains("data")) << query;
        return body["errors"];
    };
    auto const unknown = errors(R"({ app(name: "shop") { name colour organization { slug shape } } })");
    ASSERT_EQ(unknown.size(), 2u);
    EXPECT_EQ(unknown[0]["message"], "Field 'colour' doesn't exist on type 'App'");
    EXPECT_EQ(unknown[0]["extensions"]["code"], "undefinedField");
    EXPECT_EQ(unknown[1]["path"], Json({"query", "app", "organization", "shape"}));
    EXPECT_EQ(errors("{ gravity }")[0]["message"], "Field 'gravity' doesn't exist on type 'Queries'");
    EXPECT_EQ(errors(R"({ app(name: "shop") { organization } })").size(), 1u);
    EXPECT_EQ(errors(R"({ app(name: "shop") { name { first } } })").size(), 1u);
    EXPECT_EQ(errors(R"(mutation { createGravity(input: {}) { id } })").size(), 1u);
}

TEST(GraphQl, TheCodeOfAnErrorIsASwitch) {
    Sim sim;
    auto const error = [&] { return sim.post("/graphql", {{"query", R"({ app(name: "x") { name } })"}}).json()["errors"][0]; };
    EXPECT_EQ(error()["extensions"]["code"], "NOT_FOUND");
    sim.cloud.options().quirks.graphql_code = "";
    EXPECT_FALSE(error().contains("extensions"));
    EXPECT_EQ(error()["message"], "Could not find App");
}

TEST(GraphQl, AddressesAreAllocatedAndReleased) {
    Sim sim;
    sim.app();
    auto const allocate = [&](std::string const& type) {
        Json const body{{"query",
                         "mutation($input: AllocateIPAddressInput!) { allocateIpAddress(input: $input) { ipAddress { address "
                         "type } app { sharedIpAddress } } }"},
                        {"variables", {{"input", {{"appId", "shop"}, {"type", type}, {"region", ""}}}}}};
        return sim.post("/graphql", body).json();
    };
    auto const v6 = allocate("v6")["data"]["allocateIpAddress"]["ipAddress"];
    EXPECT_EQ(v6["type"], "v6");
    auto const shared = allocate("shared_v4")["data"]["allocateIpAddress"];
    EXPECT_TRUE(shared["ipAddress"].is_null());
    EXPECT_TRUE(shared["app"]["sharedIpAddress"].is_string());
    EXPECT_EQ(allocate("shared_v4")["errors"].size(), 1u);
    EXPECT_EQ(sim.get("/v1/apps/shop/ip_assignments").json()["ips"].size(), 2u);
    Json const release{
        {"query", "mutation($input: ReleaseIPAddressInput!) { releaseIpAddress(input: $input) { app { name } } }"},
        {"variables", {{"input", {{"appId", "shop"}, {"ip", v6["address"]}}}}}};
    EXPECT_EQ(sim.post("/graphql", release).json()["data"]["releaseIpAddress"]["app"]["name"], "shop");
    EXPECT_EQ(sim.get("/v1/apps/shop/ip_assignments").json()["ips"].size(), 1u);
}

TEST(SavedState, ComesBackWholeAndTimeGoesOn) {
    Sim sim;
    sim.app();
    sim.post("/v1/apps/shop/secrets", {{"values", {{"A", "hunter2"}}}});
    sim.post("/v1/apps/shop/certificates/acme", {{"hostname", "shop.example.com"}});
    auto const volume = sim.volume();
    auto const id = sim.make_machine(mounted(volume), "web-0", {{"lease_ttl", 60}}).json()["id"].get<std::string>();
    auto const saved = Json::parse(sim.cloud.save_state().dump());

    Sim later;
    later.now = Instant(5h);
    auto const offset = 1min;
    ASSERT_TRUE(later.cloud.load_state(saved, later.now, sim.wall() + 100ms));
    auto const ask = [&](std::string const& target, Instant::duration after) {
        http::Request request{.method = "GET", .target = target};
        request.headers.add("authorization", authorized);
        return std::get<Answer>(later.cloud.handle(request, later.now + after, sim.wall() + 100ms + after)).json();
    };
    EXPECT_EQ(ask(Sim::at(id), 0s)["state"], "created");
    EXPECT_EQ(ask("/v1/apps/shop/machines", 0s).size(), 1u) << "the lists have caught up";
    EXPECT_EQ(ask(Sim::at(id), 1900ms)["state"], "started") << "the boot under way went on";
    EXPECT_EQ(ask(Sim::at(id, "/lease"), 1900ms)["status"], "success");
    EXPECT_EQ(later.cloud.secret_value("shop", "A"), "hunter2");
    EXPECT_EQ(ask("/v1/apps/shop/certificates", offset)["certificates"][0]["status"], "active");
    EXPECT_EQ(ask("/v1/apps/shop/volumes/" + volume, offset)["attached_machine_id"], id);
    EXPECT_TRUE(later.cloud.violations().empty());
}

TEST(SavedState, NewIdsDoNotRepeatOldOnes) {
    Sim sim;
    sim.app();
    auto const id = sim.make_machine(small_config()).json()["id"];
    Sim later;
    ASSERT_TRUE(later.cloud.load_state(sim.cloud.save_state(), later.now, later.wall()));
    EXPECT_NE(later.make_machine(small_config(), "web-1").json()["id"], id);
}

TEST(SavedState, WhatIsNotOneIsRefusedAndChangesNothing) {
    Sim sim;
    sim.app();
    for (auto const& broken :
         {Json(), Json::object(), Json{{"version", 99}}, Json{{"version", 2}, {"numbers", 1}, {"apps", 3}}}) {
        EXPECT_FALSE(sim.cloud.load_state(broken, sim.now, sim.wall()));
    }
    EXPECT_EQ(sim.get("/v1/apps/shop").status(), 200);
}

TEST(Determinism, TheSameSeedGivesTheSameAnswersByteForByte) {
    auto const transcript = [] {
        auto options = quiet();
        options.seed = 42;
        options.timings.jitter = 0.3;
        Sim sim(options);
        std::string text = sim.app().response.body;
        auto const volume = sim.volume();
        auto const id = sim.started(mounted(volume));
        text += sim.get(Sim::at(id)).response.body + sim.get("/v1/orgs/personal/machines").response.body;
        sim.erase(Sim::at(id, "?force=true"));
        sim.pass(3s);
        return text + sim.cloud.save_state().dump();
    };
    EXPECT_EQ(transcript(), transcript());
}

}  // namespace
}  // namespace dayfly::fly_sim
