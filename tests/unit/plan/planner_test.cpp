// What golden plans cannot show well: expansion of variables, and a world whose metadata anybody can write.
#include <gtest/gtest.h>

#include <algorithm>

#include "controller/plan/marks.h"
#include "controller/plan/plan.h"

namespace dayfly::plan {
namespace {

TEST(Expand, ReplacesKnownNamesAndNothingElse) {
    fly::StringMap const names{{"A", "1"}, {"B", "$(A)"}, {"EMPTY", ""}};
    EXPECT_EQ(expand("", names), "");
    EXPECT_EQ(expand("x$(A)y$(A)", names), "x1y1");
    EXPECT_EQ(expand("[$(EMPTY)]", names), "[]");
    EXPECT_EQ(expand("$(B)", names), "$(A)") << "what was put in is not expanded again";
    EXPECT_EQ(expand("$(C)", names), "$(C)");
    EXPECT_EQ(expand("$$(A)", names), "$(A)");
    EXPECT_EQ(expand("$$$(A)", names), "$$(A)");
    EXPECT_EQ(expand("$(A", names), "$(A");
    EXPECT_EQ(expand("$A ${A} $ ( $() cost $5", names), "$A ${A} $ ( $() cost $5");
    EXPECT_EQ(expand("$(A)$", names), "1$");
}

specs::PreviewEnvironment environment() {
    specs::PreviewEnvironment environment;
    environment.key.name = "shop";
    environment.spec.image = "ghcr.io/acme/shop:1";
    environment.spec.volume = specs::Volume{.size_gb = 10, .mount_path = "/data"};
    return environment;
}

fly::Observed converged(Desired const& desired) {
    fly::Observed seen{.depth = fly::Depth::Truth, .presence = fly::Presence::Present};
    seen.app = {.id = "1", .name = desired.app, .organization = "acme", .network = desired.network};
    auto const& wish = desired.machines.front();
    auto config = wish.config;
    config.mounts.front().volume = "vol_1";
    seen.machines.push_back({.id = "m1",
                             .name = wish.name,
                             .state = "started",
                             .region = desired.regions.front(),
                             .version = "01",
                             .image = config.image,
                             .guest = config.guest,
                             .metadata = config.metadata,
                             .config = config});
    seen.volumes.push_back({.id = "vol_1",
                            .name = wish.volume->name,
                            .state = "created",
                            .region = desired.regions.front(),
                            .size_gb = wish.volume->size_gb,
                            .attached_machine_id = "m1"});
    seen.ips.emplace();
    for (auto const type : desired.ips) seen.ips->push_back({.address = std::string(fly::to_string(type)), .type = type});
    return seen;
}

struct Planned : testing::Test {
    Ownership ownership{.organization = "acme", .owner = "default"};
    Desired desired = desired_state(environment(), ownership, "");
    fly::Observed seen = converged(desired);

    [[nodiscard]] Plan plan() const { return make_plan(desired, seen, {}); }
    [[nodiscard]] bool plans(std::string_view name) const {
        auto const made = plan();
        return std::ranges::any_of(made.stages, [&](Stage const& stage) {
            return std::ranges::any_of(stage.steps, [&](Step const& step) { return name_of(step.operation) == name; });
        });
    }
    void mark(char const* key, std::string const& value) {
        seen.machines.front().metadata[key] = value;
        seen.machines.front().config->metadata[key] = value;
    }
};

TEST_F(Planned, IsEmptyForAConvergedWorld) { EXPECT_TRUE(plan().empty()); }

TEST_F(Planned, DoesNotTrustAVolumeSizeThatSomebodyWrote) {
    for (auto const* const nonsense : {"", "abc", "20GB", "-1", "99999999999999999999", " 20"}) {
        mark(volume_size_key, nonsense);
        EXPECT_FALSE(plans("delete_volume")) << nonsense;
        EXPECT_FALSE(plans("destroy_machine")) << nonsense;
        EXPECT_TRUE(plan().blocked.empty()) << nonsense;
        EXPECT_TRUE(plans("set_metadata")) << "the mark itself is put right: " << nonsense;
    }
}

TEST_F(Planned, NeverDestroysHalfOfWhatItReplaces) {
    desired.allow_replace = true;
    desired.regions = {"ams"};
    EXPECT_TRUE(plan().stages.empty()) << "the new volume cannot be made yet: the old one stays";
    EXPECT_FALSE(plan().waiting_for.empty());
    seen.absence_proven = true;
    EXPECT_TRUE(plans("destroy_machine"));
    EXPECT_TRUE(plans("delete_volume"));
    EXPECT_TRUE(plans("create_volume"));
    EXPECT_TRUE(plans("create_machine"));
}

TEST_F(Planned, NeverTouchesAForeignMachineOrItsVolume) {
    seen.machines.push_back({.id = "m2",
                             .name = "by-hand",
                             .state = "stopped",
                             .region = "dfw",
                             .version = "01",
                             .image = "x",
                             .guest = {},
                             .metadata = {{owner_key, "somebody"}}});
    seen.volumes.push_back(
        {.id = "vol_2", .name = "web_0", .state = "created", .region = "dfw", .size_gb = 1, .attached_machine_id = "m2"});
    EXPECT_TRUE(plan().empty());
}

TEST_F(Planned, AWholeDeletionNeedsTheAppsOwnWordOnItsMachines) {
    EXPECT_TRUE(make_deletion_plan(desired.key, ownership, seen).stages.empty());
    EXPECT_FALSE(make_deletion_plan(desired.key, ownership, seen).needs_look.empty());
}

TEST_F(Planned, ASecondVolumeGoesOnlyWithProofOrTheOwnersWord) {
    auto twin = seen.volumes.front();
    twin.id = "vol_2";
    twin.attached_machine_id.clear();
    seen.volumes.push_back(twin);
    EXPECT_FALSE(plans("delete_volume"));
    ASSERT_EQ(plan().blocked.size(), 1u);
    EXPECT_EQ(plan().blocked.front().reason, "UnknownVolume");
    EXPECT_TRUE(plan().blocked.front().on_purpose());
    EXPECT_EQ(make_plan(desired, seen, {.own_doubles = {"vol_2"}}).stages.size(), 1u);
    EXPECT_TRUE(make_plan(desired, seen, {.own_doubles = {"vol_1"}}).stages.empty()) << "the one in use is no double";
    desired.allow_replace = true;
    EXPECT_TRUE(plans("delete_volume"));
}

TEST_F(Planned, AWholeDeletionNeedsProofForEveryMachine) {
    seen.machines_proven = true;
    EXPECT_EQ(make_deletion_plan(desired.key, ownership, seen).stages.size(), 1u);
    auto const stranger = make_deletion_plan(desired.key, {.organization = "acme", .owner = "other"}, seen);
    EXPECT_TRUE(stranger.stages.empty());
    ASSERT_EQ(stranger.blocked.size(), 1u);
    EXPECT_EQ(stranger.blocked.front().reason, "NotOurs");
}

TEST_F(Planned, SaysTheSameHoweverTheWorldIsOrdered) {
    seen.machines.push_back(seen.machines.front());
    seen.machines.back().id = "m9";
    seen.machines.back().name = "old-0";
    auto const first = plan();
    std::ranges::reverse(seen.machines);
    auto const second = plan();
    ASSERT_EQ(first.stages.size(), second.stages.size());
    ASSERT_EQ(first.stages.size(), 1u);
    EXPECT_EQ(subject_of(first.stages[0].steps.at(0).operation), subject_of(second.stages[0].steps.at(0).operation));
}

}  // namespace
}  // namespace dayfly::plan
