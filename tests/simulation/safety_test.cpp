// Sources that are empty, short or contradict each other, and a Fly that shows nothing: nothing is wrongly deleted.
#include "tests/simulation/safety.h"

#include "specs/load.h"

namespace dayfly::test {
namespace {

TEST_F(Safety, AnEmptySourceDeletesNothingAndAsksForApproval) {
    begin(several(6));
    world.want({});
    world.run_for(std::chrono::hours(1));
    expect_no_delete();
    ASSERT_TRUE(world.controller().held());
    EXPECT_EQ(world.controller().held()->verdict.code, "source_empty");

    ASSERT_TRUE(world.controller().approve_deletes(world.controller().held()->verdict.id));
    EXPECT_TRUE(world.until_gone()) << world.log();
}

TEST_F(Safety, TooManyRemovalsAtOnceAreHeldAndAFewAreNot) {
    begin(several(10));
    world.want_yaml(several(6));
    world.run_for(std::chrono::minutes(30));
    expect_no_delete();
    ASSERT_TRUE(world.controller().held());
    EXPECT_EQ(world.controller().held()->verdict.code, "mass_delete");

    world.want_yaml(several(7));
    EXPECT_TRUE(world.run(std::chrono::minutes(10), [&] { return world.apps().size() == 7; })) << world.log();
}

TEST_F(Safety, AnApprovalIsForOneTimeOnly) {
    begin(several(10));
    world.want_yaml(several(2));
    ASSERT_TRUE(world.run(std::chrono::minutes(5), [&] { return world.controller().held().has_value(); }));
    ASSERT_TRUE(world.controller().approve_deletes(world.controller().held()->verdict.id));
    ASSERT_TRUE(world.run(std::chrono::minutes(10), [&] { return world.apps().size() == 2; })) << world.log();
    world.run_for(std::chrono::minutes(20));
    world.want_yaml(several(10));
    ASSERT_TRUE(world.converge()) << world.log();
    world.run_for(std::chrono::minutes(20));

    world.cloud().reset_journal();
    world.want_yaml(several(2));
    world.run_for(std::chrono::minutes(30));
    expect_no_delete();
    EXPECT_TRUE(world.controller().held());
}

TEST_F(Safety, WhatIsHeldSaysWhyItIsHeldNow) {
    begin(several(10));
    world.kill();
    world.want_yaml(several(2), false);
    world.start();
    world.run_for(std::chrono::minutes(5));
    ASSERT_TRUE(world.controller().held());
    EXPECT_EQ(world.controller().held()->verdict.code, "source_degraded");
    EXPECT_FALSE(world.controller().approve_deletes(world.controller().held()->verdict.id));

    world.want_yaml(several(2));
    world.run_for(std::chrono::minutes(5));
    expect_no_delete();
    ASSERT_TRUE(world.controller().held());
    EXPECT_EQ(world.controller().held()->verdict.code, "mass_delete");
    ASSERT_TRUE(world.controller().approve_deletes(world.controller().held()->verdict.id));
    EXPECT_TRUE(world.run(std::chrono::minutes(10), [&] { return world.apps().size() == 2; })) << world.log();
}

TEST_F(Safety, AChangedSpecThatComesBackFromAHeldRemovalIsApplied) {
    begin(several(5));
    world.want({});
    ASSERT_TRUE(world.run(std::chrono::minutes(5), [&] { return world.controller().held().has_value(); }));
    world.want_yaml(several(5, "  env: { NEW: \"1\" }\n"));
    ASSERT_TRUE(world.converge()) << world.log();
    for (auto const& app : world.apps()) EXPECT_EQ(app["machines"][0]["config"]["env"]["NEW"], "1");
    EXPECT_EQ(world.environment("env-0")->generation, 2u);
    EXPECT_EQ(world.environment("env-0")->status.observed_generation, 2u);
}

TEST_F(Safety, AnAppOfANameThatIsUsedAgainOwesNothingToTheOldOne) {
    world.variables()["A"] = "one";
    begin(image_yaml("shop", "  secrets: [{ name: A, from: { env: A } }]\n"));
    world.want_yaml(image_yaml("shop"));
    ASSERT_TRUE(world.converge()) << world.log();
    world.want({});
    ASSERT_TRUE(world.run(std::chrono::minutes(5), [&] { return world.controller().held().has_value(); }));
    ASSERT_TRUE(world.controller().approve_deletes(world.controller().held()->verdict.id));
    ASSERT_TRUE(world.until_gone()) << world.log();
    world.want_yaml(image_yaml("shop"));
    EXPECT_TRUE(world.converge()) << "no secret was ever set in the new app\n" << world.log();
}

TEST_F(Safety, WhatNobodyWantsAnyMoreIsNotCreatedWhenItsObstacleGoes) {
    begin(several(3));
    world.want_yaml(several(3) + image_yaml("late", "  secrets: [{ name: A, from: { env: LATE } }]\n"));
    world.run_for(std::chrono::minutes(10));
    world.want_yaml(several(3));
    world.run_for(std::chrono::minutes(2));
    EXPECT_EQ(world.environment("late"), nullptr) << "nothing of it is left to tell about";
    world.variables()["LATE"] = "here";
    world.run_for(std::chrono::hours(1));
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();
}

TEST_F(Safety, AnIncompleteSnapshotDeletesNothing) {
    begin(several(6));
    world.want_yaml(several(5), false);
    world.run_for(std::chrono::hours(1));
    expect_no_delete();
    EXPECT_EQ(world.apps().size(), 6u);
}

TEST_F(Safety, ANewProcessWithAnEmptySourceDeletesNothing) {
    begin(several(6));
    world.kill();
    world.want({});
    world.start();
    world.run_for(std::chrono::hours(1));
    expect_no_delete();
    EXPECT_TRUE(world.controller().held());
}

TEST_F(Safety, ASpecRemovedWhileWeWereDownIsCleanedUp) {
    begin(several(5));
    world.kill();
    world.want_yaml(several(4));
    world.start();
    EXPECT_TRUE(world.run(std::chrono::minutes(10), [&] { return world.apps().size() == 4; })) << world.log();
}

TEST_F(Safety, ADeletionThatFlyTookAndForgotIsDoneAgain) {
    begin(several(5));
    world.cloud().faults().add(
        {.kind = fly_sim::FaultKind::Status, .action = "delete_app", .count = 1, .status = 202, .body = "{}"});
    world.want_yaml(several(4));
    EXPECT_TRUE(world.run(std::chrono::minutes(20), [&] { return world.apps().size() == 4; })) << world.log();
    EXPECT_EQ(world.cloud().count("delete_app"), 2u);
}

TEST_F(Safety, WhereNoListTellsThatADeletedAppIsGoneItIsAskedItself) {
    begin(several(5));
    world.want_yaml(several(4));
    ASSERT_TRUE(world.run(std::chrono::minutes(5), [&] { return world.cloud().count("delete_app") == 1; }));
    // From now on no whole look at the organisation can be had.
    world.cloud().faults().add({.kind = fly_sim::FaultKind::Status, .action = "list_apps", .status = 500});
    world.run_for(std::chrono::minutes(1));
    EXPECT_NE(world.environment("env-4"), nullptr);
    ASSERT_TRUE(world.run(std::chrono::minutes(5), [&] { return world.environment("env-4") == nullptr; })) << world.log();
    EXPECT_EQ(world.cloud().count("get_app"), 1u);
}

TEST_F(Safety, EmptyListsFromFlyCreateAndDeleteNothing) {
    begin(several(6, with_volume));
    for (auto const* action : {"list_apps", "list_org_machines", "list_org_volumes", "list_machines", "list_volumes"}) {
        world.cloud().faults().add({.kind = fly_sim::FaultKind::EmptyList, .action = action});
    }
    world.run_for(std::chrono::hours(1));
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();
    world.cloud().faults().clear();
    EXPECT_TRUE(world.converge()) << world.log();
    EXPECT_TRUE(world.cloud().violations().empty());
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();
}

TEST_F(Safety, AMissingRegionInTheListDeletesAndCreatesNothing) {
    begin(several(3, with_volume));
    world.cloud().faults().add({.kind = fly_sim::FaultKind::ErrorRegions, .action = "list_org_machines", .regions = {"dfw"}});
    world.run_for(std::chrono::hours(1));
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();
}

source::Snapshot snapshot_of(std::string const& source, std::string const& yaml, bool complete = true) {
    source::Snapshot snapshot;
    snapshot.source = source;
    snapshot.complete = complete;
    snapshot.environments = specs::load(yaml, source + ".yaml", {}).environments;
    return snapshot;
}

class SeveralSources : public Safety {
protected:
    SeveralSources()
        : Safety([] {
              auto options = Safety::options();
              options.sources = {"a", "b"};
              return options;
          }()) {}

