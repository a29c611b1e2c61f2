// The fixed tables: actions, policies, sizes, regions, prices.
#include <gtest/gtest.h>

#include <set>

#include "controller/base/machine_sizes.h"
#include "controller/fly/error_policy.h"
#include "controller/fly/sizes.h"
#include "controller/fly/wire.h"

namespace dayfly::fly {
namespace {

using namespace std::chrono_literals;

TEST(Actions, HaveNamesOfTheirOwn) {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < action_count; ++i) names.insert(to_string(static_cast<Action>(i)));
    EXPECT_EQ(names.size(), action_count);
    EXPECT_FALSE(names.contains(""));
}

TEST(Actions, CountLeasesAndCommandsAsWrites) {
    EXPECT_TRUE(is_write(Action::AcquireLease));
    EXPECT_TRUE(is_write(Action::ExecMachine));
    EXPECT_TRUE(is_write(Action::CreateMachine));
    EXPECT_FALSE(is_write(Action::WaitMachine));
    EXPECT_FALSE(is_write(Action::GetPlacements));
    EXPECT_FALSE(is_write(Action::GraphQlQuery));
}

TEST(ErrorPolicies, CoverEveryKindWithAHintAndRisingBounds) {
    for (int i = 0; i <= static_cast<int>(ErrorKind::Unknown); ++i) {
        auto const kind = static_cast<ErrorKind>(i);
        auto const& policy = policy_for(kind);
        EXPECT_FALSE(policy.hint.empty()) << to_string(kind);
        EXPECT_GT(policy.base, 0ms) << to_string(kind);
        EXPECT_LE(policy.base, policy.cap) << to_string(kind);
        if (kind != ErrorKind::Unknown) EXPECT_NE(&policy, &policy_for(ErrorKind::Unknown)) << to_string(kind);
    }
}

TEST(ErrorPolicies, LookBeforeRepeatingWhatMayHaveHappened) {
    EXPECT_EQ(policy_for(ErrorKind::Ambiguous).retry, Retry::LookFirst);
    EXPECT_EQ(policy_for(ErrorKind::Conflict).retry, Retry::LookFirst);
    EXPECT_EQ(policy_for(ErrorKind::InvalidConfig).retry, Retry::No);
    EXPECT_EQ(policy_for(ErrorKind::NotReadyYet).base, 1s);
    EXPECT_EQ(policy_for(ErrorKind::NotReadyYet).cap, 30s);
    EXPECT_EQ(policy_for(ErrorKind::NoCapacity).base, 15s);
    EXPECT_EQ(policy_for(ErrorKind::NoCapacity).cap, 10min);
    EXPECT_EQ(policy_for(ErrorKind::Unavailable).base, 750ms);
    EXPECT_EQ(policy_for(ErrorKind::Unavailable).cap, 15min);
}

TEST(ErrorPolicies, PreferTheErrorsOwnHint) {
    EXPECT_EQ(hint_for({.kind = ErrorKind::NameTaken, .hint = "mine"}), "mine");
    EXPECT_TRUE(hint_for({.kind = ErrorKind::NameTaken}).starts_with("App names are unique across all of Fly"));
}

TEST(Sizes, KnowTheirBounds) {
    auto const* size = find_machine_size("shared-cpu-2x");
    ASSERT_NE(size, nullptr);
    EXPECT_EQ(size->cpus, 2);
    EXPECT_EQ(size->preset_memory_mb, 512);
    EXPECT_EQ(size->max_memory_mb, 4096);
    EXPECT_EQ(find_machine_size("shared-cpu-3x"), nullptr);
    EXPECT_EQ(machine_sizes().size(), 14u);
}

TEST(Sizes, HaveMemoryOf2To8GbAPerformanceCpu) {
    for (auto const& size : machine_sizes()) {
        if (size.cpu_kind != "performance") continue;
        EXPECT_EQ(size.min_memory_mb, 2048 * size.cpus) << size.name;
        EXPECT_EQ(size.max_memory_mb, 8192 * size.cpus) << size.name;
        EXPECT_EQ(size.preset_memory_mb, size.min_memory_mb) << size.name;
    }
}

TEST(Sizes, AreNamedByKindAndCount) {
    EXPECT_EQ(size_name({.cpu_kind = "performance", .cpus = 16, .memory_mb = 1}), "performance-16x");
    EXPECT_EQ(size_name({.cpu_kind = "shared", .cpus = 3}), "");
}

TEST(Regions, AreEighteen) {
    EXPECT_EQ(region_codes().size(), 18u);
    EXPECT_TRUE(is_region("dfw"));
    EXPECT_FALSE(is_region("sea"));
    EXPECT_FALSE(is_region(""));
}

TEST(Prices, AreThoseFromOctober2026) {
    EXPECT_NEAR(machine_cost_per_hour({.cpu_kind = "shared", .cpus = 1, .memory_mb = 256}, "iad"), 0.003049, 1e-6);
    EXPECT_NEAR(machine_cost_per_hour({.cpu_kind = "shared", .cpus = 2, .memory_mb = 4096}, "ewr"), 0.035264, 1e-6);
    EXPECT_NEAR(machine_cost_per_hour({.cpu_kind = "performance", .cpus = 8, .memory_mb = 16384}, "iad"), 0.366667, 1e-6);
    EXPECT_NEAR(volume_cost_per_hour(10) * 720, 1.5, 1e-9);
}

TEST(Prices, CarryTheRegionsMarkup) {
    Guest const guest{.cpu_kind = "shared", .cpus = 1, .memory_mb = 1024};
    EXPECT_NEAR(machine_cost_per_hour(guest, "dfw"), machine_cost_per_hour(guest, "iad") * 1.25, 1e-9);
    EXPECT_DOUBLE_EQ(machine_cost_per_hour(guest, "xyz"), machine_cost_per_hour(guest, "gru"));
}

}  // namespace
}  // namespace dayfly::fly
