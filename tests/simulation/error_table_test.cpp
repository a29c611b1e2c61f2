// What can be wrong at Fly or with the repository, row by row as in docs/fly.md ("What a person reads when it fails"): each is
// provoked, told with a reason and with what to do about it, and deletes nothing.
#include <gmock/gmock.h>

#include "controller/plan/names.h"
#include "specs/load.h"
#include "tests/simulation/safety.h"
#include "tests/simulation/scripted_runtime.h"

namespace dayfly::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ErrorTable : public Safety {
protected:
    static WorldOptions following() {
        WorldOptions options;
        options.controller.follow = true;
        return options;
    }
    ErrorTable() : Safety(following()) {}

    void begin(std::string const& yaml) {
        world.want_yaml(yaml);
        world.start();
    }
    /// One more environment, up and running before anything goes wrong, must stay untouched.
    void begin_well() {
        begin(image_yaml("fine"));
        ASSERT_TRUE(world.converge()) << world.log();
        world.run_for(2min);
        world.cloud().reset_journal();
        before = world.end_state();
    }
    reconcile::Status const& status(std::string const& name = "shop") { return world.environment(name)->status; }
    reconcile::Condition const& condition(std::string const& type) {
        static reconcile::Condition const none;
        auto const* found = reconcile::find_condition(status(), type);
        EXPECT_NE(found, nullptr) << type << "\n" << world.log();
        return found == nullptr ? none : *found;
    }
    /// The row: what Ready says, and what the failure tells a person to do.
    void expect_row(std::string const& reason, std::string const& message, std::string const& hint) {
        ASSERT_TRUE(status().failure) << world.log();
        EXPECT_EQ(condition("Ready").status, reconcile::Truth::False);
        EXPECT_EQ(condition("Ready").reason, reason);
        EXPECT_THAT(condition("Ready").message, HasSubstr(message));
        EXPECT_EQ(status().failure->code, reason);
        EXPECT_THAT(status().failure->hint, HasSubstr(hint));
        expect_no_delete();
    }
    /// Fly itself cannot be read: nothing is known about any environment, and nothing is done.
    void expect_unreadable(std::string const& reason, std::string const& words) {
        EXPECT_EQ(condition("FlyUnreadable").reason, reason);
        EXPECT_THAT(condition("FlyUnreadable").message, HasSubstr(words));
        ASSERT_TRUE(status().failure) << world.log();
        EXPECT_EQ(status().failure->code, reason);
        EXPECT_THAT(status().failure->hint, Not(IsEmpty()));
        EXPECT_FALSE(reconcile::is_ready(status()));
        EXPECT_TRUE(reconcile::is_ready(status("fine"))) << "what runs is not said to be broken";
        EXPECT_EQ(world.end_state(), before) << "something was done\n" << world.log();
    }
    std::string before;  ///< what was at Fly while everything was well
};

TEST_F(ErrorTable, TokenInvalid) {
    begin_well();
    auto const fault = world.cloud().faults().add({.kind = fly_sim::FaultKind::Unauthorised});
    world.want_yaml(image_yaml("fine") + image_yaml("shop"));
    world.run_for(1h);
    expect_unreadable("Unauthenticated", "fly tokens create org");
    world.cloud().faults().remove(fault);
    EXPECT_TRUE(world.converge(2h)) << "a token that is valid again is found out without a restart\n" << world.log();
    expect_no_delete();
}

TEST_F(ErrorTable, OrganisationUnknown) {
    begin_well();
    world.cloud().options().organisations = {"others"};
    world.want_yaml(image_yaml("fine") + image_yaml("shop"));
    world.run_for(1h);
    expect_unreadable("NotFound", "look at organisation acme");
    EXPECT_THAT(status().failure->hint, HasSubstr("--org"));
    world.cloud().options().organisations = {"acme"};
    EXPECT_TRUE(world.converge(2h)) << world.log();
    expect_no_delete();
}

