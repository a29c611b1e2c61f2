// What Fly's proxy does by itself: it stops machines without load, and starts one for a request.
#include "tests/unit/fly_sim/sim_fixture.h"

namespace dayfly::fly_sim {
namespace {

class Proxy : public testing::Test {
protected:
    Proxy() { sim.app(); }

    static CloudOptions looking() {
        auto options = quiet();
        options.timings.autostop_look = 3min;
        return options;
    }
    static Json served(Json const& autostop, Json more = Json::object()) {
        more.update({{"internal_port", 80}, {"autostart", true}, {"autostop", autostop}});
        return with(small_config(), {{"services", {more}}});
    }
    std::string state(std::string const& id) { return sim.machine(id)["state"]; }
    int running(std::vector<std::string> const& ids) {
        return static_cast<int>(std::ranges::count_if(ids, [&](auto const& id) { return state(id) == "started"; }));
    }

    Sim sim{looking()};
};

TEST_F(Proxy, StopsOrSuspendsAMachineWithoutLoadAsItsServiceSays) {
    auto const stops = sim.started(served("stop"));
    auto const keeps = sim.started(served("off"), "web-1");
    sim.pass(4min);
    EXPECT_EQ(state(stops), "stopped");
    EXPECT_EQ(state(keeps), "started");
    auto const events = sim.machine(stops)["events"];
    EXPECT_EQ(events[1]["type"], "stop");
    EXPECT_EQ(events[1]["source"], "proxy");

    sim.post("/v1/apps", {{"name", "other"}, {"org_slug", "personal"}});
    auto const made = sim.post("/v1/apps/other/machines", {{"config", served("suspend")}, {"region", "fra"}}).json();
    auto const at = "/v1/apps/other/machines/" + made["id"].get<std::string>();
    sim.pass(5min);
    EXPECT_EQ(sim.get(at).json()["state"], "suspended");
}

TEST_F(Proxy, LoadAndRequestsKeepItRunningAndARequestStartsIt) {
    auto const id = sim.started(served("stop"));
    sim.cloud.external().set_concurrency("shop", id, 1);
    sim.pass(10min);
    EXPECT_EQ(state(id), "started");
    sim.cloud.external().set_concurrency("shop", id, 0);
    for (int i = 0; i < 5; ++i) {
        sim.cloud.external().serve_requests("shop", 1);
        sim.pass(2min);
        EXPECT_EQ(state(id), "started");
    }
    sim.pass(7min);
    EXPECT_EQ(state(id), "stopped");
    sim.cloud.external().serve_requests("shop", 1);
    EXPECT_EQ(state(id), "starting");
    EXPECT_EQ(sim.machine(id)["events"][0]["source"], "proxy");
}

TEST_F(Proxy, OfSeveralItStopsOneALookAndKeepsTheMinimum) {
    std::vector<std::string> ids;
    for (auto const* const name : {"a", "b", "c"})
        ids.push_back(sim.started(served("stop", {{"min_machines_running", 1}}), name));
    sim.pass(3min);
    EXPECT_EQ(running(ids), 2);
    sim.pass(3min);
    EXPECT_EQ(running(ids), 1);
    sim.pass(1h);
    EXPECT_EQ(running(ids), 1);
}

TEST_F(Proxy, LooksOnlyWhileItIsToldTo) {
    Sim still;
    still.app();
    auto const id = still.started(served("stop"));
    still.pass(1h);
    EXPECT_EQ(still.machine(id)["state"], "started");
    still.cloud.options().timings.autostop_look = 1min;
    still.pass(0s);
    still.pass(2min);
    EXPECT_EQ(still.machine(id)["state"], "stopped");
    EXPECT_EQ(still.cloud.next_event().has_value(), true);
    still.cloud.options().timings.autostop_look = 0s;
    still.pass(1h);
    EXPECT_FALSE(still.cloud.next_event().has_value());
}

}  // namespace
}  // namespace dayfly::fly_sim
