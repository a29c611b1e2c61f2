// How a plan is counted, priced and written for people and scripts.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "controller/cli/plan_cost.h"
#include "controller/cli/plan_text.h"
#include "controller/fly/sizes.h"
#include "controller/plan/desired.h"

namespace dayfly::cli {
namespace {

/// An environment of one machine with a volume, as it is wanted and as it is there.
struct ShownPlan : testing::Test {
    plan::Ownership ownership{.organization = "acme", .owner = "default"};
    specs::PreviewEnvironment spec{.key = {"default", "shop"}};
    fly::Observed seen{.depth = fly::Depth::Truth, .presence = fly::Presence::Present};

    ShownPlan() {
        spec.spec.image = "nginx";
        spec.spec.volume = specs::Volume{.size_gb = 10, .mount_path = "/data"};
        spec.annotations[specs::allow_replace_annotation] = "true";
        auto const desired = plan::desired_state(spec, ownership, {});
        auto config = desired.machines.front().config;
        config.mounts.front().volume = "vol_1";
        seen.app = {.id = "1", .name = desired.app, .organization = "acme", .network = desired.network};
        seen.machines.push_back({.id = "m1",
                                 .name = desired.machines.front().name,
                                 .state = "started",
                                 .region = "dfw",
                                 .version = "01",
                                 .image = config.image,
                                 .guest = config.guest,
                                 .metadata = config.metadata,
                                 .config = config});
        seen.volumes.push_back({.id = "vol_1",
                                .name = desired.machines.front().volume->name,
                                .state = "created",
                                .region = "dfw",
                                .size_gb = 10,
                                .attached_machine_id = "m1"});
        seen.ips.emplace();
        for (auto const type : desired.ips) seen.ips->push_back({.address = std::string(fly::to_string(type)), .type = type});
        seen.absence_proven = true;
        seen.machines_proven = true;
    }

    [[nodiscard]] std::vector<PlannedEnvironment> planned() const {
        auto made = plan::make_plan(plan::desired_state(spec, ownership, {}), seen, {});
        auto const cost = cost_change(made, seen);
        return {{.plan = std::move(made), .organization = "acme", .region = spec.spec.region, .cost_change_per_hour = cost}};
    }
    [[nodiscard]] double machine_cost(char const* region) const {
        return fly::machine_cost_per_hour(plan::desired_state(spec, ownership, {}).machines.front().config.guest, region);
    }
};

TEST_F(ShownPlan, AReplacementIsOneLineAndOneCount) {
    spec.spec.region = "ord";
    auto const plans = planned();
    auto const summary = summarize(plans);
    EXPECT_EQ(summary.replace, 2) << plan_text(plans);
    EXPECT_EQ(summary.create, 0) << plan_text(plans);
    EXPECT_EQ(summary.remove, 0) << plan_text(plans);
    EXPECT_EQ(plan_text(plans), "shop  (app " + plans.front().plan.app +
                                    ", organisation acme, region ord)\n"
                                    "  -/+ volume      web_0 10 GB ord  (region dfw -> ord)\n"
                                    "  -/+ machine     web-0  shared-cpu-2x 1024 MB  nginx  (region dfw -> ord)\n"
                                    "Plan: 0 to create, 0 to update, 2 to replace, 0 to delete.\n");
    auto const json = plan_json(plans);
    ASSERT_EQ(json["changes"].size(), 2u) << json.dump(2);
    EXPECT_EQ(json["changes"][0]["action"], "replace");
    EXPECT_EQ(json["summary"]["replace"], 2);
}

TEST_F(ShownPlan, AnUpdateChangesTheBill) {
    auto const before = machine_cost("dfw");
    spec.spec.machine.size = "performance-16x";
    spec.spec.machine.memory_mb = 32'768;
    EXPECT_NEAR(planned().front().cost_change_per_hour, machine_cost("dfw") - before, 1e-9);
    spec.spec.volume->size_gb = 20;
    EXPECT_NEAR(planned().front().cost_change_per_hour,
                machine_cost("dfw") - before + fly::volume_cost_per_hour(20) - fly::volume_cost_per_hour(10), 1e-9);
}

TEST_F(ShownPlan, WhatStaysCostsWhatItCost) {
    EXPECT_EQ(planned().front().cost_change_per_hour, 0);
    EXPECT_EQ(plan_text(planned()), "No changes. Fly has what the specs want.\n");
    auto const cost = machine_cost("dfw") + fly::volume_cost_per_hour(10);
    seen = {.presence = fly::Presence::Absent, .never_attempted = true};
    EXPECT_NEAR(planned().front().cost_change_per_hour, cost, 1e-9);
}

}  // namespace
}  // namespace dayfly::cli
