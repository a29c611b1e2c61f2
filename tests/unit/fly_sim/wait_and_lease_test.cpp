// Long polls and leases, on virtual time.
#include "tests/unit/fly_sim/sim_fixture.h"

namespace dayfly::fly_sim {
namespace {

TEST(Wait, ReturnsTheMomentTheStateIsReached) {
    Sim sim;
    sim.app();
    auto const id = sim.make_machine(small_config()).json()["id"].get<std::string>();
    auto const start = sim.now;
    auto const answer = sim.finish(sim.send("GET", Sim::at(id, "/wait?timeout=60")));
    EXPECT_EQ(answer.status(), 200);
    EXPECT_EQ(answer.json()["ok"], true);
    EXPECT_EQ(answer.json()["state"], "started");
    EXPECT_EQ(answer.json()["version"], sim.machine(id)["instance_id"]);
    EXPECT_EQ(sim.now - start, 2s);
}

TEST(Wait, AnswersAtOnceWhenTheStateIsThere) {
    Sim sim;
    sim.app();
    auto const id = sim.started(small_config());
    EXPECT_EQ(sim.get(Sim::at(id, "/wait?state=stopped,started&timeout=5")).status(), 200);
}

TEST(Wait, TimesOutWithWantedAndActual) {
    Sim sim;
    sim.app();
    auto const id = sim.make_machine(small_config()).json()["id"].get<std::string>();
    auto const start = sim.now;
    auto const answer = sim.finish(sim.send("GET", Sim::at(id, "/wait?state=stopped&timeout=3")));
    EXPECT_EQ(answer.status(), 408);
    EXPECT_EQ(error_of(answer), "deadline_exceeded: machine failed to reach desired state, stopped, currently started");
    EXPECT_EQ(sim.now - start, 3s);
}

TEST(Wait, TimeoutsOutsideOneToSixtySecondsAreRefused) {
    Sim sim;
    sim.app();
    auto const id = sim.started(small_config());
    for (auto const* const timeout : {"0", "61", "120", "x", "-1"}) {
        auto const answer = sim.get(Sim::at(id, std::string("/wait?timeout=") + timeout));
        EXPECT_EQ(answer.status(), 400) << timeout;
        EXPECT_EQ(error_of(answer),
                  "invalid_argument: invalid WaitMachineRequest.Timeout: value must be inside range [1s, 1m0s]");
    }
}

TEST(Wait, OnTheNewVersionAfterAnUpdateSkipsTheOldOne) {
    Sim sim;
    sim.app();
    auto const id = sim.started(small_config());
    auto const old = sim.machine(id)["instance_id"].get<std::string>();
    auto const fresh = sim.post(Sim::at(id), {{"config", small_config()}}).json()["instance_id"].get<std::string>();
    auto const replaced = sim.get(Sim::at(id, "/wait?version=" + old));
    EXPECT_EQ(replaced.status(), 408);
    EXPECT_NE(error_of(replaced).find("currently replaced"), std::string::npos);
    auto const answer = sim.finish(sim.send("GET", Sim::at(id, "/wait?instance_id=" + fresh)));
    EXPECT_EQ(answer.json()["state"], "started");
    EXPECT_EQ(answer.json()["version"], fresh);
}

TEST(Wait, SettledIsAnyStateThatNothingFollows) {
    Sim sim;
    sim.app();
    auto const id = sim.started(small_config());
    sim.post(Sim::at(id), {{"config", small_config()}});
    auto const answer = sim.finish(sim.send("GET", Sim::at(id, "/wait?state=settled")));
    EXPECT_EQ(answer.json()["state"], "started");
}

TEST(Wait, NoticesWhatSomebodyElseDoesMeanwhile) {
    Sim sim;
    sim.app();
    auto const id = sim.started(small_config());
    auto const pending = sim.send("GET", Sim::at(id, "/wait?state=stopped"));
    ASSERT_TRUE(std::holds_alternative<Pending>(pending));
    sim.post(Sim::at(id, "/stop"));
    EXPECT_EQ(sim.finish(pending).json()["state"], "stopped");
}

TEST(Wait, ForDestroyedSucceedsAndForAnythingElseEndsIn404) {
    Sim sim;
    sim.app();
    auto const id = sim.started(small_config());
    auto const for_end = sim.send("GET", Sim::at(id, "/wait?state=destroyed"));
    auto const for_stop = sim.send("GET", Sim::at(id, "/wait?state=stopped"));
    sim.erase(Sim::at(id, "?force=true"));
    EXPECT_EQ(sim.finish(for_end).json()["state"], "destroyed");
    EXPECT_EQ(sim.finish(for_stop).status(), 404);
    sim.pass(2min);
    EXPECT_EQ(sim.get(Sim::at(id, "/wait?state=destroyed")).status(), 404);
    sim.cloud.options().quirks.reaped_machine_wait_is_ok = true;
    EXPECT_EQ(sim.get(Sim::at(id, "/wait?state=destroyed")).status(), 200);
}

TEST(Wait, ANewMachineCanBeUnknownToIt) {
    auto options = quiet();
    options.timings.machine_wait_visible = 1s;
    Sim sim(options);
    sim.app();
    auto const id = sim.make_machine(small_config()).json()["id"].get<std::string>();
    EXPECT_EQ(sim.get(Sim::at(id, "/wait")).status(), 404);
    sim.pass(1s);
    EXPECT_EQ(sim.finish(sim.send("GET", Sim::at(id, "/wait"))).status(), 200);
}

TEST(Wait, IsJournaledOnceWithItsFinalStatus) {
    Sim sim;
    sim.app();
    auto const id = sim.make_machine(small_config()).json()["id"].get<std::string>();
    sim.finish(sim.send("GET", Sim::at(id, "/wait")));
    EXPECT_EQ(sim.cloud.count("wait_machine"), 1u);
    EXPECT_EQ(sim.cloud.journal().entries().back().status, 200);
}

TEST(Leases, ComeInTheEnvelopeWithTheCurrentVersion) {
    Sim sim;
    sim.app();
    auto const id = sim.started(small_config());
    auto const answer = sim.post(Sim::at(id, "/lease?ttl=30"));
    EXPECT_EQ(answer.status(), 201);
    EXPECT_EQ(answer.json()["status"], "success");
    auto const data = answer.json()["data"];
    EXPECT_EQ(data["version"], sim.machine(id)["instance_id"]);
    EXPECT_EQ(data["expires_at"], std::chrono::duration_cast<seconds>((sim.wall() + 30s).time_since_epoch()).count());
    EXPECT_EQ(sim.get(Sim::at(id, "/lease")).json()["data"]["nonce"], data["nonce"]);
    EXPECT_EQ(sim.get(Sim::at(id, "?include_leases=true")).json()["lease"]["owner"], data["owner"]);
    EXPECT_FALSE(sim.machine(id).contains("lease"));
}

TEST(Leases, TheFlatFormIsASwitch) {
    auto options = quiet();
    options.quirks.flat_lease = true;
    Sim sim(options);
    sim.app();
    auto const id = sim.started(small_config());
    EXPECT_TRUE(sim.post(Sim::at(id, "/lease"), {{"ttl", 10}, {"description", "me"}}).json().contains("nonce"));
}

TEST(Leases, EveryWriteNeedsTheNonceUntilTheLeaseExpires) {
    Sim sim;
    sim.app();
    auto const id = sim.started(small_config());
    auto const nonce = sim.post(Sim::at(id, "/lease?ttl=30")).json()["data"]["nonce"].get<std::string>();
    for (auto const* const verb : {"/stop", "/start", "/suspend", "/restart", "/cordon", "/uncordon", "/signal", "/lease"}) {
        EXPECT_EQ(sim.post(Sim::at(id, verb)).status(), 409) << verb;
    }
    EXPECT_EQ(sim.post(Sim::at(id), {{"config", small_config()}}).status(), 409);
    auto const refused = sim.erase(Sim::at(id, "?force=true"));
    EXPECT_EQ(refused.status(), 409);
    EXPECT_EQ(error_of(refused),
              "aborted: machine ID " + id + " lease currently held by dayfly@example.com, expires at 2026-11-01T01:00:40Z");
    EXPECT_EQ(sim.ask_with("wrong", "POST", Sim::at(id, "/stop")).status(), 409);
    EXPECT_EQ(sim.ask_with(nonce, "POST", Sim::at(id, "/stop")).status(), 200);
    sim.pass(30s);
    EXPECT_EQ(sim.erase(Sim::at(id)).status(), 200);
}

TEST(Leases, RefreshKeepsTheNonceAndReleaseFrees) {
    Sim sim;
    sim.app();
    auto const id = sim.started(small_config());
    auto const nonce = sim.post(Sim::at(id, "/lease?ttl=30")).json()["data"]["nonce"].get<std::string>();
    sim.pass(20s);
    EXPECT_EQ(sim.ask_with(nonce, "POST", Sim::at(id, "/lease?ttl=30")).json()["data"]["nonce"], nonce);
    sim.pass(20s);
    EXPECT_EQ(sim.post(Sim::at(id, "/stop")).status(), 409);
    EXPECT_EQ(sim.erase(Sim::at(id, "/lease")).status(), 409);
    EXPECT_EQ(sim.ask_with(nonce, "DELETE", Sim::at(id, "/lease")).json()["data"]["ok"], true);
    auto const again = sim.ask_with(nonce, "DELETE", Sim::at(id, "/lease"));
    EXPECT_EQ(again.status(), 404);
    EXPECT_EQ(error_of(again), "lease not found");
    EXPECT_EQ(sim.get(Sim::at(id, "/lease")).status(), 404);
}

TEST(Leases, OneTakenAtCreationIsShownOnce) {
    Sim sim;
    sim.app();
    auto const made = sim.make_machine(small_config(), "web-0", {{"lease_ttl", 60}}).json();
    EXPECT_FALSE(made["nonce"].get<std::string>().empty());
    auto const id = made["id"].get<std::string>();
    EXPECT_FALSE(sim.machine(id).contains("nonce"));
    EXPECT_EQ(sim.erase(Sim::at(id, "?force=true")).status(), 409);
    EXPECT_EQ(sim.ask_with(made["nonce"], "DELETE", Sim::at(id, "?force=true")).status(), 200);
}

}  // namespace
}  // namespace dayfly::fly_sim
