// Every switch, time and capacity by name, and the guesses that can be replaced.
#include <fstream>
#include <sstream>

#include "controller/fly_sim/control.h"
#include "controller/fly_sim/option_table.h"
#include "tests/unit/fly_sim/sim_fixture.h"

namespace dayfly::fly_sim {
namespace {

Answer patch(Cloud& cloud, Json const& change) {
    return perform_control(cloud, {.method = "PATCH", .target = "/_sim/options", .body = change.dump()}).answer;
}

TEST(Options, AreSetInARunningSimulator) {
    Sim sim;
    Json const change{{"app_visible_ms", 30'000},
                      {"jitter", 0.3},
                      {"retry_after_on_429", true},
                      {"secret_digest", "hex32"},
                      {"metadata_limit", 10},
                      {"volume_pending_destroy_ms", 7'200'000},
                      {"full_for_machines", {"fra"}},
                      {"missing_images", {"a", "b"}},
                      {"memory_quota_mb", {{"ams", 512}}}};
    EXPECT_EQ(patch(sim.cloud, change).status(), 200);
    auto const& options = sim.cloud.options();
    EXPECT_EQ(options.timings.app_visible, 30s);
    EXPECT_EQ(options.timings.jitter, 0.3);
    EXPECT_EQ(options.timings.volume_pending_destroy, 2h);
    EXPECT_TRUE(options.quirks.retry_after_on_429);
    EXPECT_EQ(options.quirks.secret_digest, SecretDigest::Hex32);
    EXPECT_EQ(options.quirks.metadata_limit, 10u);
    EXPECT_EQ(options.capacity.full_for_machines, std::set<std::string>{"fra"});
    EXPECT_EQ(options.capacity.memory_quota_mb.at("ams"), 512);
    EXPECT_EQ(options.missing_images.size(), 2u);
}

TEST(Options, AreSetByCurlAsItIsWrittenInTheDocumentation) {
    Sim sim;
    http::Request request{.method = "PATCH", .target = "/_sim/options", .body = R"({"boot_ms":5})"};
    request.headers.add("content-type", "application/x-www-form-urlencoded");
    EXPECT_EQ(perform_control(sim.cloud, request).answer.status(), 200);
    EXPECT_EQ(sim.cloud.options().timings.boot, 5ms);
}

TEST(Options, AreSetByAFlagsText) {
    CloudOptions options;
    for (auto const* const assignment :
         {"boot_ms=500", "jitter=0.5", "nul_holder=false", "create_app_answer=whole_app", "start_started_status=200",
          "full_for_volumes=fra,ams", "token_apps=shop", "memory_quota_mb=fra:4096,ams:1",
          "graphql_code=", "guess.invalid_region=422 no such region {}"}) {
        auto const set = set_option(options, assignment);
        EXPECT_TRUE(set) << set.error();
    }
    EXPECT_EQ(options.timings.boot, 500ms);
    EXPECT_EQ(options.timings.jitter, 0.5);
    EXPECT_FALSE(options.quirks.nul_holder);
    EXPECT_EQ(options.quirks.create_app_answer, AppAnswer::WholeApp);
    EXPECT_EQ(options.quirks.start_started_status, 200);
    EXPECT_EQ(options.capacity.full_for_volumes.size(), 2u);
    EXPECT_EQ(options.token_apps, std::vector<std::string>{"shop"});
    EXPECT_EQ(options.capacity.memory_quota_mb.at("fra"), 4096);
    EXPECT_EQ(options.quirks.graphql_code, "");
    EXPECT_EQ(options.guesses.at("invalid_region").status, 422);
    EXPECT_EQ(options.guesses.at("invalid_region").text, "no such region {}");
}

TEST(Options, AnUnknownNameIsAnsweredWithTheNamesAndAWrongValueWithItself) {
    Sim sim;
    auto const unknown = patch(sim.cloud, {{"gravity", 1}});
    EXPECT_EQ(unknown.status(), 400);
    for (auto const* const name : {"gravity: no such option", "app_visible_ms", "nul_holder", "guess.rate_limited"}) {
        EXPECT_NE(error_of(unknown).find(name), std::string::npos) << name;
    }
    EXPECT_EQ(error_of(patch(sim.cloud, {{"boot_ms", "soon"}})), "boot_ms: takes no \"soon\"");
    CloudOptions options;
    for (auto const* const wrong : {"boot_ms", "boot_ms=-1", "boot_ms=x", "jitter=", "nul_holder=1", "secret_digest=md5",
                                    "memory_quota_mb=fra", "guess.gravity=1", "=1", ""}) {
        EXPECT_FALSE(set_option(options, wrong)) << wrong;
    }
}

TEST(Options, StandInTheDocumentation) {
    std::ifstream file(std::string(DAYFLY_SOURCE_DIR) + "/docs/simulator.md");
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_NE(text.str().find(option_reference()), std::string::npos) << "docs/simulator.md should have:\n"
                                                                      << option_reference();
}

TEST(Guesses, CanBeReplacedInStatusAndText) {
    Sim sim;
    sim.app();
    auto const region = [&] { return sim.make_machine(small_config(), "", {{"region", "atlantis"}}); };
    EXPECT_EQ(region().status(), 400);
    EXPECT_EQ(error_of(region()), "invalid_argument: region atlantis not found");
    sim.cloud.options().guesses["invalid_region"] = {.status = 422, .text = "we do not know {}"};
    EXPECT_EQ(region().status(), 422);
    EXPECT_EQ(error_of(region()), "we do not know atlantis");
    sim.cloud.options().guesses["create_capacity"] = {.text = "no room"};
    sim.cloud.external().set_region_full("fra", true, false);
    auto const full = sim.make_machine(small_config());
    EXPECT_EQ(full.status(), 503) << "the switch of its own still says it";
    EXPECT_EQ(full.json(), Json({{"error", "no room"}, {"status", "insufficient_capacity"}}));
}

}  // namespace
}  // namespace dayfly::fly_sim
