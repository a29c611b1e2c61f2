// Sleeping, waking and ending as plans: what rests, what is marked, and what a request that woke one machine means for the
// rest.
#include <gtest/gtest.h>

#include <algorithm>

#include "controller/plan/marks.h"
#include "controller/plan/plan.h"
#include "controller/plan/tombstone.h"

namespace dayfly::plan {
namespace {

specs::PreviewEnvironment environment() {
    specs::PreviewEnvironment environment;
    environment.key.name = "shop";
    environment.spec.image = "ghcr.io/acme/shop:1";
    environment.spec.processes["worker"] = {.start = "work"};
    return environment;
}

struct Resting : testing::Test {
    Ownership ownership{.organization = "acme", .owner = "default"};
    specs::PreviewEnvironment spec = environment();
    PlanPolicy policy;
    Desired desired;
    fly::Observed seen;

    void SetUp() override { make(); }

    /// The world that just this spec asked for, everything started.
    void make() {
        desired = desired_state(spec, ownership, "");
        seen = {.depth = fly::Depth::Truth, .presence = fly::Presence::Present};
        seen.machines_proven = true;
        seen.app = {.id = "1", .name = desired.app, .organization = "acme", .network = desired.network};
        for (auto const& wish : desired.machines) {
            seen.machines.push_back({.id = "m-" + wish.name,
                                     .name = wish.name,
                                     .state = "started",
                                     .region = "dfw",
                                     .version = "01",
                                     .image = wish.config.image,
                                     .guest = wish.config.guest,
                                     .metadata = wish.config.metadata,
                                     .config = wish.config});
        }
        seen.ips.emplace();
        for (auto const type : desired.ips) seen.ips->push_back({.address = std::string(fly::to_string(type)), .type = type});
        seen.secrets.emplace();
    }
    fly::ObservedMachine& machine(std::string const& name) {
        return *std::ranges::find(seen.machines, name, &fly::ObservedMachine::name);
    }
    void all(std::string const& state) {
        for (auto& one : seen.machines) one.state = state;
    }
    void mark(std::string const& name, std::string const& value) { machine(name).metadata[asleep_key] = value; }
    /// "stop_machine web-0 m-web-0", in order; waits left out.
    std::vector<std::string> steps() {
        auto const plan = make_plan(desired, seen, policy);
        EXPECT_TRUE(plan.blocked.empty() && plan.needs_look.empty());
        std::vector<std::string> lines;
        for (auto const& stage : plan.stages) {
            for (auto const& step : stage.steps) {
                if (step.effect == Effect::Wait) continue;
                auto line = std::string(name_of(step.operation)) + " " + subject_of(step.operation);
                if (auto const* set = std::get_if<SetMetadata>(&step.operation)) line += " " + set->key + "=" + set->value;
                if (auto const* update = std::get_if<UpdateMachine>(&step.operation))
                    line += update->leave_stopped ? " left asleep" : "";
                lines.push_back(std::move(line));
            }
        }
        return lines;
    }
    using Lines = std::vector<std::string>;
};

TEST_F(Resting, TheClockMarksOnlyWhatNoRequestWakes) {
    policy.rest = Rest::Asleep;
    EXPECT_EQ(steps(), (Lines{"set_metadata worker-0 m-worker-0 dayfly_asleep=idle", "stop_machine web-0 m-web-0",
                              "stop_machine worker-0 m-worker-0"}));
    all("stopped");
    mark("worker-0", "idle");
    EXPECT_EQ(steps(), Lines{});
    policy.rest = Rest::AsItIs;
    EXPECT_EQ(steps(), Lines{}) << "also after a restart, which has forgotten what it asked for";
}

TEST_F(Resting, SuspendsWhatFlyCanSuspend) {
    spec.spec.sleep.mode = specs::SleepMode::Suspend;
    spec.spec.processes["worker"].machine.memory_mb = 4096;
    make();
    policy.rest = Rest::Asleep;
    EXPECT_EQ(steps(), (Lines{"set_metadata worker-0 m-worker-0 dayfly_asleep=idle", "suspend_machine web-0 m-web-0",
                              "stop_machine worker-0 m-worker-0"}));
}

TEST_F(Resting, StopsNothingThatIsOnItsWayUpAndWaitsForWhatIsOnItsWayDown) {
    policy.rest = Rest::Asleep;
    machine("web-0").state = "starting";
    machine("worker-0").state = "stopping";
    mark("worker-0", "idle");
    EXPECT_EQ(steps(), Lines{});
    EXPECT_FALSE(make_plan(desired, seen, policy).waiting_for.empty());
}

TEST_F(Resting, ARequestThatWokeOneWakesTheOthers) {
    all("stopped");
    mark("worker-0", "idle");
    machine("web-0").state = "started";
    EXPECT_EQ(steps(), (Lines{"start_machine worker-0 m-worker-0", "set_metadata worker-0 m-worker-0 dayfly_asleep="}));
    machine("worker-0").state = "started";
    EXPECT_EQ(steps(), (Lines{"set_metadata worker-0 m-worker-0 dayfly_asleep="})) << "a crash between the two";
}

TEST_F(Resting, WakingIsNoDrift) {
    spec.spec.drift_policy = specs::DriftPolicy::Detect;
    make();
    policy.seen_in_place = true;
    all("stopped");
    mark("worker-0", "idle");
    machine("web-0").state = "started";
    EXPECT_EQ(steps(), (Lines{"start_machine worker-0 m-worker-0", "set_metadata worker-0 m-worker-0 dayfly_asleep="}));
}

TEST_F(Resting, AWorkerThatEndedByItselfIsNoSleeper) {
    machine("worker-0").state = "stopped";
    EXPECT_EQ(steps(), Lines{});
    policy.rest = Rest::Awake;
    EXPECT_EQ(steps(), (Lines{"start_machine worker-0 m-worker-0"})) << "a person asks for all of them";
}

TEST_F(Resting, ACrashHalfWayIntoSleepEndsAsleep) {
    mark("worker-0", "idle");
    machine("web-0").state = "stopped";
    EXPECT_EQ(steps(), (Lines{"stop_machine worker-0 m-worker-0"}));
}

TEST_F(Resting, ByHandAlsoWhereNothingSleepsByItself) {
    spec.spec.sleep.policy = specs::SleepPolicy::Off;
    make();
    policy = {.rest = Rest::Asleep, .by_hand = true};
    EXPECT_EQ(steps(),
              (Lines{"set_metadata web-0 m-web-0 dayfly_asleep=hand", "set_metadata worker-0 m-worker-0 dayfly_asleep=hand",
                     "stop_machine web-0 m-web-0", "stop_machine worker-0 m-worker-0"}));
    all("stopped");
    mark("web-0", "hand");
    mark("worker-0", "hand");
    policy = {};
    EXPECT_EQ(steps(), Lines{}) << "after a restart too";
    policy.rest = Rest::Awake;
    EXPECT_EQ(steps(), (Lines{"start_machine web-0 m-web-0", "start_machine worker-0 m-worker-0",
                              "set_metadata web-0 m-web-0 dayfly_asleep=", "set_metadata worker-0 m-worker-0 dayfly_asleep="}));
}

TEST_F(Resting, ANewImageWakesWhatTheClockPutToSleepAndNotWhatAPersonDid) {
    all("stopped");
    mark("worker-0", "idle");
    spec.spec.image = "ghcr.io/acme/shop:2";
    desired = desired_state(spec, ownership, "");
    EXPECT_EQ(steps(), (Lines{"update_machine web-0 m-web-0", "update_machine worker-0 m-worker-0"}));
    mark("web-0", "hand");
    mark("worker-0", "hand");
    EXPECT_EQ(steps(), (Lines{"update_machine web-0 m-web-0 left asleep", "update_machine worker-0 m-worker-0 left asleep"}));
}

TEST_F(Resting, AnyOtherChangeWaitsUntilSomebodyLooks) {
    all("stopped");
    mark("worker-0", "idle");
    spec.spec.env["A"] = "b";
    desired = desired_state(spec, ownership, "");
    EXPECT_EQ(steps(), (Lines{"update_machine web-0 m-web-0 left asleep", "update_machine worker-0 m-worker-0 left asleep"}));
    auto const plan = make_plan(desired, seen, policy);
    auto const& updates = plan.stages.front().steps;
    EXPECT_EQ(mark_of(std::get<UpdateMachine>(updates[1].operation).machine.config.metadata, asleep_key), "idle")
        << "an update replaces all metadata; the mark stays";
}

struct Expired : Resting {
    std::string tombstone = tombstone_name(spec, {});
    std::vector<std::string> expiry() {
        auto const plan = make_expiry_plan(desired.key, ownership, seen, tombstone);
        std::vector<std::string> lines;
        for (auto const& reason : plan.blocked) lines.push_back(reason.reason);
        if (!plan.needs_look.empty()) lines.emplace_back("look");
        for (auto const& stage : plan.stages) {
            for (auto const& step : stage.steps)
                lines.push_back(std::string(name_of(step.operation)) + " " + subject_of(step.operation));
        }
        return lines;
    }
};

TEST_F(Expired, MarksFirstAndThenRemovesWhatCosts) {
    seen.volumes.push_back({.id = "vol_1", .name = "web_0", .state = "created", .region = "dfw", .size_gb = 1});
    EXPECT_EQ(expiry(), (Lines{"mark_expired ", "destroy_machine web-0 m-web-0", "destroy_machine worker-0 m-worker-0",
                               "delete_volume web_0 vol_1", "release_ip v6", "release_ip shared_v4"}));
    seen.secrets->push_back({.name = tombstone, .digest = {}});
    EXPECT_EQ(expiry().front(), "destroy_machine web-0 m-web-0");
    seen.machines.clear();
    seen.volumes.clear();
    seen.ips->clear();
    EXPECT_EQ(expiry(), Lines{});
}

TEST_F(Expired, KeepsItsHandsOffWhatADeletionWouldKeep) {
    seen.machines.push_back({.id = "m9", .name = "by-hand", .state = "started", .region = "dfw", .version = "01"});
    EXPECT_EQ(expiry(), Lines{"ForeignMachine"});
    make();
    spec.spec.deletion_policy = specs::DeletionPolicy::Orphan;
    make();
    EXPECT_EQ(expiry(), Lines{"Orphaned"});
    spec.spec.deletion_policy = specs::DeletionPolicy::Delete;
    make();
    seen.depth = fly::Depth::Index;
    EXPECT_EQ(expiry(), Lines{"look"});
}

TEST_F(Expired, ALivingAppLosesTheMarkAndNoMachineIsTouched) {
    seen.secrets->push_back({.name = tombstone, .digest = {}});
    EXPECT_EQ(steps(), (Lines{"set_secrets " + tombstone}));
}

TEST(DesiredState, OnlyTheWordTrueAllowsTheLossOfAVolume) {
    specs::PreviewEnvironment environment{.key = {"default", "shop"}};
    environment.spec.image = "nginx";
    EXPECT_FALSE(desired_state(environment, {}, {}).allow_replace);
    for (auto const* const word : {"false", "no", "", "True", "yes"}) {
        environment.annotations[specs::allow_replace_annotation] = word;
        EXPECT_FALSE(desired_state(environment, {}, {}).allow_replace) << word;
    }
    environment.annotations[specs::allow_replace_annotation] = "true";
    EXPECT_TRUE(desired_state(environment, {}, {}).allow_replace);
}

TEST_F(Expired, TheMarkIsBoundToWhatWasAskedFor) {
    auto const same = tombstone_name(spec, {});
    EXPECT_EQ(same, tombstone);
    EXPECT_NE(tombstone_name(spec, {.commit = std::string(40, 'a')}), tombstone);
    auto changed = spec;
    changed.annotations[specs::keep_until_annotation] = "2027-01-01T00:00:00Z";
    EXPECT_NE(tombstone_name(changed, {}), tombstone);
    changed = spec;
    changed.spec.env["A"] = "b";
    EXPECT_NE(tombstone_name(changed, {}), tombstone);
    changed = spec;
    changed.labels["team"] = "checkout";
    EXPECT_EQ(tombstone_name(changed, {}), tombstone);
}

}  // namespace
}  // namespace dayfly::plan
