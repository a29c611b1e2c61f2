// Reading what the boot program says of itself, and what the controller tells the program.
#include "controller/boot/progress.h"

#include <gmock/gmock.h>

#include "controller/base/digest.h"
#include "controller/boot/program.h"

namespace dayfly::boot {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Key;
using testing::Not;
using testing::Pair;

constexpr char building[] =
    "dayfly-boot 1\n"
    "now 1790000100\n"
    "stage build\n"
    "commit 3f9c2ab000000000000000000000000000000000\n"
    "port 3000 none\n"
    "clone 1790000000 1790000003 0\n"
    "install 1790000003 1790000003 skipped\n"
    "build 1790000003 - -\n"
    "log install\n"
    "log build\n"
    "|> shop@1.0.0 build\n"
    "|end\n"
    "end\n";

TEST(ReadReport, TellsStagesTimesPortAndLogs) {
    auto const progress = read_report(building);
    ASSERT_TRUE(progress) << progress.error().message;
    EXPECT_EQ(progress->now, 1790000100);
    EXPECT_EQ(progress->current, Stage::Build);
    EXPECT_EQ(progress->commit, "3f9c2ab000000000000000000000000000000000");
    EXPECT_EQ(progress->port, 3000);
    EXPECT_EQ(progress->listening, Listening::Nothing);
    EXPECT_EQ(progress->stages.at(Stage::Clone), (StageProgress{.started = 1790000000, .ended = 1790000003, .code = 0}));
    EXPECT_EQ(progress->stages.at(Stage::Install),
              (StageProgress{.started = 1790000003, .ended = 1790000003, .code = {}, .skipped = true}));
    EXPECT_EQ(progress->stages.at(Stage::Build), (StageProgress{.started = 1790000003}));
    EXPECT_FALSE(progress->stages.contains(Stage::Start));
    EXPECT_THAT(progress->logs.at(Stage::Build), ElementsAre("> shop@1.0.0 build", "end"));
}

TEST(ReadReport, EveryCutIsAFailureAndNotAQuietMachine) {
    std::string const whole = building;
    // "end" is complete without its newline.
    for (std::size_t length = 0; length < whole.size() - 1; ++length) {
        EXPECT_FALSE(read_report(whole.substr(0, length))) << whole.substr(0, length);
    }
}

TEST(ReadReport, WhatIsNoReportIsRefused) {
    for (auto const* text :
         {"", "sh: can't open '/dayfly/boot.sh'\n", "dayfly-boot 2\nend\n", "dayfly-boot 1\n|line without a log\nend\n",
          "dayfly-boot 1\nlog elsewhere\nend\n", "dayfly-boot 1\nbuild x y z\nend\n", "dayfly-boot 1\nbuild 1 2\nend\n"}) {
        EXPECT_FALSE(read_report(text)) << text;
    }
    EXPECT_FALSE(read_report("dayfly-boot 1\nlog build\n|" + std::string(1u << 20, 'x') + "\nend\n"));
}

TEST(ReadReport, NewerWordsArePassedOver) { EXPECT_TRUE(read_report("dayfly-boot 1\nweather fine today\nend\n")); }

TEST(StageThatFailed, IsKnownByTheExitCode) {
    EXPECT_EQ(stage_that_failed(21), (StageEnd{Stage::Clone, false}));
    EXPECT_EQ(stage_that_failed(22), (StageEnd{Stage::Install, false}));
    EXPECT_EQ(stage_that_failed(23), (StageEnd{Stage::Build, false}));
    EXPECT_EQ(stage_that_failed(24), (StageEnd{Stage::Start, false}));
    EXPECT_EQ(stage_that_failed(31), (StageEnd{Stage::Clone, true}));
    EXPECT_EQ(stage_that_failed(32), (StageEnd{Stage::Install, true}));
    EXPECT_EQ(stage_that_failed(33), (StageEnd{Stage::Build, true}));
    for (int const code : {0, 1, 20, 25, 34, 137, 143}) EXPECT_FALSE(stage_that_failed(code)) << code;
}

std::string const github = "https://github.com";

TEST(EnvironmentFor, NamesTheReferenceAndLeavesDetectedCommandsOut) {
    specs::Git const git{.repository = "acme/shop", .pull_request = 42, .path = "apps/web"};
    auto const environment = environment_for(git, {}, {.path = "/data", .kept = true}, nullptr, github);
    EXPECT_THAT(environment, Contains(Pair("DAYFLY_REPOSITORY", "https://github.com/acme/shop.git")));
    EXPECT_THAT(environment, Contains(Pair("DAYFLY_REF", "refs/pull/42/head")));
    EXPECT_THAT(environment, Contains(Pair("DAYFLY_PATH", "apps/web")));
    EXPECT_THAT(environment, Contains(Pair("DAYFLY_WORKSPACE", "/data")));
    EXPECT_THAT(environment, Contains(Pair("DAYFLY_STATE", "/data/.dayfly")));
    EXPECT_THAT(environment, Contains(Pair("DAYFLY_BUILD_SECONDS", "900")));
    for (auto const* name : {"DAYFLY_INSTALL", "DAYFLY_BUILD", "DAYFLY_START", "DAYFLY_COMMIT"})
        EXPECT_THAT(environment, Not(Contains(Key(name))));
}

TEST(EnvironmentFor, KeepsAnEmptyCommandApartFromADetectedOne) {
    auto const environment = environment_for({.repository = "https://git.example/shop", .branch = "$(reboot)"},
                                             {.install = "", .build = "make", .start = "run"}, {}, nullptr, github);
    EXPECT_THAT(environment, Contains(Pair("DAYFLY_INSTALL", "")));
    EXPECT_THAT(environment, Contains(Pair("DAYFLY_REF", "refs/heads/$(reboot)")));
    EXPECT_THAT(environment, Contains(Pair("DAYFLY_REPOSITORY", "https://git.example/shop")));
    EXPECT_THAT(environment, Not(Contains(Key("DAYFLY_STATE"))));
    std::string const worker = "work";
    EXPECT_THAT(environment_for({.repository = "/srv/shop"}, {.start = "run"}, {}, &worker, github),
                Contains(Pair("DAYFLY_START", "work")));
}

TEST(EnvironmentFor, ClonesAShortNameFromTheGithubThatIsMeant) {
    auto const url = [](std::string const& repository) {
        return environment_for({.repository = repository}, {}, {}, nullptr,
                               "https://git.acme.example:8443")["DAYFLY_REPOSITORY"];
    };
    EXPECT_EQ(url("acme/shop"), "https://git.acme.example:8443/acme/shop.git");
    EXPECT_EQ(url("https://github.com/acme/shop"), "https://github.com/acme/shop");
    EXPECT_EQ(url("git@git.acme.example:acme/shop"), "git@git.acme.example:acme/shop");
    EXPECT_EQ(url("/srv/shop"), "/srv/shop");
}

TEST(AddDigests, TellWhetherABuildStillStandsAndWhetherAFailureDoes) {
    auto const digests = [](auto change, std::string const& secrets = {}) {
        fly::MachineConfig config{.image = "node:22",
                                  .guest = {.cpu_kind = "shared", .cpus = 1, .memory_mb = 512},
                                  .env = {{"A", "b"}, {"DAYFLY_START", "run"}, {"DAYFLY_REPOSITORY", "x"}}};
        change(config);
        add_digests(config, secrets);
        return std::pair(config.env.at("DAYFLY_INPUTS"), config.env.at("DAYFLY_SPEC"));
    };
    auto const same = [](fly::MachineConfig&) {};
    auto const base = digests(same);
    EXPECT_EQ(digests(same), base);
    // What a build may depend on changes both.
    for (auto const& changed :
         {digests([](auto& config) { config.image = "node:24"; }), digests([](auto& config) { config.env["A"] = "c"; }),
          digests(same, "other secrets"), digests([](auto& config) { config.env["DAYFLY_REPOSITORY"] = "y"; })}) {
        EXPECT_NE(changed.first, base.first);
        EXPECT_NE(changed.second, base.second);
    }
    // The rest may mend a failure, and makes no build stale.
    for (auto const& changed : {digests([](auto& config) { config.guest.memory_mb = 1024; }),
                                digests([](auto& config) { config.env["DAYFLY_START"] = "other"; })}) {
        EXPECT_EQ(changed.first, base.first);
        EXPECT_NE(changed.second, base.second);
    }
}

TEST(ProgramText, IsTheFileAsItIs) {
    EXPECT_TRUE(program_text().starts_with("#!/bin/sh\n"));
    EXPECT_TRUE(program_text().ends_with("esac\n"));
    EXPECT_EQ(program_file().raw_value, base64(program_text()));
}

}  // namespace
}  // namespace dayfly::boot
