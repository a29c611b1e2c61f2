// The promise that everything else leans on: once a plan has been carried out, planning again gives nothing, however Fly
// happens to echo what it was given. 10,000 random environments go through the codec and the simulator's echo; every tenth is
// also created in a simulated cloud and read back by both kinds of look, because 10,000 clouds would take minutes.
#include <gtest/gtest.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <string>

#include "controller/fleet/fleet.h"
#include "controller/fly_rest/config_json.h"
#include "controller/fly_rest/rest_api.h"
#include "controller/fly_sim/config_shape.h"
#include "controller/fly_sim/in_process_wire.h"
#include "controller/plan/marks.h"
#include "controller/plan/plan.h"
#include "tests/support/random_environment.h"
#include "tests/support/virtual_clock.h"

namespace dayfly::test {
namespace {

constexpr int environments = 10'000;
constexpr int one_cloud_in = 10;
constexpr std::array organisations{"personal", "acme-previews"};

std::uint64_t chosen_seed() {
    auto const* const asked = std::getenv("DAYFLY_SEED");
    auto const seed = asked == nullptr ? 20261124u : std::strtoull(asked, nullptr, 10);
    std::cout << "DAYFLY_SEED=" << seed << '\n';
    return seed;
}

fly_sim::Quirks random_echo(Random& random) {
    fly_sim::Quirks quirks;
    quirks.echo_restart_object = random.below(2) == 0;
    quirks.echo_dns_object = random.below(2) == 0;
    quirks.echo_pointer_zeros = random.below(2) == 0;
    quirks.compat_checks = random.below(2) == 0;
    quirks.skip_launch_stays_created = random.below(2) == 0;
    return quirks;
}

plan::Desired random_wish(Random& random, int number) {
    auto environment = random_environment(random, "env-" + std::to_string(number));
    environment.spec.suspend = false;
    // The simulated cloud starts empty: there is nothing to fork or to restore.
    auto const plain = [](std::optional<specs::Volume>& volume) {
        if (volume) volume->from_volume = volume->from_snapshot = "";
    };
    plain(environment.spec.volume);
    for (auto& [name, companion] : environment.spec.companions) plain(companion.volume);
    return plan::desired_state(environment, {.organization = organisations[0], .owner = "default"},
                               environment.spec.secrets.empty() ? "" : "digest-of-the-values");
}

std::string text_of(plan::Plan const& plan) {
    std::string text = plan.needs_look + plan.waiting_for;
    for (auto const& blocked : plan.blocked) text += blocked.message + '\n';
    for (auto const& stage : plan.stages) {
        for (auto const& step : stage.steps) {
            text += std::string(plan::name_of(step.operation)) + ' ' + plan::subject_of(step.operation) + ": " + step.reason;
            for (auto const& field : step.fields) text += " [" + field.path + ": " + field.from + " -> " + field.to + "]";
            text += '\n';
        }
    }
    return text;
}

plan::Plan first_plan(plan::Desired const& wish) {
    fly::Observed nothing;
    nothing.app.name = wish.app;
    nothing.never_attempted = true;
    return plan::make_plan(wish, nothing, {});
}

/// Fly's own order: the app before everything, a machine after all that it is built with, waiting at the end.
void expect_order(plan::Plan const& plan, plan::Desired const& wish) {
    ASSERT_GE(plan.stages.size(), 3u);
    ASSERT_EQ(plan.stages.front().steps.size(), 1u);
    EXPECT_EQ(plan::name_of(plan.stages.front().steps.front().operation), "create_app");
    std::map<std::string_view, std::size_t> first;
    std::map<std::string_view, std::size_t> last;
    std::map<std::string_view, std::size_t> count;
    for (std::size_t i = 0; i < plan.stages.size(); ++i) {
        for (auto const& step : plan.stages[i].steps) {
            EXPECT_FALSE(plan::is_destructive(step.operation));
            auto const name = plan::name_of(step.operation);
            first.try_emplace(name, i);
            last[name] = i;
            ++count[name];
        }
    }
    for (auto const* const before : {"create_volume", "set_secrets", "assign_ip", "create_certificate"}) {
        if (count.contains(before)) EXPECT_LT(last[before], first["create_machine"]) << before;
    }
    EXPECT_LT(last["create_machine"], first["await_started"]);
    EXPECT_EQ(count["create_machine"], wish.machines.size());
    EXPECT_EQ(count["await_started"], wish.machines.size());
    EXPECT_EQ(count["assign_ip"], wish.ips.size());
    EXPECT_EQ(count["create_certificate"], wish.domains.size());
}

/// Carries out the plan of a first creation, step by step, with no help from the gate.
class Builder {
public:
    Builder(fly::Api& api, Clock& clock, plan::Desired const& wish) : api_(api), clock_(clock), wish_(wish) {}

