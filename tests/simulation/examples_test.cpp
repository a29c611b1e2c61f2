// Every example that we hand out, made, and found to need nothing more.
#include <gtest/gtest.h>

#include <filesystem>

#include "controller/base/file.h"
#include "specs/load.h"
#include "tests/simulation/world.h"

namespace dayfly::test {
namespace {

std::vector<std::string> examples() {
    std::vector<std::string> paths;
    for (auto const& entry : std::filesystem::directory_iterator(DAYFLY_SOURCE_DIR "/specs/examples")) {
        if (entry.path().extension() == ".yaml") paths.push_back(entry.path().string());
    }
    std::ranges::sort(paths);
    return paths;
}

class Example : public testing::TestWithParam<std::string> {};

TEST_P(Example, ConvergesAndThenItsPlanIsEmptyAlsoForALaterProcess) {
    auto loaded = specs::load(read_file(GetParam(), 1u << 20).value(), GetParam(), {});
    ASSERT_TRUE(loaded.problems.empty());
    WorldOptions options;
    options.controller.ownership.organization = "acme-previews";  // which one of them names
    options.secrets.stand_in = "a value";
    options.cloud.any_volume_source = true;
    World world(options);
    world.want(loaded.environments);
    world.start();
    ASSERT_TRUE(world.converge()) << world.log();
    world.run_for(std::chrono::minutes(2));
    world.cloud().reset_journal();
    for (auto const& environment : loaded.environments) ASSERT_TRUE(world.controller().reconcile_now(environment.key));
    world.run_for(std::chrono::minutes(5));
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();
    world.kill();
    world.start();
    ASSERT_TRUE(world.converge()) << world.log();
    world.run_for(std::chrono::minutes(5));
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();
}

INSTANTIATE_TEST_SUITE_P(All, Example, testing::ValuesIn(examples()), [](auto const& info) {
    auto name = std::filesystem::path(info.param).stem().string();
    std::ranges::replace(name, '-', '_');
    return "E" + name;
});

}  // namespace
}  // namespace dayfly::test
