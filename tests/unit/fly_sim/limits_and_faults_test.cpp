// Rate limits as arithmetic on virtual time, faults as rules, the journal, and the witness.
#include "tests/unit/fly_sim/sim_fixture.h"

namespace dayfly::fly_sim {
namespace {

CloudOptions limited() {
    CloudOptions options;
    options.rate_limits.enabled = true;
    return options;
}

/// How many of `count` requests pass at this moment.
int passing(Sim& sim, int count, std::string const& method, std::string const& target) {
    int passed = 0;
    for (int i = 0; i < count; ++i) passed += sim.ask(method, target).status() == 429 ? 0 : 1;
    return passed;
}

TEST(RateLimits, ThreeAtOnceThenOneASecondPerActionAndIdentifier) {
    Sim sim(limited());
    sim.app();
    EXPECT_EQ(passing(sim, 10, "GET", "/v1/apps/shop/machines"), 3);
    EXPECT_EQ(passing(sim, 10, "GET", "/v1/apps/shop/volumes"), 3) << "another action has its own";
    sim.pass(999ms);
    EXPECT_EQ(passing(sim, 10, "GET", "/v1/apps/shop/machines"), 0);
    sim.pass(1ms);
    EXPECT_EQ(passing(sim, 10, "GET", "/v1/apps/shop/machines"), 1);
    sim.pass(1h);
    EXPECT_EQ(passing(sim, 10, "GET", "/v1/apps/shop/machines"), 3) << "the burst is the most there is";
}

TEST(RateLimits, CountPerAppSoThatAppsDoNotDisturbEachOther) {
    Sim sim(limited());
    for (int i = 0; i < 20; ++i) {
        auto const name = "app-" + std::to_string(i);
        EXPECT_EQ(sim.app(name).status(), 201);
        EXPECT_EQ(passing(sim, 4, "GET", "/v1/apps/" + name + "/machines"), 3);
    }
}

TEST(RateLimits, GetMachineHasFiveASecondAndABurstOfTenPerMachine) {
    Sim sim(limited());
    sim.app();
    auto const one = sim.make_machine(small_config(), "a").json()["id"].get<std::string>();
    auto const two = sim.make_machine(small_config(), "b").json()["id"].get<std::string>();
    EXPECT_EQ(passing(sim, 30, "GET", Sim::at(one)), 10);
    EXPECT_EQ(passing(sim, 30, "GET", Sim::at(two)), 10);
    sim.pass(1s);
    EXPECT_EQ(passing(sim, 30, "GET", Sim::at(one)), 5);
}

TEST(RateLimits, DeletingAppsIsLimitedToAHundredAMinuteOverAll) {
    Sim sim(limited());
    int accepted = 0;
    for (int i = 0; i < 120; ++i) {
        auto const name = "app-" + std::to_string(i);
        sim.app(name);
        accepted += sim.erase("/v1/apps/" + name).status() == 202 ? 1 : 0;
    }
    EXPECT_EQ(accepted, 100);
    sim.pass(59'999ms);
    EXPECT_EQ(passing(sim, 5, "DELETE", "/v1/apps/app-119"), 0) << "in any sixty seconds";
    sim.pass(1ms);
    EXPECT_EQ(passing(sim, 5, "DELETE", "/v1/apps/app-119"), 5);
}

TEST(RateLimits, TheStricterReadingCountsOnTheOrganisation) {
    auto options = limited();
    options.rate_limits.organisation_wide = true;
    Sim sim(options);
    int created = 0;
    for (int i = 0; i < 10; ++i) created += sim.app("app-" + std::to_string(i)).status() == 201 ? 1 : 0;
    EXPECT_EQ(created, 3);
    EXPECT_EQ(passing(sim, 10, "GET", "/v1/orgs/personal/machines"), 3);
    EXPECT_EQ(passing(sim, 10, "GET", "/v1/apps?org_slug=personal"), 3);
    EXPECT_EQ(passing(sim, 10, "GET", "/v1/platform/regions"), 3);
    EXPECT_EQ(passing(sim, 10, "GET", "/v1/tokens/current"), 3);
    EXPECT_EQ(passing(sim, 10, "POST", "/v1/platform/placements"), 3);
    EXPECT_EQ(passing(sim, 10, "POST", "/graphql"), 10) << "no limit of GraphQL is documented";
    sim.cloud.options().rate_limits.graphql_per_second = 1;
    EXPECT_EQ(passing(sim, 10, "POST", "/graphql"), 3);
}

TEST(RateLimits, RetryAfterIsASwitch) {
    for (bool const told : {false, true}) {
        auto options = limited();
        options.quirks.retry_after_on_429 = told;
        Sim sim(options);
        sim.app();
        passing(sim, 3, "GET", "/v1/apps/shop");
        auto const answer = sim.get("/v1/apps/shop");
        EXPECT_EQ(answer.status(), 429);
        EXPECT_EQ(error_of(answer), "rate limit exceeded");
        bool found = false;
        for (auto const& [name, value] : answer.response.headers.fields) found |= name == "retry-after" && value == "1";
        EXPECT_EQ(found, told);
    }
}

TEST(RateLimits, ARefusedRequestChangesNothing) {
    Sim sim(limited());
    sim.app();
    for (int i = 0; i < 5; ++i) sim.make_machine(small_config(), "m-" + std::to_string(i));
    EXPECT_EQ(sim.cloud.snapshot()["apps"]["shop"]["machines"].size(), 3u);
    EXPECT_EQ(sim.cloud.count("create_machine"), 5u);
}

TEST(Faults, BeforeTheCommitNothingIsDoneAfterItEverythingIs) {
    struct Case {
        FaultKind kind;
        int status;
        bool done;
    };
    for (auto const& [kind, status, done] :
         {Case{FaultKind::Status, 503, false}, Case{FaultKind::StatusAfter, 503, true}, Case{FaultKind::Drop, 0, false},
          Case{FaultKind::DropAfter, 0, true}, Case{FaultKind::HtmlBadGateway, 502, false},
          Case{FaultKind::HtmlBadGatewayAfter, 502, true}, Case{FaultKind::RateLimited, 429, false},
          Case{FaultKind::Unauthorised, 401, false}, Case{FaultKind::Refuse, 0, false}, Case{FaultKind::Truncate, 200, true}}) {
        Sim sim;
        sim.app();
        sim.cloud.faults().add({.kind = kind, .action = "create_machine", .count = 1, .status = 503});
        auto const answer = sim.make_machine(small_config());
        EXPECT_EQ(answer.status(), status);
        EXPECT_EQ(answer.refused, kind == FaultKind::Refuse);
        EXPECT_EQ(sim.cloud.snapshot()["apps"]["shop"]["machines"].size(), done ? 1u : 0u) << static_cast<int>(kind);
        EXPECT_EQ(sim.make_machine(small_config(), "next").status(), 200) << "it strikes once";
    }
}

TEST(Faults, StrikeALongPollWhenItIsAnswered) {
    Sim sim;
    sim.app();
    auto const id = sim.make_machine(small_config()).json()["id"].get<std::string>();
    sim.cloud.faults().add({.kind = FaultKind::Latency, .action = "wait_machine", .latency = 3s});
    sim.cloud.faults().add({.kind = FaultKind::StatusAfter, .action = "wait_machine", .count = 1, .status = 502});
    auto pending = sim.send("GET", Sim::at(id, "/wait"));
    ASSERT_TRUE(std::holds_alternative<Pending>(pending));
    auto const spoilt = sim.finish(pending);
    EXPECT_EQ(spoilt.status(), 502);
    EXPECT_EQ(spoilt.latency, 3s);
    EXPECT_EQ(sim.cloud.journal().entries().back().status, 502);
    EXPECT_EQ(sim.get(Sim::at(id, "/wait")).status(), 200) << "it strikes once";
}

TEST(Faults, ABadGatewayIsHtml) {
    Sim sim;
    sim.cloud.faults().add({.kind = FaultKind::HtmlBadGateway});
    auto const answer = sim.get("/v1/apps/shop");
    EXPECT_TRUE(answer.response.body.starts_with("<html>"));
    EXPECT_TRUE(answer.json().is_null());
}

TEST(Faults, PickByMethodPathOccurrenceAndKindOfAction) {
    Sim sim;
    sim.app();
    sim.app("other");
    sim.cloud.faults().add({.kind = FaultKind::Status, .method = "GET", .path = "^/v1/apps/shop$", .skip = 1, .count = 2});
    EXPECT_EQ(sim.get("/v1/apps/other").status(), 200);
    EXPECT_EQ(sim.get("/v1/apps/shop").status(), 200);
    EXPECT_EQ(sim.get("/v1/apps/shop").status(), 500);
    EXPECT_EQ(sim.get("/v1/apps/shop").status(), 500);
    EXPECT_EQ(sim.get("/v1/apps/shop").status(), 200);
    sim.cloud.faults().clear();
    sim.cloud.faults().add({.kind = FaultKind::Status, .action = "write"});
    EXPECT_EQ(sim.get("/v1/apps/shop").status(), 200);
    EXPECT_EQ(sim.erase("/v1/apps/shop").status(), 500);
}

TEST(Faults, ProbabilityComesFromTheSeed) {
    auto const pattern = [](std::uint64_t seed) {
        auto options = quiet();
        options.seed = seed;
        Sim sim(options);
        sim.cloud.faults().add({.kind = FaultKind::Status, .probability = 0.5});
        std::string struck;
        for (int i = 0; i < 64; ++i) struck += sim.get("/v1/apps/x").status() == 500 ? '1' : '0';
        return struck;
    };
    EXPECT_EQ(pattern(1), pattern(1));
    EXPECT_NE(pattern(1), pattern(2));
    EXPECT_NE(pattern(1).find('0'), std::string::npos);
    EXPECT_NE(pattern(1).find('1'), std::string::npos);
}

TEST(Faults, ListsCanComeBackEmptyAndAnswersLate) {
    Sim sim;
    sim.app();
    sim.started(small_config());
    auto const rule = sim.cloud.faults().add({.kind = FaultKind::EmptyList});
    sim.cloud.faults().add({.kind = FaultKind::Latency, .latency = 3s});
    auto const answer = sim.get("/v1/apps/shop/machines");
    EXPECT_EQ(answer.json(), Json::array());
    EXPECT_EQ(answer.latency, 3s);
    EXPECT_EQ(sim.get("/v1/apps?org_slug=personal").json(), Json({{"apps", Json::array()}, {"total_apps", 0}}));
    EXPECT_EQ(sim.cloud.faults().struck(rule), 2u);
}

TEST(Faults, AreReadFromJson) {
    auto const fault = read_fault({{"kind", "drop_after"}, {"action", "create_app"}, {"count", 2}, {"latency_ms", 5}});
    ASSERT_TRUE(fault);
    EXPECT_EQ(fault->kind, FaultKind::DropAfter);
    EXPECT_EQ(fault->count, 2);
    EXPECT_EQ(fault->latency, 5ms);
    EXPECT_EQ(read_fault({{"kind", "explode"}}).error(), "kind: unknown \"explode\"");
    EXPECT_EQ(read_fault({{"cuont", 1}}).error(), "unknown field cuont");
    EXPECT_EQ(read_fault({{"count", "1"}}).error(), "count: wrong type");
}

TEST(Journal, CountsByActionAndKeepsNoBodies) {
    Sim sim;
    sim.app();
    sim.post("/v1/apps/shop/secrets", {{"values", {{"A", "hunter2"}}}});
    sim.get("/v1/apps/shop?x=hunter2");
    EXPECT_EQ(sim.cloud.count("create_app"), 1u);
    EXPECT_EQ(sim.cloud.count("get_app"), 1u);
    EXPECT_EQ(sim.cloud.writes(), 2u);
    auto const& last = sim.cloud.journal().entries().back();
    EXPECT_EQ(last.action, "get_app");
    EXPECT_EQ(last.path, "/v1/apps/shop");
    EXPECT_EQ(last.status, 200);
    sim.cloud.reset_journal();
    EXPECT_EQ(sim.cloud.writes(), 0u);
    EXPECT_EQ(sim.cloud.count("get_app"), 0u);
}

TEST(Journal, KeepsTheNewestOnly) {
    auto options = quiet();
    options.journal_length = 3;
    Sim sim(options);
    for (int i = 0; i < 10; ++i) sim.get("/v1/apps/a" + std::to_string(i));
    ASSERT_EQ(sim.cloud.journal().entries().size(), 3u);
    EXPECT_EQ(sim.cloud.journal().entries().front().path, "/v1/apps/a7");
    EXPECT_EQ(sim.cloud.count("get_app"), 10u);
}

TEST(Witness, RemembersThePeakAndDuplicatesThatAreGoneAgain) {
    Sim sim;
    sim.app();
    auto const one = sim.started(small_config(), "web-0");
    auto const two = sim.started(small_config(), "web-0-1f9c2a");
    sim.started(small_config(), "web-1");
    for (auto const& id : {one, two}) sim.erase(Sim::at(id, "?force=true"));
    sim.pass(5s);
    EXPECT_EQ(sim.cloud.peak_machines("shop"), 3u);
    ASSERT_EQ(sim.cloud.violations().size(), 1u);
    EXPECT_EQ(sim.cloud.violations()[0], "app shop: machines " + one + " and " + two + " are both named web-0");
}

TEST(Witness, AReplacementAfterTheEndOfTheFirstIsNoDuplicate) {
    Sim sim;
    sim.app();
    for (int i = 0; i < 3; ++i) {
        sim.erase(Sim::at(sim.started(small_config()), "?force=true"));
        sim.pass(5s);
        sim.erase("/v1/apps/shop/volumes/" + sim.volume());
    }
    EXPECT_TRUE(sim.cloud.violations().empty());
    EXPECT_EQ(sim.cloud.peak_machines("shop"), 1u);
}

}  // namespace
}  // namespace dayfly::fly_sim