    Task<Result<void>> build(plan::Plan plan) {
        for (auto const& stage : plan.stages) {
            for (auto const& step : stage.steps) {
                auto done = co_await one(step.operation);
                if (!done) co_return failure(std::move(done.error()), plan::name_of(step.operation));
            }
        }
        co_return Result<void>{};
    }

private:
    Task<Result<void>> one(plan::Operation operation) {
        if (auto const* app = std::get_if<plan::CreateApp>(&operation)) {
            co_return dropped(
                co_await api_.create_app({.name = wish_.app, .organization = app->organization, .network = app->network}));
        }
        if (auto const* ip = std::get_if<plan::AssignIp>(&operation)) {
            co_return dropped(co_await api_.assign_ip(wish_.app, ip->type));
        }
        if (auto const* certificate = std::get_if<plan::CreateCertificate>(&operation)) {
            co_return dropped(co_await api_.create_certificate(wish_.app, certificate->hostname));
        }
        if (auto const* secrets = std::get_if<plan::SetSecrets>(&operation)) {
            std::map<std::string, std::optional<Secret>> values;
            for (auto const& name : secrets->names) values[name] = Secret("value of " + name);
            co_return dropped(co_await api_.update_secrets(wish_.app, std::move(values)));
        }
        if (auto const* volume = std::get_if<plan::CreateVolume>(&operation)) {
            auto made = co_await api_.create_volume({.app = wish_.app,
                                                     .name = volume->volume.name,
                                                     .region = volume->region,
                                                     .size_gb = volume->volume.size_gb,
                                                     .compute = volume->volume.compute,
                                                     .snapshots = volume->volume.snapshots});
            if (made) volumes_[made->name] = made->id;
            co_return dropped(std::move(made));
        }
        if (auto const* create = std::get_if<plan::CreateMachine>(&operation)) {
            auto config = create->machine.config;
            if (create->machine.volume) config.mounts.front().volume = volumes_.at(create->machine.volume->name);
            co_return dropped(co_await api_.create_machine(
                {.app = wish_.app, .name = create->machine.name, .region = create->region, .config = std::move(config)}));
        }
        // Everything starts by itself.
        co_await clock_.sleep_for(std::chrono::minutes(2));
        co_return Result<void>{};
    }

    template <class T>
    static Result<void> dropped(Result<T> result) {
        if (!result) return std::unexpected(std::move(result.error()));
        return {};
    }

    fly::Api& api_;
    Clock& clock_;
    plan::Desired const& wish_;
    std::map<std::string, std::string> volumes_;
};

/// What is left to do after the first plan, by a truthful look and by the index of a process that has just started.
struct Leftover {
    std::string truth;
    std::string index;
};

Task<Result<Leftover>> converge(fly::Api& api, Clock& clock, plan::Desired const& wish) {
    auto built = co_await Builder(api, clock, wish).build(first_plan(wish));
    if (!built) co_return std::unexpected(std::move(built.error()));

    fleet::Fleet looking(api, clock, {.organization = wish.ownership.organization});
    auto const truth = co_await looking.look(wish.app, !wish.domains.empty());
    if (!truth) co_return failure(truth.error(), "look");
    fleet::Fleet indexing(api, clock, {.organization = wish.ownership.organization});
    auto const refreshed = co_await indexing.refresh();
    if (!refreshed) co_return failure(refreshed.error(), "refresh");

    co_return Leftover{.truth = text_of(plan::make_plan(wish, *truth, {})),
                       .index = text_of(plan::make_plan(wish, indexing.observe(wish.app), {}))};
}

TEST(ConvergenceProperty, NoEchoOfFlyReadsAsADifference) {
    Random random(chosen_seed());
    for (int number = 0; number < environments; ++number) {
        auto const wish = random_wish(random, number);
        auto const quirks = random_echo(random);
        for (auto const& machine : wish.machines) {
            auto sent = machine.config;
            for (auto& mount : sent.mounts) mount.volume = "vol_4qp8k2";
            auto const echo = fly_sim::through_go_structs(fly_rest::to_json(sent), quirks);
            ASSERT_TRUE(echo) << number << ' ' << machine.name << ": " << echo.error();
            auto const read = fly_rest::config_from(fly_rest::Document::parse(echo->dump())->root());
            ASSERT_TRUE(read) << number << ' ' << machine.name << ": " << echo->dump();
            auto const changes = plan::config_changes(*read, machine.config);
            ASSERT_TRUE(changes.empty()) << number << ' ' << machine.name << ": " << changes.front().path << ": '"
                                         << changes.front().from << "' -> '" << changes.front().to << "'";
            ASSERT_EQ(plan::config_hash(*read), plan::mark_of(read->metadata, plan::spec_key)) << number << ' ' << machine.name;
        }
    }
}

TEST(ConvergenceProperty, ACarriedOutPlanLeavesNothingToPlan) {
    Random random(chosen_seed());
    for (int number = 0; number < environments / one_cloud_in; ++number) {
        auto const wish = random_wish(random, number);
        expect_order(first_plan(wish), wish);
        if (HasFailure()) FAIL() << "environment " << number;

        boost::asio::io_context context;
        VirtualClock clock;
        fly_sim::CloudOptions options;
        options.seed = random.next();
        options.organisations = {organisations.begin(), organisations.end()};
        options.rate_limits.enabled = false;
        options.quirks = random_echo(random);
        fly_sim::Cloud cloud(options);
        fly_sim::InProcessWire wire(cloud, clock);
        fly_rest::RestApi api(wire);

        auto const left = run_task(context, clock, converge(api, clock, wish));
        ASSERT_TRUE(left) << number << ": " << left.error().message;
        EXPECT_EQ(left->truth, "") << number;
        EXPECT_EQ(left->index, "") << number;
        ASSERT_TRUE(cloud.violations().empty()) << number << ": " << cloud.violations().front();
        if (HasFailure()) FAIL() << "environment " << number;
    }
}

}  // namespace
}  // namespace dayfly::test
