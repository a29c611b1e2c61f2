// What a git source's way up looks like to people: steps, logs, and the reason when it does not come up.
#include "controller/reconcile/boot_status.h"

#include <gmock/gmock.h>

namespace dayfly::reconcile {
namespace {

using boot::Listening;
using boot::Progress;
using boot::Stage;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

BootWatch const watch{.environment = {}, .port = 3000, .start = std::chrono::seconds(300), .limit = std::chrono::seconds(2000)};

/// The app has run for `seconds` and listens like that.
Progress running(std::int64_t seconds, Listening listening) {
    return {.now = 1000 + seconds,
            .current = Stage::Start,
            .port = 3000,
            .listening = listening,
            .stages = {{Stage::Clone, {.started = 900, .ended = 910, .code = 0}}, {Stage::Start, {.started = 1000}}}};
}

fly::Machine ended(int code, std::string state = "stopped") {
    return {.name = "web-0",
            .state = std::move(state),
            .events = {{.type = "exit", .exit_code = code}, {.type = "exit", .exit_code = 0}}};
}

TEST(JudgeBoot, IsUpOnceSomethingReachableListens) {
    EXPECT_TRUE(judge_boot(running(1, Listening::All), watch, "web-0").up);
    auto const waiting = judge_boot(running(299, Listening::Nothing), watch, "web-0");
    EXPECT_FALSE(waiting.up);
    EXPECT_FALSE(waiting.failure);
    EXPECT_FALSE(judge_boot({.current = Stage::Build}, watch, "web-0").up);
    BootWatch const worker{};
    EXPECT_TRUE(judge_boot(running(1, Listening::Nothing), worker, "worker-0").up) << "nobody has to reach a worker";
}

TEST(JudgeBoot, TellsAPortThatNobodyListensOnFromOneOnLoopback) {
    auto const nothing = judge_boot(running(300, Listening::Nothing), watch, "web-0").failure;
    ASSERT_TRUE(nothing);
    EXPECT_EQ(nothing->reason, "StartFailed");
    EXPECT_EQ(nothing->message, "nothing listens on port 3000 of machine web-0 after 300 s");
    auto const loopback = judge_boot(running(300, Listening::LoopbackOnly), watch, "web-0").failure;
    ASSERT_TRUE(loopback);
    EXPECT_EQ(loopback->reason, "StartFailed");
    EXPECT_THAT(loopback->message, HasSubstr("listens on 127.0.0.1:3000 only"));
    EXPECT_THAT(loopback->hint, HasSubstr("0.0.0.0"));
}

TEST(JudgeBoot, NamesTheStageThatFailed) {
    auto const with = [](Stage stage, int code) {
        Progress progress{.current = stage};
        progress.stages[stage] = {.started = 1, .ended = 2, .code = code};
        return judge_boot(progress, watch, "web-0");
    };
    EXPECT_EQ(with(Stage::Clone, 21).failure->reason, "CloneFailed");
    EXPECT_EQ(with(Stage::Install, 22).failure->reason, "InstallFailed");
    EXPECT_EQ(with(Stage::Build, 23).failure->reason, "BuildFailed");
    EXPECT_EQ(with(Stage::Build, 23).failed, Stage::Build);
    EXPECT_EQ(with(Stage::Install, 32).failure->reason, "Timeout");
    EXPECT_FALSE(with(Stage::Start, 24).failure) << "its restart policy starts it again first";
    EXPECT_FALSE(with(Stage::Install, 0).failure);
}

TEST(JudgeEnd, KnowsTheStageByTheExitCode) {
    EXPECT_EQ(judge_end(ended(21), watch).failure->reason, "CloneFailed");
    EXPECT_EQ(judge_end(ended(22), watch).failure->reason, "InstallFailed");
    EXPECT_EQ(judge_end(ended(23), watch).failure->reason, "BuildFailed");
    EXPECT_EQ(judge_end(ended(33), watch).failure->reason, "Timeout");
    EXPECT_EQ(judge_end(ended(24), watch).failure->reason, "StartFailed");
    EXPECT_EQ(judge_end(ended(20), watch).failure->reason, "CloneFailed");
    EXPECT_EQ(judge_end(ended(1), watch).failure->reason, "StartFailed");
}

TEST(JudgeEnd, WaitsForTheRestartPolicyOnlyWhenTheAppEnded) {
    EXPECT_FALSE(judge_end(ended(24, "starting"), watch).failure);
    EXPECT_TRUE(judge_end(ended(23, "starting"), watch).failure);
    EXPECT_FALSE(judge_end({.name = "web-0", .state = "starting"}, watch).failure);
}

TEST(JudgeEnd, AStopThatWasAskedForIsNoFailure) {
    fly::Machine const stopped{
        .name = "web-0", .state = "stopped", .events = {{.type = "exit", .exit_code = 143, .requested_stop = true}}};
    auto const verdict = judge_end(stopped, watch);
    EXPECT_FALSE(verdict.up);
    EXPECT_FALSE(verdict.failure);
}

TEST(JudgeEnd, SaysThatMemoryRanOut) {
    fly::Machine const killed{
        .name = "web-0", .state = "stopped", .events = {{.type = "exit", .exit_code = 137, .oom_killed = true}}};
    EXPECT_THAT(judge_end(killed, watch).failure->message, HasSubstr("ran out of memory"));
}

TEST(ShowProgress, BecomesStepsWithTheirTimesAndLastLines) {
    Status status;
    auto const now = WallTime(std::chrono::seconds(5000));
    Progress progress{.now = 1100, .current = Stage::Build};
    progress.stages = {{Stage::Clone, {.started = 1000, .ended = 1003, .code = 0}},
                       {Stage::Install, {.started = 1003, .ended = 1003, .code = {}, .skipped = true}},
                       {Stage::Build, {.started = 1003}}};
    progress.logs[Stage::Build] = {"one", "with \x1b[31mhunter2\x1b[0m inside"};
    show_progress(status, progress, {{"KEY", Secret("hunter2")}}, now);
    auto const step = [&](std::string const& name) { return *std::ranges::find(status.steps, name, &StepStatus::name); };
    EXPECT_EQ(step("Clone").state, "Done");
    EXPECT_EQ(*step("Clone").started, now - std::chrono::seconds(100));
    EXPECT_EQ(*step("Clone").ended, now - std::chrono::seconds(97));
    EXPECT_EQ(step("Install").message, "nothing to do");
    EXPECT_EQ(step("Build").state, "Running");
    EXPECT_EQ(step("Build").message, "with *** inside");
    EXPECT_EQ(status.state, "Building");
    EXPECT_THAT(status.logs.at("build").lines, ElementsAre("one", "with *** inside"));

    progress.current = Stage::Start;
    progress.stages[Stage::Build] = {.started = 1003, .ended = 1090, .code = 0};
    progress.stages[Stage::Start] = {.started = 1090};
    progress.port = 3000;
    progress.listening = Listening::LoopbackOnly;
    show_progress(status, progress, {}, now);
    EXPECT_EQ(step("Start").state, "Running");
    EXPECT_EQ(step("Start").message, "listens on 127.0.0.1:3000 only");
    begin_boot(status, now);
    EXPECT_TRUE(status.logs.empty());
    EXPECT_EQ(step("Build").state, "Pending");
}

TEST(TakeLines, AddsWhatIsNewAndKeepsTheEnd) {
    StageLog log;
    take_lines(log, {"a", "b"});
    take_lines(log, {"b", "c"});
    EXPECT_THAT(log.lines, ElementsAre("a", "b", "c"));
    take_lines(log, {"b", "c"});
    EXPECT_EQ(log.total, 3u);
    take_lines(log, {"x", "y"});
    EXPECT_THAT(log.lines, ElementsAre("a", "b", "c", "x", "y"));
    for (int i = 0; i < 1000; ++i) take_lines(log, {std::to_string(i)});
    EXPECT_EQ(log.lines.size(), 200u);
    EXPECT_EQ(log.lines.back(), "999");
    EXPECT_EQ(log.total, 1005u);
}

TEST(LinesOf, IsWhatTheStageWroteLast) {
    std::vector<std::string> const output{"dayfly: install: npm ci",
                                          "old",
                                          "dayfly: build: npm run build",
                                          "first try",
                                          "dayfly: install: npm ci",
                                          "added",
                                          "dayfly: build: npm run build",
                                          "broken",
                                          "dayfly: build: ended with exit code 1",
                                          "dayfly: build failed with this commit and this spec before; waiting"};
    EXPECT_THAT(lines_of(Stage::Build, output),
                ElementsAre("dayfly: build: npm run build", "broken", "dayfly: build: ended with exit code 1"));
    EXPECT_THAT(lines_of(Stage::Clone, {"something"}), ElementsAre("something")) << "its beginning may have been dropped";
    EXPECT_THAT(lines_of(Stage::Clone, {}), IsEmpty());
}

TEST(BootFailures, HaveAHintEach) {
    for (auto const* reason : {"CloneFailed", "InstallFailed", "BuildFailed", "StartFailed", "Timeout", "HealthFailed"}) {
        EXPECT_TRUE(is_boot_failure(reason));
        EXPECT_FALSE(boot_failure_hint(reason).empty());
    }
    EXPECT_FALSE(is_boot_failure("Suspended"));
    EXPECT_FALSE(is_boot_failure("up"));
}

}  // namespace
}  // namespace dayfly::reconcile
