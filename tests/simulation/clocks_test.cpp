// Hours and days of environments that are used, left alone, woken, kept and forgotten, on the virtual clock.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/world.h"

namespace dayfly::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

specs::Key key(std::string const& name) { return {.namespace_ = "default", .name = name}; }

WorldOptions options() {
    WorldOptions options;
    options.clocks = true;
    options.controller.audit = std::chrono::seconds(0);
    return options;
}

constexpr char served[] = "  service: { port: 8080 }\n";
constexpr char with_worker[] = "  service: { port: 8080 }\n  processes: { worker: { start: run } }\n";

class Clocks : public testing::Test {
protected:
    World world{options()};
    std::string app_;

    void made(std::string const& spec) {
        world.want_yaml(image_yaml("shop", spec));
        world.start();
        ASSERT_TRUE(world.converge()) << world.log();
        app_ = world.environment("shop")->app;
        request();
        world.run_for(minutes(2));
        world.cloud().reset_journal();
    }
    std::string app() const { return app_; }
    /// As one through Fly's edge: counted, and it wakes the machine that serves it.
    void request() {
        auto const name = app();
        world.cloud().external().serve_requests(name, 1);
        for (auto const& machine : machines()) {
            if (machine["name"] == "web-0" && machine["state"] != "started")
                EXPECT_TRUE(world.cloud().external().wake_machine(name, machine["id"]));
        }
    }
    nlohmann::json machines() {
        auto const apps = world.apps();
        return apps.empty() ? nlohmann::json::array() : apps.begin()->at("machines");
    }
    std::string state_of(std::string const& name) {
        for (auto const& machine : machines()) {
            if (machine["name"] == name) return machine["state"];
        }
        return "absent";
    }
    bool all_are(std::string const& state) {
        for (auto const& machine : machines()) {
            if (machine["state"] != state) return false;
        }
        return !machines().empty();
    }
    std::string state() { return world.environment("shop")->status.state; }
    bool event(std::string const& reason, unsigned count = 1) {
        unsigned found = 0;
        for (auto const& one : world.environment("shop")->status.events) {
            if (one.reason == reason) found += one.count;
        }
        return found == count;
    }
    /// A new process with an empty memory, as after a crash of the whole computer.
    void restart() {
        world.kill();
        world.run_for(std::chrono::seconds(5));
        world.start();
        ASSERT_TRUE(world.run(minutes(5), [&] { return world.controller().all_settled(); })) << world.log();
    }
    /// Nothing is left that costs anything.
    bool only_a_shell_is_left() {
        auto const apps = world.apps();
        if (apps.size() != 1) return false;
        auto const& one = *apps.begin();
        return one["machines"].empty() && one["volumes"].empty() && one["ips"].empty();
    }
};

TEST_F(Clocks, AnUnusedOneSleepsAfterItsTimeWithOneStopForEachMachine) {
    made(served);
    world.run_for(minutes(50));
    EXPECT_EQ(state_of("web-0"), "started");
    EXPECT_EQ(world.cloud().writes(), 0u);
    ASSERT_TRUE(world.run(minutes(15), [&] { return state() == "Sleeping"; })) << world.log();
    world.run_for(hours(3));
    EXPECT_EQ(state_of("web-0"), "stopped");
    EXPECT_EQ(world.cloud().count("stop_machine"), 1u);
    EXPECT_EQ(world.cloud().writes(), 1u) << world.log();
    EXPECT_TRUE(event("Idle"));
}

TEST_F(Clocks, AUsedOneDoesNotSleep) {
    made(served);
    for (int i = 0; i < 10; ++i) {
        world.run_for(minutes(40));
        request();
    }
    EXPECT_EQ(state_of("web-0"), "started");
    EXPECT_EQ(world.cloud().writes(), 0u);
}

TEST(ClocksOfMany, AreReadWithTwoCallsTogether) {
    World world(options());
    std::string yaml;
    for (int i = 0; i < 40; ++i) yaml += image_yaml("env-" + std::to_string(i), served);
    world.want_yaml(yaml);
    world.start();
    ASSERT_TRUE(world.converge()) << world.log();
    world.cloud().external().serve_requests(world.environment("env-0")->app, 1);
    world.run_for(minutes(5));
    world.cloud().reset_journal();
    world.run_for(minutes(10));
    EXPECT_EQ(world.cloud().count("query_metrics"), 20u) << "two a minute";
    ASSERT_TRUE(world.run(hours(2), [&] { return world.cloud().count("stop_machine") == 40; })) << world.log();
    world.run_for(minutes(3));
    world.cloud().reset_journal();
    world.run_for(minutes(10));
    EXPECT_EQ(world.cloud().count("query_metrics"), 0u) << "nobody is awake";
}

