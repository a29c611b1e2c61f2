// A git source on its way up, on virtual time: followed until it is up, told about when it fails, and not tried again before
// something changed.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "controller/plan/marks.h"
#include "tests/simulation/scripted_runtime.h"
#include "tests/simulation/world.h"

namespace dayfly::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

std::string const first(40, 'a');
std::string const second(40, 'b');

/// What boot.sh prints while `stage` runs; earlier stages are done.
std::string report_of(std::string const& stage, std::string const& port = "none", std::string const& log = "working") {
    std::string text = "dayfly-boot 1\nnow 1790000110\nstage " + stage + "\nport 3000 " + port + "\n";
    for (auto const* name : {"clone", "install", "build", "start"}) {
        bool const current = stage == name;
        text += fmt::format("{} 1790000100 {} {}\n", name, current ? "-" : "1790000105", current ? "-" : "0");
        if (current) return text + fmt::format("log {}\n|{}\nend\n", name, log);
    }
    return text + "end\n";
}

Script up() {
    return {.report = [](std::int64_t) { return report_of("start", "all"); }};
}

/// Fails in `stage` after a minute; the program ends at once when it is started again.
Script failing(std::string const& stage, int code, std::vector<std::string> log) {
    return {
        .report = [stage](std::int64_t) { return report_of(stage); }, .ends_after = 60, .code = code, .log = std::move(log)};
}

class Booting : public testing::Test {
protected:
    static WorldOptions options() {
        WorldOptions options;
        options.controller.follow = true;
        options.clocks = true;
        return options;
    }

    void want(std::string const& spec = "  sleep: { after: off }\n") {
        world.want_yaml(
            "---\napiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata: { name: shop }\nspec:\n"
            "  source: { git: { repository: acme/shop, branch: main } }\n" +
            spec);
    }
    void start(std::string const& commit = first) {
        world.start();
        pass(seconds(5));
        tell(commit);
    }
    void tell(std::string const& commit) {
        world.controller().set_revision({.namespace_ = "default", .name = "shop"}, {.commit = commit});
    }

    bool until(Instant::duration limit, std::function<bool()> const& done) {
        return world.run(limit, [&] {
            runtime.tick();
            return done();
        });
    }
    void pass(Instant::duration time) {
        until(time, [] { return false; });
    }
    [[nodiscard]] reconcile::Status const& status() { return world.environment("shop")->status; }
    bool ready(Instant::duration limit = minutes(30)) {
        return until(limit, [&] { return reconcile::is_ready(status()); });
    }
    bool failed(Instant::duration limit = minutes(60)) {
        return until(limit, [&] { return status().failure.has_value(); });
    }
    [[nodiscard]] std::string step(std::string const& name) {
        auto const& steps = status().steps;
        auto const found = std::ranges::find(steps, name, &reconcile::StepStatus::name);
        return found == steps.end() ? "" : found->state;
    }

    World world{options()};
    ScriptedRuntime runtime{world.cloud(), world.clock()};
};

TEST_F(Booting, IsReadyOnceItsPortIsReachableAndNotBefore) {
    runtime.play({.report = [](std::int64_t since) {
        if (since < 30) return report_of("clone");
        if (since < 60) return report_of("install", "none", "added 1 package");
        if (since < 120) return report_of("build");
        return report_of("start", since < 150 ? "none" : since < 180 ? "loopback" : "all");
    }});
    want();
    start();
    ASSERT_TRUE(until(minutes(5), [&] { return status().state == "Installing"; })) << world.log();
    EXPECT_EQ(step("Clone"), "Done");
    ASSERT_TRUE(until(minutes(1), [&] { return step("Install") == "Running" && status().logs.contains("install"); }));
    EXPECT_THAT(status().logs.at("install").lines, Contains("added 1 package"));
    ASSERT_TRUE(until(minutes(5), [&] { return status().state == "Building"; }));
    auto const began = world.clock().now();
    ASSERT_TRUE(ready());
    EXPECT_GE(world.clock().now() - began, seconds(100)) << "clone and build take two minutes, listening one more";
    EXPECT_EQ(step("Build"), "Done");
    EXPECT_EQ(step("Start"), "Done");
    // One question every few seconds while somebody waits, and none any more afterwards.
    EXPECT_LT(runtime.execs, 60);
    EXPECT_EQ(runtime.asked.command.at(2), "report");
    auto const asked = runtime.execs;
    pass(hours(1));
    EXPECT_EQ(runtime.execs, asked);
    EXPECT_TRUE(reconcile::is_ready(status()));
}

