// A crash at every step: for each exchange of a scenario the process is killed before the call leaves, and after Fly did it and
// before the answer is read; the third moment, after the answer, is the "before" of the next exchange. Exhaustive.
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "tests/simulation/world.h"

namespace dayfly::test {
namespace {

using std::chrono::minutes;

constexpr char base[] = R"(  region: dfw
  volume: { size: 1Gi, mountPath: /data }
  secrets: [{ name: TOKEN, from: { env: TOKEN } }]
  service: { port: 8080 }
  processes: { worker: { start: "run", count: 1 } }
)";

struct Scenario {
    std::string name;
    std::string before;  ///< what is there when it begins; empty: nothing
    std::string after;   ///< what is wanted then
    std::string annotation;
};

void PrintTo(Scenario const& scenario, std::ostream* out) { *out << scenario.name; }

std::string yaml(std::string const& spec, std::string const& annotations = "") {
    auto text = image_yaml("keep");
    if (spec.empty()) return text;
    auto one = image_yaml("shop", spec);
    if (!annotations.empty()) one.replace(one.find("name: shop }"), 12, "name: shop, annotations: { " + annotations + " } }");
    return text + one;
}

WorldOptions options() {
    WorldOptions options;
    options.controller.audit = std::chrono::seconds(0);
    options.cloud.timings.startable_after = milliseconds(0);
    return options;
}

bool reached(World& world, Scenario const& scenario) {
    if (!scenario.after.empty()) {
        // Settled, and long enough for leftovers to be swept.
        return world.converge(std::chrono::minutes(40));
    }
    return world.run(std::chrono::minutes(40),
                     [&] { return world.apps().size() == 1 && world.environment("shop") == nullptr; });
}

/// Runs the scenario to its end; `moment_to_die` counts moments of exchanges from the change on, -1 for none. Returns how many
/// moments there were.
int run_scenario(Scenario const& scenario, int moment_to_die, std::string& end_state, std::string& trouble) {
    World world(options());
    world.variables()["TOKEN"] = "t0ken";
    world.want_yaml(yaml(scenario.before));
    world.start();
    if (!world.converge()) {
        trouble = "the start was not reached\n" + world.log();
        return 0;
    }
    world.run_for(std::chrono::minutes(2));
    int moments = 0;
    world.intercept([&](fly::Call const&, fly_sim::Moment) {
        return moments++ == moment_to_die ? fly_sim::Verdict::Die : fly_sim::Verdict::Continue;
    });
    world.want_yaml(yaml(scenario.after, scenario.annotation));
    if (moment_to_die >= 0 && world.run(std::chrono::minutes(40), [] { return false; }); world.dead()) {
        world.kill();
        world.run_for(std::chrono::seconds(3));
        world.start();
    }
    if (!reached(world, scenario)) trouble += "the end was not reached\n";
    int const until_reached = moments;
    world.run_for(std::chrono::minutes(5));
    for (auto const& violation : world.cloud().violations()) trouble += violation + "\n";
    end_state = world.end_state();
    if (!trouble.empty()) trouble += world.log();
    return until_reached;
}

class CrashAtEveryStep : public testing::TestWithParam<Scenario> {};

TEST_P(CrashAtEveryStep, EndsAsWithoutACrash) {
    auto const& scenario = GetParam();
    std::string reference;
    std::string trouble;
    int const moments = run_scenario(scenario, -1, reference, trouble);
    ASSERT_EQ(trouble, "");
    ASSERT_GT(moments, 0);
    for (int moment = 0; moment < moments; ++moment) {
        std::string state;
        std::string problem;
        run_scenario(scenario, moment, state, problem);
        ASSERT_EQ(problem, "") << "killed at moment " << moment;
        ASSERT_EQ(state, reference) << "killed at moment " << moment;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Scenarios, CrashAtEveryStep,
    testing::Values(Scenario{.name = "Create", .before = "", .after = base},
                    Scenario{.name = "Update", .before = base, .after = std::string(base) + "  env: { A: b }\n"},
                    Scenario{.name = "Replace",
                             .before = base,
                             .after = "  region: ord\n" + std::string(base).substr(std::string(base).find('\n') + 1),
                             .annotation = "dayfly.dev/allow-replace: \"true\""},
                    Scenario{.name = "Delete", .before = base, .after = ""}),
    [](auto const& info) { return info.param.name; });

bool is_expired(World& world) {
    auto const* shop = world.environment("shop");
    return shop != nullptr && shop->status.state == "Expired" && shop->emptied;
}

/// Lets an environment expire and kills the process at that moment of its end, -1 for none; returns how many moments there
/// were.
int run_expiry(int moment_to_die, std::string& end_state, std::string& trouble) {
    auto with_clocks = options();
    with_clocks.clocks = true;
    World world(with_clocks);
    world.variables()["TOKEN"] = "t0ken";
    world.want_yaml(image_yaml("keep", "  ttl: never\n  sleep: { after: off }\n") +
                    image_yaml("shop", std::string(base) + "  ttl: 10m\n  sleep: { after: off }\n"));
    world.start();
    if (!world.converge()) {
        trouble = "the start was not reached\n" + world.log();
        return 0;
    }
    world.cloud().external().serve_requests(world.environment("shop")->app, 1);
    world.run_for(minutes(2));
    int moments = 0;
    world.intercept([&](fly::Call const& call, fly_sim::Moment) {
        // Its end begins with the mark in the app's secrets.
        if (moments == 0 && call.action != fly::Action::UpdateSecrets) return fly_sim::Verdict::Continue;
        return moments++ == moment_to_die ? fly_sim::Verdict::Die : fly_sim::Verdict::Continue;
    });
    world.run(minutes(40), [&] { return is_expired(world); });
    if (world.dead()) {
        world.kill();
        world.run_for(std::chrono::seconds(3));
        world.start();
        world.run(minutes(60), [&] { return is_expired(world); });
    }
    if (!is_expired(world)) trouble += "the end was not reached\n";
    int const until_reached = moments;
    world.run_for(minutes(5));
    if (!is_expired(world)) trouble += "it did not stay expired\n";
    for (auto const& [name, app] : world.apps().items()) {
        bool const is_shell = app["machines"].empty() && app["volumes"].empty() && app["ips"].empty();
        if (is_shell == name.starts_with("keep-")) trouble += name + " is not as it should be\n";
    }
    for (auto const& violation : world.cloud().violations()) trouble += violation + "\n";
    end_state = world.end_state();
    if (!trouble.empty()) trouble += world.log();
    return until_reached;
}

TEST(CrashWhileExpiring, LeavesNothingThatCostsAndEndsAsWithoutACrash) {
    std::string reference;
    std::string trouble;
    int const moments = run_expiry(-1, reference, trouble);
    ASSERT_EQ(trouble, "");
    ASSERT_GT(moments, 8);
    for (int moment = 0; moment < moments; ++moment) {
        std::string state;
        std::string problem;
        run_expiry(moment, state, problem);
        ASSERT_EQ(problem, "") << "killed at moment " << moment;
        ASSERT_EQ(state, reference) << "killed at moment " << moment;
    }
}

/// Every way in which an answer can get lost after Fly did what was asked.
class LostAnswer : public testing::TestWithParam<std::tuple<fly_sim::FaultKind, std::string>> {};

TEST_P(LostAnswer, MakesNoDoubleAndLosesNothing) {
    auto const& [kind, action] = GetParam();
    World world(options());
    world.variables()["TOKEN"] = "t0ken";
    world.start();
    world.run_for(std::chrono::seconds(5));
    auto const rule = world.cloud().faults().add({.kind = kind, .action = action, .count = 1, .status = 502});
    world.want_yaml(yaml(base));
    ASSERT_TRUE(world.converge()) << world.log();
    EXPECT_EQ(world.cloud().faults().struck(rule), 1u);
    EXPECT_TRUE(world.cloud().violations().empty()) << world.cloud().violations().front() << world.log();
    EXPECT_EQ(world.apps().size(), 2u);
    for (auto const& [name, app] : world.apps().items()) {
        EXPECT_EQ(app["ips"].size(), 2u) << name << world.log();
        EXPECT_LE(app["volumes"].size(), 1u) << name;
    }
}

INSTANTIATE_TEST_SUITE_P(Faults, LostAnswer,
                         testing::Combine(testing::Values(fly_sim::FaultKind::DropAfter, fly_sim::FaultKind::StatusAfter,
                                                          fly_sim::FaultKind::Truncate,
                                                          fly_sim::FaultKind::HtmlBadGatewayAfter),
                                          testing::Values("create_app", "assign_ip", "update_secrets", "create_volume",
                                                          "create_machine", "wait_machine")));

}  // namespace
}  // namespace dayfly::test
