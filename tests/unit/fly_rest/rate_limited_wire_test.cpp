// The limiter in front of a Fly that counts: on virtual time, so that minutes of waiting take none.
#include "controller/fly_rest/rate_limited_wire.h"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "tests/support/virtual_clock.h"

namespace dayfly {

// Found by argument-dependent look-up, so that a failed comparison prints the kind's name.
inline void PrintTo(ErrorKind kind, std::ostream* out) { *out << to_string(kind); }

namespace fly_rest {
namespace {

using fly::Action;
using namespace std::chrono_literals;

struct Arrival {
    Instant when;
    std::string id;
};

/// A Fly that keeps token buckets of its own by whatever `scope` says, and answers after `latency`.
class CountingFly final : public fly::Wire {
public:
    using Scope = std::function<std::string(fly::Call const&)>;

    CountingFly(Clock& clock, Pace pace, Scope scope) : clock_(clock), pace_(pace), scope_(std::move(scope)) {}

    Task<Result<fly::Reply>> exchange(fly::Call call) override {
        auto const now = clock_.now();
        arrivals.push_back({now, call.id});
        auto const [it, is_new] = buckets_.try_emplace(scope_(call), pace_, now);
        auto const taken = it->second.try_take(now);
        co_await clock_.sleep_for(latency);
        if (taken) {
            accepted.push_back(call.id);
            co_return fly::Reply{.status = 200};
        }
        co_return fly::Reply{.status = 429, .retry_after = wish};
    }

    std::vector<Arrival> arrivals;
    std::vector<std::string> accepted;
    std::optional<milliseconds> wish;
    milliseconds latency{50};

private:
    Clock& clock_;
    Pace pace_;
    Scope scope_;
    std::map<std::string, TokenBucket> buckets_;
};

std::string each_identifier(fly::Call const& call) { return std::string(to_string(call.action)) + "/" + call.id; }
std::string each_action(fly::Call const& call) { return std::string(to_string(call.action)); }

class RateLimited : public testing::Test {
protected:
    using Outcome = std::optional<Result<fly::Reply>>;

    /// Sends all calls at once; returns how long it took until the last was answered.
    Instant::duration send(fly::Wire& wire, std::vector<fly::Call> const& calls) {
        auto const start = clock.now();
        outcomes.assign(calls.size(), std::nullopt);
        std::size_t ended = 0;
        for (std::size_t i = 0; i < calls.size(); ++i) {
            boost::asio::co_spawn(context, wire.exchange(calls[i]),
                                  [this, i, &ended](std::exception_ptr error, Result<fly::Reply> r) {
                                      if (!error) outcomes[i] = std::move(r);
                                      ++ended;
                                  });
        }
        EXPECT_TRUE(test::run_until(context, clock, 24h, [&] { return ended == calls.size(); }));
        return clock.now() - start;
    }
    [[nodiscard]] std::size_t count(int status) const {
        return static_cast<std::size_t>(std::ranges::count_if(
            outcomes, [&](Outcome const& outcome) { return outcome && outcome->has_value() && (*outcome)->status == status; }));
    }
    static std::vector<fly::Call> calls(std::size_t number, Action action, std::function<std::string(std::size_t)> id) {
        std::vector<fly::Call> all;
        for (std::size_t i = 0; i < number; ++i) all.push_back({.action = action, .app = id(i), .id = id(i)});
        return all;
    }