TEST_F(Booting, IsNotAskedAgainByASuccessorOfThisProcess) {
    runtime.play(up());
    want();
    start();
    ASSERT_TRUE(ready()) << world.log();
    pass(minutes(2));
    auto const asked = runtime.execs;
    world.kill();
    world.cloud().reset_journal();
    start();
    ASSERT_TRUE(ready(minutes(2)));
    pass(minutes(2));
    EXPECT_EQ(runtime.execs, asked);
    EXPECT_EQ(world.cloud().writes(), 0u);
}

TEST_F(Booting, AFailedBuildSaysWhyAndIsNotTriedAgain) {
    runtime.play(
        failing("build", 23, {"dayfly: build: npm run build", "src/a.ts(3): error", "dayfly: build: ended with exit code 2"}));
    want();
    start();
    ASSERT_TRUE(failed()) << world.log();
    EXPECT_EQ(status().failure->code, "BuildFailed");
    EXPECT_EQ(status().failure->message, "build of machine web-0 failed");
    EXPECT_THAT(status().failure->hint, HasSubstr("--step build"));
    EXPECT_THAT(status().failure->lines, Contains("src/a.ts(3): error"));
    EXPECT_FALSE(status().failure->retry_at);
    EXPECT_EQ(status().state, "Stalled");
    EXPECT_EQ(step("Build"), "Failed");
    EXPECT_THAT(status().logs.at("build").lines, Contains("dayfly: build: ended with exit code 2"));

    pass(minutes(20));  // Fly's own restarts come to their end
    auto const launched = runtime.launches;
    auto const asked = runtime.execs;
    world.cloud().reset_journal();
    pass(hours(6));
    EXPECT_EQ(runtime.launches, launched);
    EXPECT_EQ(runtime.execs, asked);
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();

    // A successor of this process knows it from the machine's mark.
    world.kill();
    start();
    ASSERT_TRUE(failed(minutes(2)));
    EXPECT_EQ(status().failure->code, "BuildFailed");
    pass(hours(1));
    EXPECT_EQ(world.cloud().writes(), 0u);
    EXPECT_EQ(runtime.launches, launched);
}

TEST_F(Booting, ANewCommitTriesAgain) {
    runtime.play(failing("install", 22, {"dayfly: install: npm ci", "npm error"}));
    want("  sleep: { after: off }\n");
    start();
    ASSERT_TRUE(failed());
    EXPECT_EQ(status().failure->code, "InstallFailed");
    pass(hours(1));
    world.cloud().reset_journal();
    runtime.play(up());
    tell(second);
    ASSERT_TRUE(ready()) << world.log();
    EXPECT_FALSE(status().failure);
    EXPECT_EQ(world.cloud().count("update_machine"), 1u);
    EXPECT_EQ(status().revision_running, second);
}

TEST_F(Booting, APersonsWordTriesAgainOnceWhateverFailed) {
    auto const ask = [&] {
        world.cloud().reset_journal();
        auto const launched = runtime.launches;
        ASSERT_TRUE(world.controller().reconcile_now({.namespace_ = "default", .name = "shop"}));
        ASSERT_TRUE(until(minutes(5), [&] { return runtime.launches > launched; })) << world.log();
        EXPECT_EQ(world.cloud().count("update_machine"), 1u);
    };
    runtime.play(failing("install", 22, {}));
    want();
    start();
    ASSERT_TRUE(failed());
    pass(minutes(10));
    runtime.play({.report = [](std::int64_t since) {
        return since < 300 ? report_of("start")
                           : "dayfly-boot 1\nnow 1790000400\nstage start\nport 3000 none\n"
                             "start 1790000000 - -\nend\n";
    }});
    ask();
    ASSERT_TRUE(until(minutes(30), [&] { return status().failure && status().failure->code == "StartFailed"; }));
    auto const launched = runtime.launches;
    pass(hours(2));
    EXPECT_EQ(runtime.launches, launched) << "one wish is one try";

    // A successor, which knows of the failure from the machine's mark alone, does as it is told too.
    world.kill();
    start();
    ASSERT_TRUE(failed(minutes(2)));
    runtime.play(up());
    ask();
    ASSERT_TRUE(ready()) << world.log();
    EXPECT_FALSE(status().failure);
    world.cloud().reset_journal();
    ASSERT_TRUE(world.controller().reconcile_now({.namespace_ = "default", .name = "shop"}));
    pass(minutes(5));
    EXPECT_EQ(world.cloud().writes(), 0u) << "what is up is left alone";
}

