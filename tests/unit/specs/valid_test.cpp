// What a valid file means: defaults, and every way to write a value.
#include <gtest/gtest.h>

#include "tests/unit/specs/spec_files.h"

namespace dayfly::specs {
namespace {

using namespace std::chrono_literals;

TEST(Load, FillsInWhatTheShortestGitSpecLeavesOut) {
    auto const environment =
        only(load_text(object("  source:\n    git: { repository: acme/shop, pullRequest: 42 }\n", "shop-pr-42")));

    EXPECT_EQ(environment.key.text(), "default/shop-pr-42");
    ASSERT_TRUE(environment.spec.git);
    EXPECT_EQ(environment.spec.git->pull_request, 42);
    EXPECT_EQ(environment.spec.git->path, ".");
    EXPECT_EQ(environment.spec.region, "dfw");
    EXPECT_EQ(environment.spec.machine,
              (Machine{.size = "shared-cpu-2x", .memory_mb = 1024, .count = 1, .restart = "on-failure"}));
    ASSERT_TRUE(environment.spec.volume);
    EXPECT_EQ(*environment.spec.volume, (Volume{.size_gb = 10, .mount_path = "/workspace"}));
    ASSERT_TRUE(environment.spec.service);
    EXPECT_EQ(environment.spec.service->port, 3000);
    EXPECT_TRUE(environment.spec.service->force_https);
    EXPECT_FALSE(environment.spec.service->health);
    EXPECT_EQ(environment.spec.sleep.after, 1h);
    EXPECT_EQ(environment.spec.ttl, 72h);
}

TEST(Load, GivesAnImageNoVolumeUnlessItAsksForOne) {
    EXPECT_FALSE(only(load_text(image_object(""))).spec.volume);
    EXPECT_EQ(only(load_text(image_object("  volume: { size: 3Gi }\n"))).spec.volume->size_gb, 3);
}

TEST(Load, TakesNullForNoVolumeAndNoService) {
    auto const environment = only(load_text(object("  source: { git: { repository: a/b } }\n  volume: null\n  service:\n")));

    EXPECT_FALSE(environment.spec.volume);
    EXPECT_FALSE(environment.spec.service);
}

TEST(Load, ReadsTheWordsThatYamlTakesForBooleans) {
    auto const environment = only(
        load_text(image_object("  machine: { restart: no }\n  sleep: { after: off }\n  env: { A: on, B: 1.10, C: yes }\n")));

    EXPECT_EQ(environment.spec.machine.restart, "no");
    EXPECT_EQ(environment.spec.sleep.policy, SleepPolicy::Off);
    EXPECT_EQ(environment.spec.env, (StringMap{{"A", "on"}, {"B", "1.10"}, {"C", "yes"}}));
}

TEST(Load, ReadsDurationsWithDaysAndQuantitiesInBothUnits) {
    auto const environment = only(load_text(
        image_object("  ttl: 3d\n  sleep: { after: 1h30m }\n  machine: { memory: 1.5Gi }\n  volume: { size: 2048Mi }\n")));

    EXPECT_EQ(environment.spec.ttl, 72h);
    EXPECT_EQ(environment.spec.sleep.after, 90min);
    EXPECT_EQ(environment.spec.machine.memory_mb, 1536);
    EXPECT_EQ(environment.spec.volume->size_gb, 2);
}

TEST(Load, ReadsQuantitiesInEveryBinaryUnitOfKubernetes) {
    for (auto const* const memory : {"1Gi", "1024Mi", "1048576Ki", "1073741824", "0.0009765625Ti"}) {
        auto const machine = only(load_text(image_object("  machine: { memory: " + std::string(memory) + " }\n"))).spec.machine;
        EXPECT_EQ(machine.memory_mb, 1024) << memory;
    }
}

TEST(Load, CountsCharactersAndNotTheirBytes) {
    std::string text;
    for (int count = 0; count < 4'096; ++count) text += "ä";
    auto const spec = object("  source: { git: { repository: a/b } }\n  runtime: { start: \"" + text + "\" }\n");
    EXPECT_EQ(only(load_text(spec)).spec.runtime.start, text);
    auto const longer =
        problem_texts(load_text(object("  source: { git: { repository: a/b } }\n  runtime: { start: \"ä" + text + "\" }\n")));
    EXPECT_EQ(longer,
              std::vector<std::string>{"a.yaml:6:21: spec.runtime.start: the text has 4097 characters; write at most 4096"});
}

TEST(Load, ReadsTheWordsThatStandForDurations) {
    auto const environment =
        only(load_text(image_object("  ttl: never\n  sleep: { after: auto, mode: suspend, wake: manual }\n")));

    EXPECT_EQ(environment.spec.ttl, std::nullopt);
    EXPECT_EQ(environment.spec.sleep.policy, SleepPolicy::Auto);
    EXPECT_EQ(environment.spec.sleep.mode, SleepMode::Suspend);
    EXPECT_FALSE(environment.spec.sleep.wake_on_request);
}

TEST(Load, GivesASizeTheLeastMemoryItCanHaveWhenNoneIsWritten) {
    EXPECT_EQ(only(load_text(image_object("  machine: { size: performance-2x }\n"))).spec.machine.memory_mb, 4096);
    EXPECT_EQ(only(load_text(image_object("  machine: { size: shared-cpu-1x }\n"))).spec.machine.memory_mb, 1024);
}

TEST(Load, GivesProcessesAndCompanionsASmallMachine) {
    auto const spec = only(load_text(image_object(
                               "  processes: { worker: { start: run, count: 3 } }\n  companions: { db: { image: redis } }\n")))
                          .spec;

    EXPECT_EQ(spec.processes.at("worker").machine, (Machine{.size = "shared-cpu-1x", .memory_mb = 512, .count = 3}));
    EXPECT_EQ(spec.companions.at("db").machine, (Machine{.size = "shared-cpu-1x", .memory_mb = 512, .count = 1}));
    EXPECT_FALSE(spec.companions.at("db").volume);
}

TEST(Load, TellsAnEmptyCommandFromNone) {
    auto const runtime =
        only(load_text(object("  source: { git: { repository: a/b } }\n  runtime: { install: \"\", start: run }\n")))
            .spec.runtime;

    EXPECT_EQ(runtime.install, "");
    EXPECT_EQ(runtime.build, std::nullopt);
    EXPECT_EQ(runtime.start, "run");
}

TEST(Load, ReadsJson) {
    auto const environment =
        only(load_text(R"({"apiVersion":"dayfly.dev/v1alpha1","kind":"PreviewEnvironment","metadata":{"name":"shop"},)"
                       R"("spec":{"source":{"image":"nginx"},"env":{"A":"a\"bé"},"service":null}})"));

