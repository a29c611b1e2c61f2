// Lists: lag, filters, pages, and how they lie on a bad day.
#include <set>

#include "tests/unit/fly_sim/sim_fixture.h"

namespace dayfly::fly_sim {
namespace {

/// Every machine name of the organisation, page after page; counts the pages.
std::multiset<std::string> all_names(Sim& sim, std::string const& query, int* pages = nullptr) {
    std::multiset<std::string> names;
    std::string cursor;
    do {
        auto const page = sim.get("/v1/orgs/personal/machines?" + query + (cursor.empty() ? "" : "&cursor=" + cursor)).json();
        for (auto const& machine : page["machines"]) names.insert(machine["name"]);
        cursor = page["next_cursor"];
        if (pages != nullptr) ++*pages;
    } while (!cursor.empty());
    return names;
}

void make(Sim& sim, int count) {
    for (int i = 0; i < count; ++i) {
        sim.make_machine(small_config(), "m-" + std::to_string(i));
        sim.pass(1ms);
    }
    sim.pass(1min);
}

TEST(AppLists, TrailTheTruthWhileGetDoesNot) {
    Sim sim;
    sim.app();
    sim.pass(1s);
    auto const id = sim.make_machine(small_config()).json()["id"].get<std::string>();
    EXPECT_EQ(sim.get(Sim::at(id)).status(), 200);
    EXPECT_EQ(sim.get("/v1/apps/shop/machines").json().size(), 0u);
    sim.pass(499ms);
    EXPECT_EQ(sim.get("/v1/apps/shop/machines").json().size(), 0u);
    sim.pass(1ms);
    EXPECT_EQ(sim.get("/v1/apps/shop/machines").json()[0]["state"], "created");
    sim.pass(600ms);
    EXPECT_EQ(sim.machine(id)["state"], "starting");
    EXPECT_EQ(sim.get("/v1/apps/shop/machines").json()[0]["state"], "created");
}

TEST(AppLists, FilterByStateRegionAndMetadata) {
    Sim sim;
    sim.app();
    sim.started(with(small_config(), {{"metadata", {{"owner", "a"}, {"kind", "web"}}}}), "one");
    auto const two = sim.started(with(small_config(), {{"metadata", {{"owner", "a"}}}}), "two");
    sim.post(Sim::at(two, "/stop"));
    sim.pass(5s);
    auto const count = [&](std::string const& query) { return sim.get("/v1/apps/shop/machines?" + query).json().size(); };
    EXPECT_EQ(count("metadata.owner=a"), 2u);
    EXPECT_EQ(count("metadata.owner=a&metadata.kind=web"), 1u);
    EXPECT_EQ(count("state=stopped"), 1u);
    EXPECT_EQ(count("state=stopped,started"), 2u);
    EXPECT_EQ(count("region=ams"), 0u);
    EXPECT_EQ(count("started"), 2u) << "unknown query keys are ignored";
}

TEST(AppLists, ASummaryDropsConfigEventsAndHost) {
    Sim sim;
    sim.app();
    sim.started(small_config());
    auto const row = sim.get("/v1/apps/shop/machines?summary=true").json()[0];
    for (auto const* const name : {"config", "events", "checks", "host_status"}) EXPECT_FALSE(row.contains(name)) << name;
    EXPECT_TRUE(row.contains("instance_id"));
}

TEST(OrgLists, PageThroughEverythingOnceInOrderOfChange) {
    Sim sim;
    sim.app();
    make(sim, 25);
    int pages = 0;
    auto const names = all_names(sim, "limit=10", &pages);
    EXPECT_EQ(pages, 3);
    EXPECT_EQ(names.size(), 25u);
    EXPECT_EQ(std::set(names.begin(), names.end()).size(), 25u);
    auto const page = sim.get("/v1/orgs/personal/machines").json();
    std::string last;
    for (auto const& machine : page["machines"]) {
        EXPECT_LE(last, machine["updated_at"].get<std::string>());
        last = machine["updated_at"];
    }
    EXPECT_EQ(page["last_machine_id"], page["machines"].back()["id"]);
    EXPECT_EQ(page["last_updated_at"], last);
    EXPECT_EQ(page["error_regions"], Json::array());
    EXPECT_EQ(page["next_cursor"], "");
}

TEST(OrgLists, AMachineThatChangesMovesToTheEnd) {
    Sim sim;
    sim.app();
    make(sim, 3);
    auto const first = sim.get("/v1/orgs/personal/machines").json()["machines"][0];
    sim.post(Sim::at(first["id"], "/metadata/x"), {{"value", "1"}});
    sim.pass(1s);
    EXPECT_EQ(sim.get("/v1/orgs/personal/machines").json()["machines"][2]["id"], first["id"]);
}

TEST(OrgLists, UpdatedAfterShowsOnlyLaterChanges) {
    Sim sim;
    sim.app();
    make(sim, 3);
    auto const before = sim.get("/v1/orgs/personal/machines").json()["last_updated_at"].get<std::string>();
    EXPECT_EQ(all_names(sim, "updated_after=" + before).size(), 0u);
    sim.make_machine(small_config(), "late");
    sim.pass(1min);
    EXPECT_EQ(all_names(sim, "updated_after=" + before), std::multiset<std::string>{"late"});
    EXPECT_EQ(sim.get("/v1/orgs/personal/machines?updated_after=yesterday").status(), 400);
    EXPECT_EQ(sim.get("/v1/orgs/personal/machines?cursor=nonsense").status(), 400);
}

TEST(OrgLists, TheLimitIsAThousandAtMost) {
    auto options = quiet();
    options.largest_page = 4;
    Sim sim(options);
    sim.app();
    make(sim, 5);
    EXPECT_EQ(sim.get("/v1/orgs/personal/machines?limit=5000").json()["machines"].size(), 4u);
    EXPECT_EQ(sim.get("/v1/orgs/foreign/machines").status(), 404);
}

TEST(OrgLists, AFilterMakesPagesShortAndEmptyWhileMoreRemains) {
    Sim sim;
    sim.app();
    make(sim, 4);
    sim.make_machine(small_config(), "abroad", {{"region", "syd"}});
    sim.pass(1min);
    auto const page = sim.get("/v1/orgs/personal/machines?limit=2&region=syd").json();
    EXPECT_TRUE(page["machines"].empty());
    EXPECT_NE(page["next_cursor"], "");
    EXPECT_EQ(all_names(sim, "limit=2&region=syd"), std::multiset<std::string>{"abroad"});
}

TEST(OrgLists, AreAnIndexOnly) {
    Sim sim;
    sim.app();
    sim.started(
        with(small_config(), {{"metadata", {{"owner", "a"}}}, {"env", {{"A", "1"}}}, {"services", {{{"internal_port", 80}}}}}));
    auto const row = sim.get("/v1/orgs/personal/machines").json()["machines"][0];
    EXPECT_EQ(row["app_name"], "shop");
    EXPECT_EQ(row["config"].size(), 3u);
    EXPECT_EQ(row["config"]["metadata"]["owner"], "a");
    EXPECT_FALSE(sim.get("/v1/orgs/personal/machines?summary=true").json()["machines"][0].contains("config"));
}

TEST(OrgLists, VolumesCarryTheirAppAndNoErrorRegions) {
    Sim sim;
    sim.app();
    sim.volume();
    EXPECT_TRUE(sim.get("/v1/orgs/personal/volumes").json()["volumes"].empty());
    sim.pass(1s);
    auto const page = sim.get("/v1/orgs/personal/volumes").json();
    EXPECT_EQ(page["volumes"][0]["app_name"], "shop");
    EXPECT_FALSE(page.contains("error_regions"));
    EXPECT_EQ(page["last_volume_id"], page["volumes"][0]["id"]);
}

TEST(OrgLists, LieWhenAFaultSaysSo) {
    Sim sim;
    sim.app();
    make(sim, 3);
    sim.make_machine(small_config(), "abroad", {{"region", "syd"}});
    sim.pass(1min);
    sim.cloud.faults().add({.kind = FaultKind::EmptyList, .action = "list_org_machines", .count = 1});
    auto const empty = sim.get("/v1/orgs/personal/machines?limit=2").json();
    EXPECT_TRUE(empty["machines"].empty());
    EXPECT_NE(empty["next_cursor"], "");
    sim.cloud.faults().add({.kind = FaultKind::ErrorRegions, .action = "list_org_machines", .count = 1, .regions = {"syd"}});
    auto const partial = sim.get("/v1/orgs/personal/machines").json();
    EXPECT_EQ(partial["error_regions"], Json({"syd"}));
    EXPECT_EQ(partial["machines"].size(), 3u);
    sim.cloud.faults().add({.kind = FaultKind::ShortPages, .action = "list_org_machines", .status = 1});
    int pages = 0;
    EXPECT_EQ(all_names(sim, "limit=100", &pages).size(), 4u);
    EXPECT_EQ(pages, 4);
}

TEST(OrgLists, WithJitterAnOlderCopyNeverReplacesAYoungerOne) {
    auto options = quiet();
    options.timings.jitter = 0.9;
    Sim sim(options);
    sim.app();
    auto const id = sim.started(small_config());
    for (int i = 0; i < 200; ++i) {
        sim.post(Sim::at(id, "/metadata/n"), {{"value", std::to_string(i)}});
        sim.pass(10ms);
    }
    sim.pass(2s);
    EXPECT_EQ(sim.get("/v1/orgs/personal/machines").json()["machines"][0]["config"]["metadata"]["n"], "199");
}

TEST(Lists, ACopyThatArrivesLateBringsNothingBack) {
    auto options = quiet();
    options.timings.jitter = 0.9;
    options.timings.list_lag = 60s;
    options.timings.destroyed_visible = 0s;
    Sim sim(options);
    for (int i = 0; i < 40; ++i) {
        sim.app();
        sim.erase(Sim::at(sim.started(small_config()), "?force=true"));
        sim.erase("/v1/apps/shop");
        sim.pass(1min);
    }
    sim.pass(10min);
    EXPECT_EQ(sim.get("/v1/orgs/personal/machines?include_deleted=true").json()["machines"], Json::array());
    EXPECT_EQ(sim.get("/v1/apps?org_slug=personal").json()["total_apps"], 0);
}

}  // namespace
}  // namespace dayfly::fly_sim