TEST_F(Clocks, AnOpenWebsocketIsUse) {
    made(served);
    world.cloud().external().set_concurrency(app(), machines().front()["id"], 1);
    world.run_for(hours(5));
    EXPECT_EQ(state_of("web-0"), "started");
}

TEST_F(Clocks, ARequestWakesTheWorkerToo) {
    made(with_worker);
    ASSERT_TRUE(world.run(minutes(70), [&] { return state() == "Sleeping"; })) << world.log();
    EXPECT_TRUE(world.run(minutes(1), [&] { return all_are("stopped"); }));
    EXPECT_EQ(world.cloud().writes(), 3u) << "two stops, and a mark on the worker, which no request wakes";
    world.run_for(hours(10));
    world.cloud().reset_journal();
    request();
    ASSERT_TRUE(world.run(minutes(3), [&] { return all_are("started"); })) << world.log();
    ASSERT_TRUE(world.run(minutes(3), [&] { return state() == "Running"; })) << world.log();
    EXPECT_EQ(world.cloud().writes(), 2u);
    world.run_for(minutes(2));
    EXPECT_TRUE(event("Woken"));
    ASSERT_TRUE(world.run(minutes(80), [&] { return state() == "Sleeping"; })) << "and it sleeps again";
}

TEST_F(Clocks, ARestartAtAnyMomentOfSleepChangesNothing) {
    made(with_worker);
    world.run_for(minutes(30));
    restart();
    ASSERT_TRUE(world.run(minutes(50), [&] { return all_are("stopped"); })) << world.log();
    world.run_for(minutes(3));
    world.cloud().reset_journal();
    restart();
    world.run_for(hours(2));
    EXPECT_TRUE(all_are("stopped"));
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();
    world.kill();
    request();
    world.start();
    ASSERT_TRUE(world.run(minutes(3), [&] { return all_are("started"); })) << "woken while nobody looked" << world.log();
}

TEST_F(Clocks, ARestartDoesNotForgetARequest) {
    made(served);
    world.run_for(minutes(50));
    request();
    restart();
    world.run_for(minutes(40));
    EXPECT_EQ(state_of("web-0"), "started");
    ASSERT_TRUE(world.run(hours(1), [&] { return state() == "Sleeping"; })) << world.log();
}

struct Trouble {
    std::string name;
    fly_sim::Fault fault;
};
void PrintTo(Trouble const& trouble, std::ostream* out) { *out << trouble.name; }

class Unreadable : public Clocks, public testing::WithParamInterface<Trouble> {};

TEST_P(Unreadable, IsNeverTakenForSilence) {
    made("  service: { port: 8080 }\n  ttl: 2h\n");
    auto fault = GetParam().fault;
    fault.action = "query_metrics";
    auto const rule = world.cloud().faults().add(fault);
    world.run_for(hours(6));
    EXPECT_GT(world.cloud().faults().struck(rule), 0u);
    EXPECT_EQ(state_of("web-0"), "started") << world.log();
    EXPECT_EQ(world.cloud().writes(), 0u);
    EXPECT_NE(world.environment("shop")->status.clock_message.find("neither sleeps nor expires"), std::string::npos);
    world.cloud().faults().clear();
    EXPECT_TRUE(world.run(hours(2), [&] { return state() == "Sleeping"; })) << world.log();
}

INSTANTIATE_TEST_SUITE_P(
    Troubles, Unreadable,
    testing::Values(Trouble{"Down", {.kind = fly_sim::FaultKind::Refuse}},
                    Trouble{"BadGateway", {.kind = fly_sim::FaultKind::HtmlBadGateway}},
                    Trouble{"SignInPage", {.kind = fly_sim::FaultKind::Status, .status = 200, .body = "<html>Sign in</html>"}},
                    Trouble{"Unauthorised", {.kind = fly_sim::FaultKind::Unauthorised}},
                    Trouble{"CutOff", {.kind = fly_sim::FaultKind::Truncate}}),
    [](auto const& info) { return info.param.name; });

TEST_F(Clocks, MetricsThatShowNothingAtAllAreNotSilence) {
    made("  service: { port: 8080 }\n  ttl: 2h\n");
    world.cloud().options().metrics_missing = true;
    world.run_for(hours(6));
    EXPECT_EQ(state_of("web-0"), "started");
    EXPECT_EQ(world.cloud().writes(), 0u);
}