    test::VirtualClock clock;
    std::vector<Outcome> outcomes;
    boost::asio::io_context context;
};

std::string shop(std::size_t) { return "shop"; }
std::string app_of(std::size_t i) { return "app-" + std::to_string(i); }

TEST_F(RateLimited, KeepsOneASecondAfterABurstOfThreeWithoutEverBeingDenied) {
    CountingFly cloud(clock, {.per_second = 1, .burst = 3}, each_identifier);
    RateLimitedWire wire(clock, cloud);
    auto const took = send(wire, calls(20, Action::CreateMachine, shop));
    EXPECT_EQ(count(200), 20u);
    EXPECT_EQ(wire.denials(), 0u);
    EXPECT_NEAR(std::chrono::duration<double>(took).count(), 17.05, 0.01);
}

TEST_F(RateLimited, CountsIdentifiersAndActionsApart) {
    CountingFly cloud(clock, {.per_second = 1, .burst = 3}, each_identifier);
    RateLimitedWire wire(clock, cloud);
    auto all = calls(50, Action::CreateMachine, app_of);
    for (auto& call : calls(3, Action::ListMachines, shop)) all.push_back(call);
    for (auto& call : calls(3, Action::ListVolumes, shop)) all.push_back(call);
    EXPECT_EQ(send(wire, all), 50ms);
    EXPECT_EQ(wire.denials(), 0u);
}

TEST_F(RateLimited, LetsReadsOfOneMachineGoFaster) {
    CountingFly cloud(clock, {.per_second = 5, .burst = 10}, each_identifier);
    RateLimitedWire wire(clock, cloud);
    auto const took = send(wire, calls(60, Action::GetMachine, shop));
    EXPECT_NEAR(std::chrono::duration<double>(took).count(), 10.05, 0.01);
    EXPECT_EQ(wire.denials(), 0u);
}

TEST_F(RateLimited, ServesWhoeverCameFirst) {
    CountingFly cloud(clock, {.per_second = 1, .burst = 3}, each_action);
    RateLimitedWire wire(clock, cloud, {.overall = {{Action::GetApp, {.per_second = 1, .burst = 3}}}});
    send(wire, calls(12, Action::GetApp, app_of));
    std::vector<std::string> expected;
    for (std::size_t i = 0; i < 12; ++i) expected.push_back(app_of(i));
    EXPECT_EQ(cloud.accepted, expected);
}

TEST_F(RateLimited, DeletesNoMoreThanAHundredAppsInAnyMinute) {
    CountingFly cloud(clock, {.per_second = 1000, .burst = 1000}, each_action);
    RateLimitedWire wire(clock, cloud, {.longest_wait = 24h});
    auto const took = send(wire, calls(1000, Action::DeleteApp, app_of));
    EXPECT_EQ(count(200), 1000u);
    EXPECT_LE(took, 630s);
    for (std::size_t i = 100; i < cloud.arrivals.size(); ++i) {
        ASSERT_GE(cloud.arrivals[i].when - cloud.arrivals[i - 100].when, 60s) << i;
    }
}

TEST_F(RateLimited, TellsWhenAnotherCouldGoWithoutTakingItsPlace) {
    CountingFly cloud(clock, {.per_second = 1000, .burst = 1000}, each_action);
    RateLimitedWire wire(clock, cloud, {.overall = {{Action::DeleteApp, {.per_second = 1, .burst = 3}}}});
    EXPECT_EQ(wire.earliest(Action::DeleteApp, 0), clock.now());
    EXPECT_EQ(wire.earliest(Action::DeleteApp, 2), clock.now());
    EXPECT_EQ(wire.earliest(Action::DeleteApp, 4), clock.now() + 2s);
    EXPECT_EQ(wire.earliest(Action::DeleteApp, 4), clock.now() + 2s) << "asking costs nothing";
    EXPECT_EQ(wire.earliest(Action::GetApp, 1000), clock.now()) << "no limit over all apps is known";
    send(wire, calls(3, Action::DeleteApp, app_of));
    auto const next = wire.earliest(Action::DeleteApp, 0);
    EXPECT_GT(next, clock.now());
    EXPECT_LE(next, clock.now() + 1s);
}

TEST_F(RateLimited, RefusesAtOnceWhatWouldWaitTooLong) {
    CountingFly cloud(clock, {.per_second = 1, .burst = 3}, each_identifier);
    RateLimitedWire wire(clock, cloud, {.longest_wait = 5s});
    auto const took = send(wire, calls(20, Action::CreateMachine, shop));
    EXPECT_EQ(count(200), 8u) << "three at once and one a second for five seconds";
    EXPECT_EQ(cloud.arrivals.size(), 8u);
    EXPECT_LT(took, 6s);
    ASSERT_TRUE(outcomes.back().has_value());
    ASSERT_FALSE(outcomes.back()->has_value());
    EXPECT_EQ(outcomes.back()->error().kind, ErrorKind::RateLimited);
    EXPECT_GT(outcomes.back()->error().retry_after, 5s);
}

TEST_F(RateLimited, SendsADeniedWriteAgainWhenTheServerWishes) {
    CountingFly cloud(clock, {.per_second = 0.1, .burst = 1}, each_identifier);
    cloud.wish = 10s;
    RateLimitedWire wire(clock, cloud);
    auto const took = send(wire, calls(2, Action::CreateMachine, shop));
    EXPECT_EQ(count(200), 2u);
    EXPECT_EQ(wire.denials(), 1u);
    EXPECT_GE(took, 10s);
    EXPECT_LT(took, 11s);
}

TEST_F(RateLimited, GivesTheLast429BackAfterThreeMoreTries) {
    CountingFly cloud(clock, {.per_second = 1e-9, .burst = 1}, [](auto const&) { return "all"; });
    RateLimitedWire wire(clock, cloud);
    send(wire, calls(1, Action::CreateMachine, shop));
    send(wire, calls(1, Action::StartMachine, shop));
    EXPECT_EQ(count(429), 1u);
    EXPECT_EQ(cloud.arrivals.size(), 1u + 4u);
    for (std::size_t i = 2; i < cloud.arrivals.size(); ++i) {
        EXPECT_GE(cloud.arrivals[i].when - cloud.arrivals[i - 1].when, 1s) << "every try waits longer than the pace before";
    }
}

TEST_F(RateLimited, SlowsOneIdentifierDownWithoutTheOthers) {
    CountingFly cloud(clock, {.per_second = 0.25, .burst = 1}, each_identifier);
    RateLimitedWire wire(clock, cloud);
    send(wire, calls(6, Action::CreateMachine, shop));
    EXPECT_GT(wire.denials(), 0u);
    EXPECT_EQ(send(wire, calls(1, Action::CreateMachine, app_of)), 50ms);
}

TEST_F(RateLimited, LearnsALimitThatCountsForTheWholeOrganization) {
    // Fly documents one a second per app; here it counts creations of all apps together.
    CountingFly cloud(clock, {.per_second = 2, .burst = 5}, each_action);
    RateLimitedWire wire(clock, cloud, {.longest_wait = 1h, .retries = 20});
    auto const took = send(wire, calls(200, Action::CreateApp, app_of));
    EXPECT_EQ(count(200), 200u);
    // The first wave is denied before anything can be known; after it few are.
    EXPECT_LT(wire.denials(), 195u + 100u);
    EXPECT_LT(took, 2 * 100s) << "at least half of what the limit allows";
    auto const denials = wire.denials();
    EXPECT_EQ(send(wire, calls(1, Action::GetApp, app_of)), 50ms) << "other actions are not slowed down";
    EXPECT_EQ(wire.denials(), denials);
}

TEST_F(RateLimited, ForgetsALearnedLimitWhenItIsNotNeeded) {
    CountingFly cloud(clock, {.per_second = 2, .burst = 5}, each_action);
    RateLimitedWire wire(clock, cloud, {.longest_wait = 1h, .retries = 20});
    send(wire, calls(50, Action::CreateApp, app_of));
    clock.advance_to(clock.now() + 1h);
    EXPECT_EQ(send(wire, calls(4, Action::CreateApp, app_of)), 50ms);
}

TEST_F(RateLimited, DropsBucketsThatAreFullAgain) {
    CountingFly cloud(clock, {.per_second = 1, .burst = 3}, each_identifier);
    RateLimitedWire wire(clock, cloud);
    for (std::size_t round = 0; round < 20; ++round) {
        send(wire, calls(200, Action::GetApp, [&](std::size_t i) { return app_of(round * 200 + i); }));
        clock.advance_to(clock.now() + 10s);
    }
    EXPECT_EQ(cloud.arrivals.size(), 4000u);
    EXPECT_LE(wire.buckets(), 1000u);
}

TEST_F(RateLimited, LeavesTheQueueWhenCancelled) {
    CountingFly cloud(clock, {.per_second = 1, .burst = 3}, each_identifier);
    RateLimitedWire wire(clock, cloud);
    send(wire, calls(3, Action::StopMachine, shop));
    boost::asio::cancellation_signal stop;
    std::optional<ErrorKind> kind;
    boost::asio::co_spawn(context, wire.exchange({.action = Action::StopMachine, .id = "shop"}),
                          boost::asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr, Result<fly::Reply> reply) {
                              kind = reply ? ErrorKind::Unknown : reply.error().kind;
                          }));
    test::run_until(context, clock, 100ms, [] { return false; });
    stop.emit(boost::asio::cancellation_type::all);
    test::run_until(context, clock, 100ms, [&] { return kind.has_value(); });
    EXPECT_EQ(kind, ErrorKind::Cancelled);
    EXPECT_EQ(cloud.arrivals.size(), 3u) << "what was cancelled was not sent";
    EXPECT_LT(send(wire, calls(1, Action::StopMachine, shop)), 1s) << "its place in the queue is free";
}

TEST_F(RateLimited, TellsWhatItDid) {
    CountingFly cloud(clock, {.per_second = 0.5, .burst = 1}, each_identifier);
    std::vector<Instant::duration> waits;
    int denied = 0;
    RateLimitedWire wire(
        clock, cloud, {},
        {.waited = [&](Action, Instant::duration wait) { waits.push_back(wait); }, .denied = [&](Action) { ++denied; }});
    send(wire, calls(2, Action::CreateMachine, shop));
    EXPECT_EQ(waits.size(), cloud.arrivals.size());
    EXPECT_EQ(waits.front(), 0s);
    EXPECT_GT(waits.back(), 0s);
    EXPECT_EQ(static_cast<std::uint64_t>(denied), wire.denials());
}

TEST(RateLimits, NameTheFieldTheyReject) {
    EXPECT_TRUE(RateLimits{}.check());
    RateLimits limits;
    limits.each_of[Action::CreateApp] = {.per_second = 0, .burst = 1};
    EXPECT_TRUE(limits.check().error().message.starts_with("each_of.create_app"));
    limits = {};
    limits.overall[Action::DeleteApp].burst = 0.5;
    EXPECT_TRUE(limits.check().error().message.starts_with("overall.delete_app"));
    limits = {};
    limits.retries = -1;
    EXPECT_TRUE(limits.check().error().message.starts_with("retries"));
}

}  // namespace
}  // namespace fly_rest
}  // namespace dayfly