    EXPECT_EQ(environment.spec.env.at("A"), "a\"bé");
    EXPECT_FALSE(environment.spec.service);
}

TEST(Load, ReadsCharactersThatJsonWritesAsTwoHalves) {
    auto const environment =
        only(load_text(R"({"apiVersion":"dayfly.dev/v1alpha1","kind":"PreviewEnvironment","metadata":{"name":"shop"},)"
                       R"("spec":{"source":{"image":"nginx"},"env":{"A":"\ud83d\ude80!","B":"\\ud83d\\ude80"}}})"));

    EXPECT_EQ(environment.spec.env.at("A"), "🚀!");
    EXPECT_EQ(environment.spec.env.at("B"), "\\ud83d\\ude80");
}

TEST(Load, ReadsAnchorsAndBlockText) {
    auto const environment =
        only(load_text(object("  source: { git: { repository: a/b } }\n"
                              "  runtime:\n    build: |\n      set -e\n      make\n"
                              "  processes:\n    a: &part { start: run }\n    b: *part\n")));

    EXPECT_EQ(environment.spec.runtime.build, "set -e\nmake\n");
    EXPECT_EQ(environment.spec.processes.at("b").start, "run");
}

TEST(Load, IgnoresTheStatusThatTheControllerWrote) {
    EXPECT_EQ(only(load_text(image_object("status: { state: Running, anything: [1] }\n"))).key.name, "shop");
}

TEST(Load, RemembersWhereTheObjectStands) {
    auto const loaded = load_text("# first\n---\n" + image_object("", "one") + "---\n" + image_object("", "two"));

    ASSERT_EQ(loaded.environments.size(), 2u);
    EXPECT_EQ(loaded.environments[0].location, (Location{"a.yaml", 3, 1}));
    EXPECT_EQ(loaded.environments[1].location, (Location{"a.yaml", 9, 1}));
}

}  // namespace
}  // namespace dayfly::specs