TEST_F(Clocks, WhereNobodyEverAskedAnythingTheMachinesTellThatMetricsAreKept) {
    world.want_yaml(image_yaml("shop", "  service: { port: 8080 }\n  ttl: 3h\n"));
    world.start();
    ASSERT_TRUE(world.converge()) << world.log();
    ASSERT_TRUE(world.run(hours(2), [&] { return state() == "Sleeping"; })) << world.log();
    ASSERT_TRUE(world.run(hours(3), [&] { return state() == "Expired"; })) << world.log();
}

TEST_F(Clocks, LateMetricsAreHeardBeforeAnythingHappens) {
    made(served);
    world.cloud().options().metrics_lag = minutes(10);
    for (int i = 0; i < 6; ++i) {
        world.run_for(minutes(45));
        request();
    }
    EXPECT_EQ(state_of("web-0"), "started");
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();
}

TEST_F(Clocks, AnExpiredOneLeavesNothingThatCostsAndStaysSo) {
    made("  service: { port: 8080 }\n  volume: { size: 1Gi, mountPath: /data }\n  ttl: 3h\n");
    ASSERT_TRUE(world.run(minutes(175), [&] { return event("ExpiresSoon"); })) << world.log();
    EXPECT_FALSE(only_a_shell_is_left());
    ASSERT_TRUE(world.run(minutes(40), [&] { return state() == "Expired"; })) << world.log();
    EXPECT_TRUE(event("ExpiresSoon")) << "told once";
    ASSERT_TRUE(world.run(minutes(5), [&] { return only_a_shell_is_left(); })) << world.apps().dump(1) << world.log();
    world.run_for(hours(5));
    world.cloud().reset_journal();
    restart();
    world.run_for(hours(5));
    EXPECT_EQ(state(), "Expired");
    EXPECT_TRUE(only_a_shell_is_left());
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();

    world.want({});
    EXPECT_TRUE(world.run(minutes(5), [&] { return world.controller().held().has_value(); })) << "the last one: the guard asks";
}

TEST_F(Clocks, WhatFlyNoLongerRemembersIsNotHeldAgainstIt) {
    made("  service: { port: 8080 }\n  sleep: { after: off }\n  ttl: 25d\n");
    world.kill();
    world.run_for(hours(10 * 24));
    world.cloud().external().serve_requests(app(), 1);
    world.run_for(hours(16 * 24));
    world.start();
    world.run_for(hours(1));
    EXPECT_EQ(state(), "Running") << "used 16 days ago, which Fly keeps no number of" << world.log();
}

class Again : public Clocks {
protected:
    std::string const spec = "  service: { port: 8080 }\n  ttl: 2h\n";
    void expired() {
        made(spec);
        ASSERT_TRUE(world.run(hours(3), [&] { return state() == "Expired" && only_a_shell_is_left(); })) << world.log();
    }
};

TEST_F(Again, ByHand) {
    expired();
    ASSERT_TRUE(world.controller().wake(key("shop")));
    ASSERT_TRUE(world.converge()) << world.log();
    EXPECT_EQ(state(), "Running");
    restart();
    world.run_for(minutes(5));
    EXPECT_EQ(state(), "Running") << "the mark of its end is gone";
}

TEST_F(Again, ByAChangeThatHappenedWhileNobodyLooked) {
    expired();
    world.kill();
    world.want_yaml(image_yaml("shop", spec + "  env: { A: b }\n"));
    world.start();
    ASSERT_TRUE(world.converge()) << world.log();
    EXPECT_EQ(state(), "Running");
}

TEST_F(Again, ByAMomentToBeKeptUntil) {
    expired();
    auto yaml = image_yaml("shop", spec);
    yaml.replace(yaml.find("name: shop }"), 12,
                 "name: shop, annotations: { dayfly.dev/keep-until: \"2027-01-01T00:00:00Z\" } }");
    world.want_yaml(yaml);
    ASSERT_TRUE(world.converge()) << world.log();
    world.run_for(hours(24));
    EXPECT_EQ(state(), "Sleeping");
}

TEST_F(Again, NotByAFileThatIsWrittenAnew) {
    expired();
    world.want_yaml(image_yaml("shop", spec));
    world.run_for(hours(1));
    EXPECT_EQ(state(), "Expired");
}

TEST_F(Again, AndItsShellGoesWithItsFile) {
    expired();
    auto const name = app();
    world.want_yaml(image_yaml("other", served));
    ASSERT_TRUE(world.run(minutes(10), [&] { return world.environment("shop") == nullptr; })) << world.log();
    EXPECT_FALSE(world.apps().contains(name));
}

