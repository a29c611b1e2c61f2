// What is written can be read back, for any valid environment, and says the same.
#include "specs/render.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/random_environment.h"
#include "tests/unit/specs/spec_files.h"

namespace dayfly::specs {
namespace {

TEST(Render, GivesBackEveryEnvironmentThroughYaml) {
    for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
        Random random(seed);
        auto const environment = test::random_environment(random, "env-" + std::to_string(seed));
        auto const yaml = to_yaml(environment);
        auto const loaded = load_text(yaml);
        ASSERT_EQ(problem_texts(loaded), std::vector<std::string>{}) << "seed " << seed << "\n" << yaml;
        ASSERT_EQ(loaded.environments.size(), 1u) << "seed " << seed << "\n" << yaml;
        ASSERT_TRUE(loaded.environments[0].same_as(environment)) << "seed " << seed << "\n"
                                                                 << yaml << to_yaml(loaded.environments[0]);
    }
}

TEST(Render, GivesBackEveryEnvironmentThroughJson) {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        Random random(seed);
        auto const environment = test::random_environment(random, "env-" + std::to_string(seed));
        auto const loaded = load_text(to_json(environment).dump(-1, ' ', true));
        ASSERT_EQ(problem_texts(loaded), std::vector<std::string>{}) << "seed " << seed;
        ASSERT_TRUE(loaded.environments.at(0).same_as(environment)) << "seed " << seed;
    }
}

TEST(Render, GivesBackWhatAnotherReaderOfJsonUnderstood) {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        Random random(seed);
        auto const environment = test::random_environment(random, "env-" + std::to_string(seed));
        ASSERT_EQ(nlohmann::ordered_json::parse(to_json(environment).dump()), to_json(environment)) << "seed " << seed;
    }
}

TEST(Render, WritesEveryDefaultInTheOrderOfTheDocumentation) {
    auto const json = to_json(only(load_text(object("  source: { git: { repository: acme/shop } }\n"))));

    std::vector<std::string> names;
    for (auto const& [name, value] : json["spec"].items()) names.push_back(name);
    EXPECT_EQ(names, (std::vector<std::string>{"suspend",
                                               "driftPolicy",
                                               "source",
                                               "runtime",
                                               "env",
                                               "secrets",
                                               "forkSecrets",
                                               "region",
                                               "fallbackRegions",
                                               "machine",
                                               "volume",
                                               "service",
                                               "processes",
                                               "companions",
                                               "sleep",
                                               "ttl",
                                               "onPullRequestClosed",
                                               "deletionPolicy",
                                               "feedback",
                                               "fly"}));
    EXPECT_EQ(json["spec"]["machine"].dump(), R"({"size":"shared-cpu-2x","memory":"1Gi","count":1,"restart":"on-failure"})");
    EXPECT_EQ(json["spec"]["sleep"].dump(), R"({"after":"1h","mode":"stop","wake":"onRequest"})");
    EXPECT_EQ(json["metadata"]["namespace"], "default");
}

TEST(Render, WritesNullOnlyWhereItHasAMeaning) {
    auto const spec = to_json(only(load_text(image_object("  service: null\n"))))["spec"];

    EXPECT_TRUE(spec.at("service").is_null());
    EXPECT_TRUE(spec.at("volume").is_null());
    EXPECT_FALSE(spec.contains("runtime"));
}

TEST(YamlText, QuotesWhatYamlWouldReadAsSomethingElse) {
    EXPECT_EQ(json_to_yaml({{"a", "no"},
                            {"b", "1.10"},
                            {"c", "null"},
                            {"d", "x: y"},
                            {"e", "plain words"},
                            {"f", ""},
                            {"g", "10Gi"},
                            {"h", "0x1F"}}),
              "a: \"no\"\nb: \"1.10\"\nc: \"null\"\nd: \"x: y\"\ne: plain words\nf: \"\"\ng: 10Gi\nh: \"0x1F\"\n");
    EXPECT_EQ(json_to_yaml({{"a", "x #y"}, {"b", "line\n"}, {"c", "- x"}, {"d", " x"}, {"on", 1}}),
              "a: \"x #y\"\nb: \"line\\n\"\nc: \"- x\"\nd: \" x\"\n\"on\": 1\n");
}

TEST(YamlText, WritesListsAndMapsAsBlocks) {
    EXPECT_EQ(json_to_yaml({{"list", {{{"a", 1}, {"b", {1, true}}}, "x", nlohmann::ordered_json::array()}},
                            {"empty", nlohmann::ordered_json::object()}}),
              "list:\n  - a: 1\n    b:\n      - 1\n      - true\n  - x\n  - []\nempty: {}\n");
    EXPECT_EQ(json_to_yaml(nullptr), "null\n");
    EXPECT_EQ(json_to_yaml({{{1, 2}, {3}}}), "-\n  -\n    - 1\n    - 2\n  -\n    - 3\n");
}

}  // namespace
}  // namespace dayfly::specs