    /// So many environments of source a, and one of source b, up and running.
    void begin_with_two(int in_a) {
        world.want_snapshot(snapshot_of("a", several(in_a)));
        world.want_snapshot(snapshot_of("b", image_yaml("other")));
        world.start();
        ASSERT_TRUE(world.converge()) << world.log();
        world.run_for(std::chrono::minutes(2));
        world.cloud().reset_journal();
    }
};

TEST_F(SeveralSources, AnObjectThatTwoClaimStallsInBothAndIsDeletedInNeither) {
    begin_with_two(4);
    ASSERT_EQ(world.apps().size(), 5u);

    world.want_snapshot(snapshot_of("b", image_yaml("other") + image_yaml("env-0", "  env: { FROM: b }\n")));
    world.run_for(std::chrono::hours(1));
    EXPECT_EQ(world.cloud().writes(), 0u) << "whose word counts is not ours to decide\n" << world.log();
    EXPECT_EQ(reconcile::find_condition(world.environment("env-0")->status, "Stalled")->reason, "DuplicateObject");

    // The first one lets go of it: now only one word is left.
    world.want_snapshot(snapshot_of("a", several(4).substr(image_yaml("env-0").size())));
    EXPECT_TRUE(world.converge()) << world.log();
    expect_no_delete();
    EXPECT_EQ(world.apps().size(), 5u);
    auto const app = world.environment("env-0")->app;
    EXPECT_EQ(world.apps()[app]["machines"][0]["config"]["env"]["FROM"], "b");
}

TEST_F(SeveralSources, OneThatIsEmptyHoldsWhatItHeldAlsoInANewProcess) {
    begin_with_two(6);
    for (bool const restart : {false, true}) {
        if (restart) world.kill();
        world.want_snapshot(snapshot_of("b", ""));
        if (restart) world.start();
        world.run_for(std::chrono::hours(1));
        expect_no_delete();
        ASSERT_TRUE(world.controller().held());
        EXPECT_EQ(world.controller().held()->verdict.code, "source_empty");
    }
    ASSERT_TRUE(world.controller().approve_deletes(world.controller().held()->verdict.id));
    EXPECT_TRUE(world.run(std::chrono::minutes(10), [&] { return world.apps().size() == 6; })) << world.log();
}

TEST_F(SeveralSources, AnObjectThatMovesIntoOneThatIsReadRarelyStays) {
    begin_with_two(4);
    // In truth it is in b by now, whose last look is older than that.
    world.want_snapshot(snapshot_of("a", several(4).substr(image_yaml("env-0").size())));
    for (int i = 0; i < 3; ++i)
        world.controller().publish(
            std::make_shared<source::Snapshot const>(snapshot_of("a", several(4).substr(image_yaml("env-0").size()))), false);
    EXPECT_NE(world.controller().desired().wishes().find({.name = "env-0"}), world.controller().desired().wishes().end());
    world.want_snapshot(snapshot_of("b", image_yaml("other") + image_yaml("env-0")));
    world.run_for(std::chrono::hours(1));
    expect_no_delete();
    EXPECT_TRUE(reconcile::is_ready(world.environment("env-0")->status)) << world.log();
}

TEST_F(SeveralSources, OneThatWasNotReadHoldsTheRemovalsOfAll) {
    begin_with_two(4);
    // The object may have moved over into the one that cannot be read.
    world.want_snapshot(snapshot_of("b", "", false));
    world.want_snapshot(snapshot_of("a", several(3)));
    world.run_for(std::chrono::hours(1));
    expect_no_delete();
    EXPECT_EQ(world.apps().size(), 5u);
    EXPECT_FALSE(world.controller().held()) << "nothing is known to be gone, so there is nothing to approve";
    world.want_snapshot(snapshot_of("b", image_yaml("other")));
    EXPECT_TRUE(world.run(std::chrono::minutes(10), [&] { return world.apps().size() == 4; })) << world.log();
}

TEST_F(Safety, AStopInTheMiddleEndsInTimeAndTheNextProcessGoesOn) {
    world.want_yaml(several(5, with_volume));
    world.start();
    world.run_for(milliseconds(35));
    EXPECT_TRUE(world.stop());
    world.start();
    EXPECT_TRUE(world.converge()) << world.log();
    EXPECT_TRUE(world.cloud().violations().empty());
}

}  // namespace
}  // namespace dayfly::test
