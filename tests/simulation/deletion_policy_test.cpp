// What becomes of an app whose object says that something of it is to be kept.
#include "tests/simulation/safety.h"

namespace dayfly::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

std::string shop(std::string const& policy) { return image_yaml("shop", with_volume + ("  deletionPolicy: " + policy + "\n")); }

class KeptOnPurpose : public Safety {
protected:
    std::string app;

    void begin(std::string const& policy) {
        Safety::begin(image_yaml("keep") + shop(policy));
        app = world.environment("shop")->app;
    }
    nlohmann::json seen() { return world.apps()[app]; }
    [[nodiscard]] bool only_snapshots_are_left() {
        return seen()["machines"].empty() && seen()["volumes"].empty() && seen()["secrets"].contains("DAYFLY_RETAINED");
    }
};

TEST_F(KeptOnPurpose, ASnapshotOutlivesItsMachinesAndItsVolume) {
    begin("snapshotThenDelete");
    world.want_yaml(image_yaml("keep"));
    EXPECT_TRUE(world.run(hours(1), [&] { return only_snapshots_are_left(); })) << world.log();
    EXPECT_EQ(world.cloud().count("create_snapshot"), 1u);
    world.run_for(hours(2));
    EXPECT_EQ(world.cloud().count("delete_app"), 0u) << "the snapshots go with the app\n" << world.log();
}

TEST_F(KeptOnPurpose, ASnapshotIsMadeWhenTheMachineIsGoneAlready) {
    begin("snapshotThenDelete");
    ASSERT_TRUE(world.cloud().external().remove_machine(app, first_machine(world, app)));
    world.want_yaml(image_yaml("keep"));
    EXPECT_TRUE(world.run(hours(1), [&] { return only_snapshots_are_left(); })) << world.log();
    EXPECT_EQ(world.cloud().count("create_snapshot"), 1u);
    world.run_for(hours(2));
    EXPECT_EQ(world.cloud().count("delete_app"), 0u) << world.log();
}

TEST_F(KeptOnPurpose, ASnapshotOutlivesACrashAtEveryStep) {
    for (int moment = 0;; ++moment) {
        World fresh(options());
        fresh.want_yaml(image_yaml("keep") + shop("snapshotThenDelete"));
        fresh.start();
        ASSERT_TRUE(fresh.converge()) << fresh.log();
        fresh.run_for(minutes(2));
        auto const name = fresh.environment("shop")->app;
        fresh.cloud().reset_journal();
        int moments = 0;
        fresh.intercept([&](fly::Call const&, fly_sim::Moment) {
            return moments++ == moment ? fly_sim::Verdict::Die : fly_sim::Verdict::Continue;
        });
        fresh.want_yaml(image_yaml("keep"));
        auto const done = [&] {
            auto const left = fresh.apps()[name];
            return left["machines"].empty() && left["volumes"].empty();
        };
        fresh.run(hours(1), [&] { return fresh.dead() || done(); });
        bool const died = fresh.dead();
        if (died) {
            fresh.kill();
            fresh.start();
        }
        ASSERT_TRUE(fresh.run(hours(1), done)) << "killed at moment " << moment << "\n" << fresh.log();
        fresh.run_for(minutes(30));
        ASSERT_EQ(fresh.cloud().count("delete_app"), 0u) << "killed at moment " << moment << "\n" << fresh.log();
        ASSERT_GE(fresh.cloud().count("create_snapshot"), 1u) << "killed at moment " << moment;
        if (!died) break;
    }
}

TEST_F(KeptOnPurpose, AnOrphanStaysWithAndWithoutItsMachine) {
    begin("orphan");
    ASSERT_TRUE(world.cloud().external().remove_machine(app, first_machine(world, app)));
    world.want_yaml(image_yaml("keep"));
    world.run_for(hours(2));
    expect_no_delete();
    EXPECT_EQ(seen()["volumes"].size(), 1u);
}

TEST_F(KeptOnPurpose, OrphansDoNotHoldUpTheRemovalOfOthers) {
    Safety::begin(several(5) + image_yaml("a", "  deletionPolicy: orphan\n") + image_yaml("b", "  deletionPolicy: orphan\n") +
                  image_yaml("c", "  deletionPolicy: orphan\n") + image_yaml("d", "  deletionPolicy: orphan\n"));
    world.want_yaml(several(5));
    world.run_for(minutes(30));
    world.kill();
    world.want_yaml(several(4));
    world.start();
    EXPECT_TRUE(world.run(minutes(10), [&] { return world.cloud().count("delete_app") == 1; })) << world.log();
    EXPECT_TRUE(world.run(minutes(10), [&] { return world.apps().size() == 8; })) << world.log();
}

}  // namespace
}  // namespace dayfly::test