TEST_F(Booting, AStageThatFailedIsNotRepeatedByTheRestartPolicy) {
    runtime.play(failing("build", 23, {}));
    want("  sleep: { after: off }\n  volume: null\n  machine: { restart: always }\n");
    start();
    ASSERT_TRUE(failed());
    pass(minutes(5));
    EXPECT_EQ(world.cloud().count("stop_machine"), 1u)
        << "nothing on a volume remembers the failure, and Fly starts it for ever";
    EXPECT_EQ(status().state, "Stalled");
    EXPECT_EQ(status().failure->code, "BuildFailed");
    auto const launched = runtime.launches;
    EXPECT_LE(launched, 3);
    pass(hours(6));
    EXPECT_EQ(runtime.launches, launched);
    runtime.play(up());
    tell(second);
    ASSERT_TRUE(ready()) << world.log();
}

TEST_F(Booting, AChangedSpecTriesAgain) {
    runtime.play(failing("build", 33, {}));
    want();
    start();
    ASSERT_TRUE(failed());
    EXPECT_EQ(status().failure->code, "Timeout");
    EXPECT_THAT(status().failure->hint, HasSubstr("timeouts"));
    pass(minutes(10));
    runtime.play(up());
    want("  machine: { size: shared-cpu-4x }\n  sleep: { after: off }\n");
    ASSERT_TRUE(ready()) << world.log();
}

TEST_F(Booting, NothingThatListensAndLoopbackOnlyAreToldApart) {
    runtime.play({.report = [](std::int64_t) {
        return "dayfly-boot 1\nnow 1790000400\nstage start\nport 3000 none\nstart 1790000000 - -\nlog start\n|ready in 3 "
               "s\nend\n";
    }});
    want();
    start();
    ASSERT_TRUE(failed());
    EXPECT_EQ(status().failure->code, "StartFailed");
    EXPECT_EQ(status().failure->message, "nothing listens on port 3000 of machine web-0 after 300 s");
    EXPECT_THAT(status().failure->lines, Contains("ready in 3 s"));
    runtime.play({.report = [](std::int64_t) {
        return "dayfly-boot 1\nnow 1790000400\nstage start\nport 3000 loopback\nstart 1790000000 - -\nend\n";
    }});
    tell(second);
    ASSERT_TRUE(
        until(minutes(30), [&] { return status().failure && status().failure->message.find("only") != std::string::npos; }));
    EXPECT_THAT(status().failure->message, HasSubstr("listens on 127.0.0.1:3000 only"));
    EXPECT_THAT(status().failure->hint, HasSubstr("0.0.0.0"));
}

TEST_F(Booting, WhatDidNotComeUpSleepsLikeAnythingElseThatIsNotUsed) {
    runtime.play({.report = [](std::int64_t) {
        return "dayfly-boot 1\nnow 1790000400\nstage start\nport 3000 none\nstart 1790000000 - -\nend\n";
    }});
    want("  sleep: { after: 1h }\n");
    start();
    ASSERT_TRUE(failed());
    pass(hours(4));
    EXPECT_EQ(world.cloud().count("stop_machine"), 1u) << world.log();
    EXPECT_EQ(status().failure->code, "StartFailed") << "and it still says why";
    auto const idle = std::ranges::find(status().events, "Idle", &reconcile::Event::reason);
    ASSERT_NE(idle, status().events.end());
    EXPECT_EQ(idle->count, 1u);
}

TEST_F(Booting, AnAppThatEndsAtItsStartFailsAfterFlysOwnRestarts) {
    runtime.play({.report = [](std::int64_t) { return report_of("start", "none"); },
                  .ends_after = 5,
                  .code = 24,
                  .log = {"dayfly: start: npm start", "no database", "dayfly: start: ended with exit code 1"}});
    want();
    start();
    ASSERT_TRUE(failed());
    EXPECT_EQ(status().failure->code, "StartFailed");
    EXPECT_THAT(status().failure->lines, Contains("no database"));
    EXPECT_GT(runtime.launches, 1);
    world.cloud().reset_journal();
    auto const launched = runtime.launches;
    pass(hours(3));
    EXPECT_EQ(runtime.launches, launched);
    EXPECT_EQ(world.cloud().count("start_machine") + world.cloud().count("update_machine"), 0u);
}

