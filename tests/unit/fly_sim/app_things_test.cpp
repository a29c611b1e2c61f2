// What an app has besides machines: secrets, addresses, certificates. And what is asked about Fly itself.
#include <map>
#include <set>

#include "tests/unit/fly_sim/sim_fixture.h"

namespace dayfly::fly_sim {
namespace {

TEST(Secrets, SetAndDeleteInOneCallMakeOneVersion) {
    Sim sim;
    sim.app();
    auto const first = sim.post("/v1/apps/shop/secrets", {{"values", {{"A", "1"}, {"B", "2"}}}});
    EXPECT_EQ(first.status(), 200);
    EXPECT_EQ(first.json()["version"], 1);
    EXPECT_EQ(first.json()["Version"], 1);
    EXPECT_EQ(first.json()["secrets"].size(), 2u);
    auto const second = sim.post("/v1/apps/shop/secrets", {{"values", {{"A", nullptr}, {"C", "3"}}}}).json();
    EXPECT_EQ(second["version"], 2);
    EXPECT_EQ(second["secrets"][0]["name"], "B");
    EXPECT_EQ(second["secrets"][1]["name"], "C");
}

TEST(Secrets, ShowDigestsThatFollowTheValueButNeverValues) {
    Sim sim;
    sim.app();
    auto const digest = [&](std::string const& value) {
        sim.post("/v1/apps/shop/secrets", {{"values", {{"A", value}}}});
        auto const answer = sim.get("/v1/apps/shop/secrets?show_secrets=true");
        EXPECT_EQ(answer.response.body.find(value), std::string::npos);
        return answer.json()["secrets"][0]["digest"].get<std::string>();
    };
    auto const one = digest("hunter2");
    EXPECT_EQ(one.size(), 16u);
    EXPECT_NE(digest("hunter3"), one);
    EXPECT_EQ(digest("hunter2"), one);
    EXPECT_EQ(sim.cloud.secret_value("shop", "A"), "hunter2");
    EXPECT_EQ(sim.cloud.snapshot().dump().find("hunter2"), std::string::npos);
    sim.cloud.options().quirks.secret_digest = SecretDigest::Hex32;
    EXPECT_EQ(digest("hunter4").size(), 32u);
}

TEST(Secrets, TheDigestOfAnUnchangedValueNeedNotBeStable) {
    Sim sim;
    sim.app();
    sim.cloud.options().quirks.secret_digest_stable = false;
    auto const digest = [&] {
        return sim.post("/v1/apps/shop/secrets", {{"values", {{"A", "x"}}}}).json()["secrets"][0]["digest"];
    };
    EXPECT_NE(digest(), digest());
}

TEST(Secrets, OneByOne) {
    Sim sim;
    sim.app();
    auto const set = sim.post("/v1/apps/shop/secrets/A", {{"value", "x"}});
    EXPECT_EQ(set.status(), 201);
    EXPECT_EQ(set.json()["version"], 1);
    EXPECT_EQ(sim.get("/v1/apps/shop/secrets/A").json()["digest"], set.json()["digest"]);
    EXPECT_EQ(sim.get("/v1/apps/shop/secrets/B").status(), 404);
    EXPECT_EQ(sim.erase("/v1/apps/shop/secrets/A").json()["version"], 2);
    EXPECT_EQ(sim.erase("/v1/apps/shop/secrets/A").json()["version"], 2) << "deleting a missing one tells the newest version";
}

TEST(Secrets, BadRequestsAndVersionsOfTheFutureAreRefused) {
    Sim sim;
    sim.app();
    EXPECT_EQ(sim.post("/v1/apps/shop/secrets", Json::object()).status(), 400);
    EXPECT_EQ(sim.post("/v1/apps/shop/secrets", {{"values", {{"A", 1}}}}).status(), 400);
    EXPECT_EQ(sim.post("/v1/apps/shop/secrets", {{"values", {{"A B", "x"}}}}).status(), 400);
    EXPECT_EQ(sim.get("/v1/apps/shop/secrets?min_version=1").status(), 400);
    EXPECT_EQ(sim.get("/v1/apps/shop/secrets?version=0").status(), 200);
}

TEST(Ips, AnAppHasNoneByItself) {
    Sim sim;
    sim.app();
    EXPECT_EQ(sim.get("/v1/apps/shop/ip_assignments").json(), Json({{"ips", Json::array()}}));
}

TEST(Ips, SharedV4IsGivenOnceV6AsOftenAsAsked) {
    for (int const status : {422, 409, 200}) {
        auto options = quiet();
        options.quirks.shared_v4_twice_status = status;
        Sim sim(options);
        sim.app();
        Json const shared{{"type", "shared_v4"}, {"region", ""}, {"org_slug", ""}, {"network", ""}, {"service_name", ""}};
        auto const first = sim.post("/v1/apps/shop/ip_assignments", shared);
        EXPECT_EQ(first.status(), 200);
        EXPECT_EQ(first.json()["shared"], true);
        auto const again = sim.post("/v1/apps/shop/ip_assignments", shared);
        EXPECT_EQ(again.status(), status);
        if (status == 200) EXPECT_EQ(again.json()["ip"], first.json()["ip"]);
        auto const one = sim.post("/v1/apps/shop/ip_assignments", {{"type", "v6"}}).json()["ip"];
        EXPECT_NE(sim.post("/v1/apps/shop/ip_assignments", {{"type", "v6"}}).json()["ip"], one);
        EXPECT_EQ(sim.get("/v1/apps/shop/ip_assignments").json()["ips"].size(), 3u);
    }
}

TEST(Ips, AnEgressPairIsOneOfEachFamily) {
    Sim sim;
    sim.app();
    auto const pair = sim.post("/v1/apps/shop/ip_assignments", {{"type", "egress_pair"}}).json();
    EXPECT_TRUE(pair["ip"].is_null());
    auto const ips = sim.get("/v1/apps/shop/ip_assignments").json()["ips"];
    ASSERT_EQ(ips.size(), 2u);
    EXPECT_EQ(ips[0]["ip"], pair["ip_pair"]["v4"]);
    EXPECT_EQ(ips[1]["ip"], pair["ip_pair"]["v6"]);
    EXPECT_EQ(ips[1]["egress"], true);
}

TEST(Ips, AFlycastAddressNamesItsNetwork) {
    Sim sim;
    sim.app();
    auto const ip = sim.post("/v1/apps/shop/ip_assignments", {{"type", "private_v6"}, {"network", "net-b"}}).json();
    EXPECT_EQ(ip["network"], Json({{"name", "net-b"}, {"org_slug", "personal"}}));
}

TEST(Ips, AreReleasedByAddress) {
    Sim sim;
    sim.app();
    auto const ip = sim.post("/v1/apps/shop/ip_assignments", {{"type", "private_v6"}, {"network", "net-a"}})
                        .json()["ip"]
                        .get<std::string>();
    EXPECT_TRUE(ip.starts_with("fdaa:"));
    EXPECT_EQ(sim.erase("/v1/apps/shop/ip_assignments/" + ip).status(), 204);
    EXPECT_EQ(sim.erase("/v1/apps/shop/ip_assignments/" + ip).status(), 404);
    EXPECT_EQ(sim.post("/v1/apps/shop/ip_assignments", {{"type", "v5"}}).status(), 400);
}

TEST(Certificates, AreValidatedAfterAWhileOrNever) {
    Sim sim;
    sim.app();
    auto const made = sim.post("/v1/apps/shop/certificates/acme", {{"hostname", "shop.example.com"}});
    EXPECT_EQ(made.status(), 201);
    EXPECT_EQ(made.json()["status"], "pending_validation");
    EXPECT_EQ(made.json()["dns_requirements"]["cname"], "shop.fly.dev");
    sim.pass(3s);
    EXPECT_EQ(sim.get("/v1/apps/shop/certificates/shop.example.com").json()["configured"], true);
    EXPECT_EQ(sim.get("/v1/apps/shop/certificates").json()["certificates"][0]["status"], "active");
    EXPECT_TRUE(sim.post("/v1/apps/shop/certificates/shop.example.com/check").json().contains("dns_records"));
}

TEST(Certificates, DuplicatesAndBareCreatesAreRefused) {
    Sim sim;
    sim.app();
    sim.app("other");
    sim.post("/v1/apps/shop/certificates/acme", {{"hostname", "%2A.example.com"}});
    sim.post("/v1/apps/shop/certificates/acme", {{"hostname", "*.example.com"}});
    EXPECT_EQ(sim.post("/v1/apps/other/certificates/acme", {{"hostname", "*.example.com"}}).status(), 422);
    EXPECT_EQ(sim.get("/v1/apps/shop/certificates/%2A.example.com").status(), 200);
    EXPECT_EQ(sim.erase("/v1/apps/shop/certificates/%2A.example.com").status(), 204);
    EXPECT_EQ(sim.get("/v1/apps/shop/certificates/%2A.example.com").status(), 404);
    auto const bare = sim.post("/v1/apps/shop/certificates", {{"hostname", "a.b"}});
    EXPECT_EQ(bare.status(), 404);
    EXPECT_EQ(bare.response.body, "404 page not found\n");
}

TEST(Certificates, ComeInPagesOfTwentyFive) {
    Sim sim;
    sim.app();
    for (int i = 10; i < 40; ++i) {
        sim.post("/v1/apps/shop/certificates/acme", {{"hostname", "h" + std::to_string(i) + ".example.com"}});
    }
    auto const first = sim.get("/v1/apps/shop/certificates").json();
    EXPECT_EQ(first["certificates"].size(), 25u);
    EXPECT_EQ(first["total_count"], 30);
    auto const rest = sim.get("/v1/apps/shop/certificates?cursor=" + first["next_cursor"].get<std::string>()).json();
    EXPECT_EQ(rest["certificates"].size(), 5u);
    EXPECT_EQ(rest["next_cursor"], "");
    EXPECT_EQ(sim.get("/v1/apps/shop/certificates?filter=h11").json()["certificates"].size(), 1u);
}

TEST(Platform, RegionsComeInPascalCase) {
    Sim sim;
    auto const regions = sim.get("/v1/platform/regions").json();
    EXPECT_EQ(regions["Nearest"], "fra");
    EXPECT_EQ(regions["Regions"].size(), 18u);
    EXPECT_EQ(regions["Regions"][0]["code"], "ams");
}

TEST(Platform, PlacementsNameOnlyRegionsWithRoom) {
    Sim sim;
    sim.cloud.external().set_region_full("fra", true, false);
    sim.cloud.external().set_region_full("ams", false, true);
    auto const asked = [&](Json const& more) {
        auto const answer = sim.post("/v1/platform/placements", with({{"org_slug", "personal"}, {"count", 2}}, more));
        std::set<std::string> codes;
        for (auto const& row : answer.json()["Regions"]) codes.insert(row["Region"]);
        return codes;
    };
    EXPECT_EQ(asked(Json::object()).size(), 17u);
    EXPECT_FALSE(asked({{"region", "eu"}}).contains("fra"));
    EXPECT_TRUE(asked({{"region", "eu"}}).contains("ams"));
    EXPECT_FALSE(asked({{"region", "eu"}, {"volume_size_bytes", 1024}}).contains("ams"));
    EXPECT_EQ(sim.post("/v1/platform/placements", {{"org_slug", "foreign"}}).status(), 404);
}

TEST(Tokens, AWrongOneIsRefusedAndEverySchemeIsTaken) {
    auto options = quiet();
    options.token = "secret";
    Sim sim(options);
    auto const status = [&](std::string const& value) {
        http::Headers headers;
        if (!value.empty()) headers.add("Authorization", value);
        return sim.ask("GET", "/v1/tokens/current", nullptr, headers).status();
    };
    EXPECT_EQ(status(""), 401);
    EXPECT_EQ(status("Bearer wrong"), 401);
    EXPECT_EQ(status("Bearer secret"), 200);
    EXPECT_EQ(status("FlyV1 secret"), 200);
    EXPECT_EQ(status("Bearer FlyV1 secret"), 200);
    EXPECT_EQ(error_of(sim.get("/v1/apps/shop")), "Authenticate: token validation error");
    EXPECT_EQ(sim.get("/v1/platform/regions").status(), 200);
}

TEST(Tokens, OneIsNeededAndMacaroonsDoNotMixWithOthers) {
    Sim sim;
    auto const status = [&](std::string const& target, std::string const& value) {
        http::Headers headers;
        headers.add("Authorization", value);
        return sim.ask("GET", target, nullptr, headers).status();
    };
    for (auto const* const none : {"", "Bearer ", "FlyV1 "}) EXPECT_EQ(status("/v1/tokens/current", none), 401) << none;
    EXPECT_EQ(status("/v1/tokens/current", "Bearer user"), 200);
    EXPECT_EQ(status("/v1/tokens/current", "FlyV1 fm2_a,fm1r_b"), 200);
    EXPECT_EQ(status("/v1/tokens/current", "FlyV1 fm2_a,user"), 401);
    EXPECT_EQ(status("/prometheus/personal/api/v1/query?query=up", "Bearer fm2_a,user"),
              status("/prometheus/personal/api/v1/query?query=up", "Bearer user"))
        << "only the Machines API minds";
}

TEST(Routes, UnknownOnesAnswerPlainText) {
    Sim sim;
    for (auto const* const target : {"/", "/v1", "/v1/nothing", "/v1/apps/shop/machines/1/nothing", "/v1/apps//machines"}) {
        auto const answer = sim.get(target);
        EXPECT_EQ(answer.status(), 404) << target;
    }
    EXPECT_EQ(sim.get("/v1/nothing").response.body, "404 page not found\n");
    EXPECT_EQ(sim.ask("PUT", "/v1/apps").status(), 404);
}

TEST(Responses, CarryFlysHeaders) {
    Sim sim;
    auto const answer = sim.get("/v1/apps/none");
    std::map<std::string, std::string> headers(answer.response.headers.fields.begin(), answer.response.headers.fields.end());
    EXPECT_EQ(headers["fly-request-id"].size(), 30u);
    EXPECT_TRUE(headers["server"].starts_with("Fly/"));
    EXPECT_TRUE(headers["content-type"].starts_with("application/json"));
}

}  // namespace
}  // namespace dayfly::fly_sim