TEST_F(ErrorTable, AppNameTaken) {
    ASSERT_TRUE(world.cloud().external().seed_app(plan::app_name({.organization = "acme"}, {.name = "shop"}), "others"));
    begin(image_yaml("shop") + image_yaml("fine"));
    world.run_for(5min);
    expect_row("NameTaken", "taken", "spec.fly.appName");
    EXPECT_EQ(status().state, "Stalled");
    EXPECT_TRUE(reconcile::is_ready(status("fine"))) << world.log();
}

TEST_F(ErrorTable, MachineAllocationFailedForItsRegion) {
    // A code that nobody knows is refused with its file: this one Fly has given up.
    EXPECT_THAT(specs::load(image_yaml("shop", "  region: xyz\n"), "shop.yaml", {}).problems.at(0).text(),
                HasSubstr("spec.region: 'xyz' is not known here"));
    world.cloud().faults().add({.kind = fly_sim::FaultKind::Status,
                                .action = "create_machine",
                                .path = "shop",
                                .status = 400,
                                .body = R"({"error":"invalid_argument: region dfw not found"})"});
    begin(image_yaml("shop") + image_yaml("fine"));
    world.run_for(20min);
    expect_row("InvalidConfig", "region dfw not found", "Change the field");
    EXPECT_EQ(status().state, "Stalled");
    EXPECT_LT(world.cloud().count("create_machine"), 30u) << "a hot loop";
    EXPECT_TRUE(reconcile::is_ready(status("fine"))) << world.log();
}

class NoRoom : public ErrorTable, public testing::WithParamInterface<int> {};

TEST_P(NoRoom, MachineAllocationFailedForItsSize) {
    world.cloud().options().quirks.create_capacity_status = GetParam();
    world.cloud().external().set_region_full("dfw", true, true);
    begin(image_yaml("shop", with_volume));
    world.run_for(1h);
    expect_row("NoCapacity", "dfw", "spec.fallbackRegions");
    EXPECT_EQ(status().state, "Failed");
    EXPECT_TRUE(status().failure->retry_at) << "room may come back";
    EXPECT_LT(world.cloud().count("create_volume"), 60u) << "a hot loop";
    world.cloud().external().set_region_full("dfw", false, false);
    EXPECT_TRUE(world.converge(1h)) << world.log();
    expect_no_delete();
}

// Nobody writes down with which status Fly says that it has no room: its text tells.
INSTANTIATE_TEST_SUITE_P(Statuses, NoRoom, testing::Values(503, 409, 412, 422));

TEST_F(ErrorTable, MachineAllocationFailedForTheOrganisationsQuota) {
    world.cloud().options().capacity.memory_quota_mb["dfw"] = 512;
    begin(image_yaml("shop", "  machine: { size: shared-cpu-2x, memory: 1Gi }\n"));
    world.run_for(20min);
    expect_row("QuotaExceeded", "over the allowed quota", "spec.fallbackRegions");
}

TEST_F(ErrorTable, CloneTimeout) {
    ScriptedRuntime runtime{world.cloud(), world.clock()};
    runtime.play(
        {.report = [](std::int64_t) { return "dayfly-boot 1\nnow 1790000110\nstage clone\nclone 1790000100 - -\nend\n"; },
         .ends_after = 120,
         .code = 31,
         .log = {"dayfly: clone: acme/shop", "Receiving objects: 2%", "dayfly: clone: not finished after 120 s"}});
    begin(
        "---\napiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata: { name: shop }\nspec:\n"
        "  source: { git: { repository: acme/shop, branch: main } }\n  sleep: { after: off }\n");
    world.run_for(5s);
    world.controller().set_revision({.namespace_ = "default", .name = "shop"}, {.commit = std::string(40, 'a')});
    ASSERT_TRUE(world.run(1h, [&] {
        runtime.tick();
        return status().failure.has_value();
    })) << world.log();
    expect_row("Timeout", "clone of machine web-0 took longer than its limit", "spec.runtime.timeouts");
    EXPECT_EQ(status().state, "Stalled");
    EXPECT_THAT(status().failure->lines, testing::Contains("Receiving objects: 2%"));
}

}  // namespace
}  // namespace dayfly::test
