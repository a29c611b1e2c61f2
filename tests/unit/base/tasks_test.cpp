// Deadlines, groups of tasks, and wake-up calls: what ends, when, and that nothing is left running or lost.
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <stdexcept>

#include "controller/base/deadline.h"
#include "controller/base/parallel.h"
#include "controller/base/signal.h"
#include "controller/base/task_group.h"
#include "tests/support/virtual_clock.h"

namespace dayfly {
namespace {

using namespace std::chrono_literals;
using test::run_task;
using test::run_until;
using test::VirtualClock;

struct Tasks : testing::Test {
    boost::asio::io_context context;
    VirtualClock clock;
    std::vector<std::string> thrown;
    TaskGroup group{context.get_executor(), [this](std::exception_ptr error) {
                        try {
                            std::rethrow_exception(error);
                        } catch (std::exception const& e) {
                            thrown.emplace_back(e.what());
                        }
                    }};

    void drain() {
        run_until(context, clock, 24h, [] { return false; });
    }
};

/// Tells when its coroutine frame goes away.
struct Trace {
    int& alive;
    explicit Trace(int& counter) : alive(counter) { ++alive; }
    Trace(Trace const&) = delete;
    ~Trace() { --alive; }
};

Task<Result<int>> answer_after(Clock& clock, Instant::duration time, int answer, int& alive) {
    Trace const trace(alive);
    co_await clock.sleep_for(time);
    co_return answer;
}

TEST_F(Tasks, WorkThatEndsInTimeGivesItsOwnResult) {
    int alive = 0;
    auto const result = run_task(context, clock, with_deadline(clock, 5s, "ask", answer_after(clock, 4s, 42, alive)));
    ASSERT_TRUE(result);
    EXPECT_EQ(*result, 42);
    EXPECT_EQ(clock.now(), Instant{} + 1h + 4s);
}

Task<Result<int>> fail_at_once() { co_return failure(ErrorKind::NotFound, "not there"); }

TEST_F(Tasks, AFailureIsAnEndAndNotATimeout) {
    auto const result = run_task(context, clock, with_deadline(clock, 5s, "ask", fail_at_once()));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::NotFound);
}

TEST_F(Tasks, ADeadlineEndsTheWorkBeforeItReturns) {
    int alive = 0;
    auto const result = run_task(context, clock, with_deadline(clock, 5s, "ask Fly", answer_after(clock, 1h, 42, alive)));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::TimedOut);
    EXPECT_EQ(result.error().message, "ask Fly: no end after 5000 ms");
    EXPECT_EQ(alive, 0) << "the work must have been cancelled";
    EXPECT_EQ(clock.now(), Instant{} + 1h + 5s);
}

Task<int> number_after(Clock& clock, Instant::duration time, int number) {
    co_await clock.sleep_for(time);
    co_return number;
}

TEST_F(Tasks, RunAllRunsAtTheSameTimeAndKeepsTheOrder) {
    for (int const count : {0, 1, 2, 3, 17}) {
        std::vector<Task<int>> tasks;
        for (int i = 0; i < count; ++i) tasks.push_back(number_after(clock, (count - i) * 1s, i));
        auto const started = clock.now();
        auto const results = run_task(context, clock, run_all(std::move(tasks)));
        ASSERT_EQ(results.size(), static_cast<std::size_t>(count));
        for (int i = 0; i < count; ++i) EXPECT_EQ(results[static_cast<std::size_t>(i)], i);
        EXPECT_EQ(clock.now() - started, count * 1s);
    }
}

Task<void> sleep_traced(Clock& clock, Instant::duration time, int& alive) {
    Trace const trace(alive);
    co_await clock.sleep_for(time);
}

TEST_F(Tasks, AGroupForgetsTasksThatEnd) {
    int alive = 0;
    group.spawn(sleep_traced(clock, 1s, alive));
    group.spawn(sleep_traced(clock, 2s, alive));
    EXPECT_EQ(group.size(), 2u);
    drain();
    EXPECT_EQ(group.size(), 0u);
    EXPECT_TRUE(thrown.empty());
}

TEST_F(Tasks, CancelEndsEveryRunningTaskSilently) {
    int alive = 0;
    for (int i = 0; i < 5; ++i) group.spawn(sleep_traced(clock, 1000h, alive));
    run_until(context, clock, 1s, [&] { return alive == 5; });
    auto const before = clock.now();
    group.cancel();
    EXPECT_TRUE(run_until(context, clock, 1s, [&] { return group.size() == 0; }));
    EXPECT_EQ(alive, 0);
    EXPECT_EQ(clock.now(), before) << "nobody slept on";
    EXPECT_TRUE(thrown.empty());
}

Task<void> throw_after(Clock& clock, Instant::duration time) {
    co_await clock.sleep_for(time);
    throw std::logic_error("a bug");
}

TEST_F(Tasks, AnExceptionIsReportedAndHarmsNobodyElse) {
    int alive = 0;
    group.spawn(throw_after(clock, 1s));
    group.spawn(sleep_traced(clock, 5s, alive));
    run_until(context, clock, 2s, [&] { return !thrown.empty(); });
    EXPECT_EQ(thrown, std::vector<std::string>{"a bug"});
    EXPECT_EQ(group.size(), 1u);
    drain();
    EXPECT_EQ(alive, 0);
}

TEST_F(Tasks, JoinWaitsForTheLastTaskOrTellsHowManyAreLeft) {
    int alive = 0;
    group.spawn(sleep_traced(clock, 3s, alive));
    group.spawn(sleep_traced(clock, 10s, alive));
    EXPECT_EQ(run_task(context, clock, group.join(clock, clock.now() + 5s)), 1u);
    EXPECT_EQ(run_task(context, clock, group.join(clock, clock.now() + 1h)), 0u);
    EXPECT_EQ(clock.now(), Instant{} + 1h + 10s);
}

Task<void> wait_and_count(Signal& signal, Clock& clock, Instant when, int& woken) {
    co_await signal.wait_until(clock, when);
    ++woken;
}

TEST_F(Tasks, NotifyWakesEverybodyWhoWaits) {
    Signal signal;
    int woken = 0;
    for (int i = 0; i < 3; ++i) group.spawn(wait_and_count(signal, clock, clock.now() + 1h, woken));
    context.poll();
    EXPECT_EQ(woken, 0);
    signal.notify();
    context.restart();
    context.poll();
    EXPECT_EQ(woken, 3);
}

Task<void> notify_at_once(Signal& signal) {
    signal.notify();
    co_return;
}

TEST_F(Tasks, ACallRightAfterTheDecisionToWaitIsNotLost) {
    Signal signal;
    int woken = 0;
    auto const before = clock.now();
    group.spawn(wait_and_count(signal, clock, clock.now() + 1h, woken));
    group.spawn(notify_at_once(signal));
    run_until(context, clock, 2h, [&] { return woken == 1; });
    EXPECT_EQ(woken, 1);
    EXPECT_EQ(clock.now(), before);
}

TEST_F(Tasks, WithoutACallTheMomentEndsTheWait) {
    Signal signal;
    int woken = 0;
    auto const before = clock.now();
    group.spawn(wait_and_count(signal, clock, before + 1min, woken));
    run_until(context, clock, 2h, [&] { return woken == 1; });
    EXPECT_EQ(clock.now(), before + 1min);
    signal.notify();  // nobody waits: nothing must happen
    drain();
    EXPECT_EQ(woken, 1);
}

}  // namespace
}  // namespace dayfly
