// Every exchange is told once, with how long it took.
#include "controller/fly_rest/observed_wire.h"

#include <vector>

#include "controller/base/parallel.h"
#include "tests/unit/fly_rest/rest_fixture.h"

namespace dayfly::fly_rest {
namespace {

class Observed : public RestFixture {
protected:
    std::vector<std::string> lines;
    Log log{LogLevel::Debug, LogFormat::Text, [this](LogLevel, std::string const& line) { lines.push_back(line); }};
};

TEST_F(Observed, TellsAnswersAndFailures) {
    wire.answer(fly::Reply{.status = 422, .request_id = "01J-fra"});
    wire.answer(failure(ErrorKind::Ambiguous, "closed"));
    std::vector<std::string> seen;
    ObservedWire observed(clock, log, wire, [&](fly::Call const& call, Result<fly::Reply> const& reply, Instant::duration) {
        seen.push_back(std::string(to_string(call.action)) + " " + (reply ? std::to_string(reply->status) : "error"));
    });
    EXPECT_EQ(run(observed.exchange({.action = fly::Action::GetApp, .app = "shop", .id = "shop"}))->status, 422);
    EXPECT_FALSE(run(observed.exchange({.action = fly::Action::CreateApp, .app = "shop", .id = "shop"})));
    EXPECT_EQ(seen, (std::vector<std::string>{"get_app 422", "create_app error"}));
    ASSERT_EQ(lines.size(), 2u);
    for (auto const* part : {"action=get_app", "app=shop", "status=422", "took_ms=0", "request_id=01J-fra"}) {
        EXPECT_NE(lines[0].find(part), std::string::npos) << lines[0];
    }
    EXPECT_NE(lines[1].find("status=Ambiguous"), std::string::npos) << lines[1];
}

class SlowWire final : public fly::Wire {
public:
    explicit SlowWire(Clock& clock) : clock_(clock) {}
    Task<Result<fly::Reply>> exchange(fly::Call) override {
        co_await clock_.sleep_for(milliseconds(250));
        co_return fly::Reply{.status = 200};
    }

private:
    Clock& clock_;
};

TEST_F(Observed, MeasuresOnTheGivenClock) {
    SlowWire slow(clock);
    Instant::duration measured{};
    ObservedWire observed(clock, Log::none(), slow, [&](auto const&, auto const&, Instant::duration took) { measured = took; });
    ASSERT_TRUE(run(observed.exchange({.action = fly::Action::GetApp})));
    EXPECT_EQ(measured, milliseconds(250));
}

TEST_F(Observed, WorksWithoutAnObserver) {
    wire.answer(200);
    ObservedWire observed(clock, Log::none(), wire, {});
    EXPECT_TRUE(run(observed.exchange({.action = fly::Action::GetApp})));
}

TEST_F(Observed, CountsWhatIsUnderWay) {
    SlowWire slow(clock);
    std::vector<std::size_t> counts;
    ObservedWire observed(clock, Log::none(), slow, {}, [&](std::size_t calls) { counts.push_back(calls); });
    std::vector<Task<Result<fly::Reply>>> both;
    for (int i = 0; i < 2; ++i) both.push_back(observed.exchange({.action = fly::Action::GetApp}));
    EXPECT_EQ(run(run_all(std::move(both))).size(), 2u);
    EXPECT_EQ(counts, (std::vector<std::size_t>{1, 2, 1, 0}));
}

}  // namespace
}  // namespace dayfly::fly_rest
