// The controller's partial defaults, laid under what an object writes.
#include <gtest/gtest.h>

#include "tests/unit/specs/spec_files.h"

namespace dayfly::specs {
namespace {

using namespace std::chrono_literals;

TEST(Defaults, LieUnderTheObjectAndAboveTheBuiltInOnes) {
    auto const spec =
        only(load_text(
                 image_object("  machine: { memory: 2Gi }\n  env: { A: own }\n"),
                 R"({"region": "ord", "machine": {"size": "shared-cpu-4x", "memory": "4Gi"}, "env": {"A": "x", "B": "y"}})"))
            .spec;

    EXPECT_EQ(spec.region, "ord");
    EXPECT_EQ(spec.machine.size, "shared-cpu-4x");
    EXPECT_EQ(spec.machine.memory_mb, 2048);
    EXPECT_EQ(spec.machine.count, 1);
    EXPECT_EQ(spec.env, (StringMap{{"A", "own"}, {"B", "y"}}));
}

TEST(Defaults, GiveWayToNullAndToLists) {
    auto const spec =
        only(load_text(image_object("  service: null\n  volume: null\n  fallbackRegions: [iad]\n"),
                       R"({"service": {"port": 1}, "volume": {"size": "1Gi"}, "fallbackRegions": ["ord", "lax"]})"))
            .spec;

    EXPECT_FALSE(spec.service);
    EXPECT_FALSE(spec.volume);
    EXPECT_EQ(spec.fallback_regions, std::vector<std::string>{"iad"});
}

TEST(Defaults, GiveWayToTheObjectsChoiceOfSource) {
    std::string const defaults =
        R"({"source": {"git": {"repository": "acme/shop", "path": "apps/web"}}, "runtime": {"image": "node:22"}})";

    auto const image = only(load_text(image_object(""), defaults)).spec;
    EXPECT_EQ(image.image, "nginx");
    EXPECT_FALSE(image.git);
    EXPECT_EQ(image.runtime, Runtime{});

    auto const git = only(load_text(object("  source: { git: { pullRequest: 4 } }\n"), defaults)).spec;
    EXPECT_EQ(git.git->repository, "acme/shop");
    EXPECT_EQ(git.git->path, "apps/web");
    EXPECT_EQ(git.runtime.image, "node:22");
}

TEST(Defaults, TheirMistakesAreToldOnceAndSpareNoObject) {
    auto const loaded = load_text(image_object("", "one") + "---\n" + image_object("", "two"),
                                  R"({"regoin": "ord", "sleep": {"after": "1m"}})");

    EXPECT_EQ(
        problem_texts(loaded),
        (std::vector<std::string>{"defaults:1:2: spec.regoin: unknown field 'regoin', did you mean 'region'?",
                                  "defaults:1:38: spec.sleep.after: '1m' is too short; write 5m to 720h, or off, or auto"}));
    EXPECT_TRUE(loaded.environments.empty());
    EXPECT_EQ(loaded.broken.size(), 2u);
}

TEST(Defaults, OfAConfigurationFileAreTextLikeASpecAndHaveItsPlaces) {
    LoadOptions options{
        .defaults = {{.text = "owner: a\ndefaults:\n  suspend: True\n  env: { V: 010, W: 1.10 }\n  regoin: ord\n",
                      .file = "config.yaml",
                      .key = "defaults"}}};
    std::vector<std::string> const expected{"config.yaml:5:3: spec.regoin: unknown field 'regoin', did you mean 'region'?"};
    EXPECT_EQ(problem_texts(load(image_object(""), "a.yaml", options)), expected);
    auto const judged = problems_of_defaults(options);
    ASSERT_EQ(judged.size(), 1u);
    EXPECT_EQ(judged.front().text(), expected.front());

    auto& text = options.defaults.front().text;
    text.resize(text.find("  regoin"));
    EXPECT_TRUE(problems_of_defaults(options).empty());
    auto const spec = only(load(image_object(""), "a.yaml", options)).spec;
    EXPECT_TRUE(spec.suspend);
    EXPECT_EQ(spec.env, (StringMap{{"V", "010"}, {"W", "1.10"}}));
}

TEST(Defaults, AnEarlierLayerLiesOverALaterOne) {
    LoadOptions const options{
        .defaults = {{.text = "{region: ord}"}, {.text = "{region: lax, machine: {size: shared-cpu-1x}}"}}};
    auto const spec = only(load(image_object(""), "a.yaml", options)).spec;
    EXPECT_EQ(spec.region, "ord");
    EXPECT_EQ(spec.machine.size, "shared-cpu-1x");
}

TEST(Defaults, ForOneKindOfSourceAreNoMistake) {
    EXPECT_TRUE(problems_of_defaults({.defaults = {{.text = "{runtime: {start: x}, machine: {count: 2}}"}}}).empty());
    EXPECT_EQ(problems_of_defaults({.defaults = {{.text = "{runtime: {strat: x}}"}}}).size(), 1u);
    EXPECT_EQ(problems_of_defaults({.defaults = {{.text = "[1]"}}}).size(), 1u);
}

TEST(Defaults, ThatCannotBeReadBreakEveryObject) {
    auto const loaded = load_text(image_object(""), R"({"region": )");

    ASSERT_EQ(loaded.problems.size(), 1u);
    EXPECT_EQ(loaded.problems[0].location.file, "defaults");
    EXPECT_EQ(loaded.broken.size(), 1u);
    EXPECT_TRUE(load_text(image_object(""), "[1]").environments.empty());
    EXPECT_EQ(load_text(image_object(""), "").environments.size(), 1u);
}

}  // namespace
}  // namespace dayfly::specs
