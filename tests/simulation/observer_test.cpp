// What the loop tells about itself: the numbers behind the metrics.
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "tests/simulation/world.h"

namespace dayfly::test {
namespace {

struct Recorder final : reconcile::Observer {
    std::vector<std::pair<std::string, double>> reactions;
    std::vector<double> waits;
    std::size_t passes = 0;
    std::map<std::string, int> found;
    std::map<std::string, std::vector<double>> corrected;
    std::map<std::string, int> incomplete;

    void reacted(std::string_view source, double seconds) override { reactions.emplace_back(source, seconds); }
    void queue_waited(double seconds) override { waits.push_back(seconds); }
    void reconciled(std::string_view, std::string_view, double) override { ++passes; }
    void drift_found(std::string_view group) override { ++found[std::string(group)]; }
    void drift_corrected(std::string_view group, double seconds) override { corrected[std::string(group)].push_back(seconds); }
    void snapshot_incomplete(std::string_view reason) override { ++incomplete[std::string(reason)]; }
};

struct Told : testing::Test {
    Recorder told;
    World world{options()};

    WorldOptions options() {
        WorldOptions options;
        options.cloud.timings.startable_after = milliseconds(0);
        options.observer = &told;
        return options;
    }
    void begin(std::string const& yaml) {
        world.start();
        world.run_for(std::chrono::seconds(5));
        world.want_yaml(yaml);
        ASSERT_TRUE(world.converge()) << world.log();
        world.run_for(std::chrono::minutes(2));
    }
};

TEST_F(Told, EveryChangeHasOneReactionAndEveryPassAWait) {
    begin(image_yaml("shop"));
    ASSERT_EQ(told.reactions.size(), 1u);
    EXPECT_EQ(told.reactions[0].first, "test");
    EXPECT_LT(told.reactions[0].second, 0.05) << "the aim: 50 ms from the snapshot to the first call";
    EXPECT_EQ(told.waits.size(), told.passes);
    for (auto const wait : told.waits) EXPECT_GE(wait, 0) << "nothing is taken before it is ready";

    world.want_yaml(image_yaml("shop", "  env: { A: b }\n"));
    ASSERT_TRUE(world.converge());
    world.run_for(std::chrono::minutes(10));
    EXPECT_EQ(told.reactions.size(), 2u) << "what happens later is no reaction";
}

TEST_F(Told, DriftIsFoundOnceAndCorrectedAfterSomeTime) {
    begin(image_yaml("shop", "  service: { port: 80 }\n"));
    EXPECT_TRUE(told.found.empty()) << "a creation is no drift";
    auto const app = world.environment("shop")->app;
    std::string const id = world.apps()[app]["machines"][0]["id"];
    ASSERT_TRUE(world.cloud().external().change_config(app, id, {{"image", "evil:1"}}));
    world.run_for(std::chrono::minutes(5));
    EXPECT_EQ(told.found, (std::map<std::string, int>{{"image", 1}}));
    ASSERT_EQ(told.corrected["image"].size(), 1u);
    EXPECT_GT(told.corrected["image"][0], 0.0);
    EXPECT_LT(told.corrected["image"][0], 60.0);

    ASSERT_TRUE(world.cloud().external().remove_machine(app, id));
    world.run_for(std::chrono::minutes(10));
    EXPECT_EQ(told.found["missing"], 1);
    EXPECT_EQ(told.corrected["missing"].size(), 1u);

    world.want_yaml(image_yaml("shop", "  service: { port: 81 }\n"));
    ASSERT_TRUE(world.converge());
    EXPECT_EQ(told.found.size(), 2u) << "a change of the spec is no drift";
}

TEST_F(Told, ReportedDriftIsFoundButNotCorrected) {
    begin(image_yaml("shop", "  driftPolicy: detect\n"));
    auto const app = world.environment("shop")->app;
    ASSERT_TRUE(world.cloud().external().remove_machine(app, world.apps()[app]["machines"][0]["id"]));
    world.run_for(std::chrono::minutes(10));
    EXPECT_EQ(told.found["missing"], 1);
    EXPECT_TRUE(told.corrected.empty());
}

TEST_F(Told, AListWithoutNamesIsIncomplete) {
    begin(image_yaml("shop"));
    world.cloud().options().quirks.names_in_app_list = false;
    world.run_for(std::chrono::minutes(2));
    EXPECT_GE(told.incomplete["nameless"], 3);
}

}  // namespace
}  // namespace dayfly::test