TEST_F(Booting, ACrashAfterAnHourIsNoFailureOfTheBuild) {
    auto script = up();
    script.ends_after = 3600;
    script.code = 24;
    runtime.play(script);
    want("  sleep: { after: off }\n");
    start();
    ASSERT_TRUE(ready());
    runtime.play(up());
    world.cloud().reset_journal();
    pass(hours(2));
    EXPECT_EQ(runtime.launches, 2) << "its restart policy started it again";
    EXPECT_TRUE(reconcile::is_ready(status()));
    EXPECT_FALSE(status().failure);
    EXPECT_EQ(world.cloud().count("update_machine"), 0u);
}

TEST_F(Booting, AMachineThatIsPutToSleepMeanwhileIsFollowedAgainWhenItWakes) {
    runtime.play({.report = [](std::int64_t) { return report_of("build"); }});
    want("  sleep: { after: 24h }\n");
    start();
    ASSERT_TRUE(until(minutes(5), [&] { return status().state == "Building"; }));
    auto const app = world.environment("shop")->app;
    ASSERT_TRUE(world.cloud().external().idle_machine(app, runtime.last_machine));
    pass(minutes(5));
    EXPECT_FALSE(status().failure) << status().failure->message;
    EXPECT_EQ(status().state, "Sleeping");
    runtime.play(up());
    ASSERT_TRUE(world.cloud().external().wake_machine(app, runtime.last_machine));
    pass(minutes(5));
    EXPECT_TRUE(reconcile::is_ready(status()));
    EXPECT_EQ(status().state, "Running");
}

TEST_F(Booting, ANewerCommitWinsOverARunningBuild) {
    runtime.play(failing("build", 23, {}));
    want();
    start();
    ASSERT_TRUE(until(minutes(5), [&] { return status().state == "Building"; }));
    runtime.play(up());
    tell(second);
    ASSERT_TRUE(ready());
    pass(minutes(30));
    EXPECT_TRUE(reconcile::is_ready(status()));
    EXPECT_FALSE(status().failure);
    EXPECT_EQ(status().revision_running, second);
}

TEST_F(Booting, SecretsAreMaskedInEveryLog) {
    world.variables()["DB"] = "marked-secret-value";
    runtime.play({.report = [](std::int64_t) { return report_of("build", "none", "connecting to marked-secret-value"); },
                  .ends_after = 60,
                  .code = 23,
                  .log = {"dayfly: build: x", "still marked-secret-value"}});
    want("  sleep: { after: off }\n  secrets: [{ name: DATABASE_URL, from: { env: DB } }]\n");
    start();
    ASSERT_TRUE(failed());
    auto const& lines = status().logs.at("build").lines;
    EXPECT_THAT(lines, Contains(HasSubstr("***")));
    for (auto const& line : lines) EXPECT_THAT(line, Not(HasSubstr("marked-secret-value")));
    for (auto const& line : status().failure->lines) EXPECT_THAT(line, Not(HasSubstr("marked-secret-value")));
    EXPECT_THAT(world.log(), Not(HasSubstr("marked-secret-value")));
}

TEST_F(Booting, AMachineThatCannotBeAskedForAWhileIsNotAFailure) {
    world.cloud().faults().add({.kind = fly_sim::FaultKind::Status, .action = "exec_machine", .count = 10, .status = 503});
    runtime.play(up());
    want();
    start();
    EXPECT_TRUE(ready());
}

TEST_F(Booting, ATokenThatMayNotAskLeavesItToFlysOwnWord) {
    world.cloud().faults().add(
        {.kind = fly_sim::FaultKind::Status, .action = "exec_machine", .status = 403, .body = R"({"error":"unauthorized"})"});
    runtime.play(up());
    want();
    start();
    ASSERT_TRUE(ready());
    EXPECT_TRUE(std::ranges::any_of(status().events, [](auto const& event) { return event.reason == "ProgressUnknown"; }));
}

}  // namespace
}  // namespace dayfly::test