TEST_F(Clocks, ByHandItSleepsAndWakesWhereNoClockRuns) {
    made("  service: { port: 8080 }\n  sleep: { after: off }\n  ttl: never\n");
    ASSERT_TRUE(world.controller().put_to_sleep(key("shop")));
    ASSERT_TRUE(world.run(minutes(3), [&] { return state() == "Sleeping"; })) << world.log();
    EXPECT_EQ(world.cloud().writes(), 2u) << "a mark and a stop";
    restart();
    world.run_for(hours(1));
    EXPECT_EQ(state(), "Sleeping");
    ASSERT_TRUE(world.controller().wake(key("shop")));
    ASSERT_TRUE(world.run(minutes(3), [&] { return state() == "Running"; })) << world.log();
    restart();
    EXPECT_EQ(state(), "Running");
    EXPECT_EQ(world.controller().put_to_sleep(key("nobody")).error().kind, ErrorKind::NotFound);
}

TEST_F(Clocks, ANewImageWakesWhatItsClockPutToSleepAndAnotherChangeDoesNot) {
    made(served);
    ASSERT_TRUE(world.run(hours(2), [&] { return state() == "Sleeping"; })) << world.log();
    world.run_for(minutes(1));
    world.want_yaml(image_yaml("shop", std::string(served) + "  env: { A: b }\n"));
    ASSERT_TRUE(world.converge()) << world.log();
    EXPECT_EQ(state_of("web-0"), "stopped");
    EXPECT_EQ(state(), "Sleeping");
    EXPECT_TRUE(event("Woken", 0));
    auto next = image_yaml("shop", served);
    next.replace(next.find("shop:1"), 6, "shop:2");
    world.want_yaml(next);
    ASSERT_TRUE(world.converge()) << world.log();
    EXPECT_EQ(state_of("web-0"), "started") << "Fly leaves the new version of a stopped machine stopped";
    EXPECT_EQ(state(), "Running");
    EXPECT_FALSE(world.environment("shop")->status.failure);
}

TEST_F(Clocks, WokenTooEarlyForFlyItWaitsAndDoesNotFail) {
    made("  service: { port: 8080 }\n  sleep: { after: off }\n");
    ASSERT_TRUE(world.controller().put_to_sleep(key("shop")));
    ASSERT_TRUE(world.run(minutes(3), [&] { return state() == "Sleeping"; })) << world.log();
    ASSERT_TRUE(world.controller().wake(key("shop")));
    std::set<std::string> states;
    ASSERT_TRUE(world.run(minutes(1), [&] {
        states.insert(state());
        return state() == "Running";
    })) << world.log();
    EXPECT_GT(world.cloud().count("start_machine"), 1u) << "Fly refused it at first";
    EXPECT_EQ(states, (std::set<std::string>{"Sleeping", "Updating", "Running"}));
    EXPECT_FALSE(world.environment("shop")->status.failure);
}

TEST_F(Clocks, WhatStaysTooEarlyForMinutesIsAFailure) {
    made("  service: { port: 8080 }\n  sleep: { after: off }\n");
    ASSERT_TRUE(world.controller().put_to_sleep(key("shop")));
    ASSERT_TRUE(world.run(minutes(3), [&] { return state() == "Sleeping"; })) << world.log();
    world.cloud().faults().add({.kind = fly_sim::FaultKind::Status,
                                .action = "start_machine",
                                .status = 412,
                                .body = R"({"error":"failed_precondition: machine still active, refusing to start"})"});
    ASSERT_TRUE(world.controller().wake(key("shop")));
    world.run_for(minutes(10));
    EXPECT_EQ(state(), "Failed");
    ASSERT_TRUE(world.environment("shop")->status.failure);
    EXPECT_EQ(world.environment("shop")->status.failure->code, "NotReadyYet");
}

TEST_F(Clocks, SuspendedByHandNothingHappensToIt) {
    made("  service: { port: 8080 }\n  ttl: 2h\n");
    ASSERT_TRUE(world.controller().pause(key("shop")));
    world.want_yaml(image_yaml("shop", "  service: { port: 8080 }\n  ttl: 2h\n  env: { A: b }\n"));
    world.run_for(hours(6));
    EXPECT_EQ(world.cloud().writes(), 0u);
    EXPECT_EQ(state(), "Suspended");
    EXPECT_EQ(world.controller().put_to_sleep(key("shop")).error().kind, ErrorKind::Refused);
    ASSERT_TRUE(world.controller().resume(key("shop")));
    ASSERT_TRUE(world.converge()) << world.log();
    EXPECT_EQ(world.cloud().writes(), 1u);
}

TEST_F(Clocks, DeletingWhatASourceStillWantsIsRefused) {
    made(served);
    auto const refused = world.controller().remove_by_hand(key("shop"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Refused);
    EXPECT_NE(refused.error().hint.find("test.yaml"), std::string::npos) << refused.error().hint;
}

}  // namespace
}  // namespace dayfly::test
