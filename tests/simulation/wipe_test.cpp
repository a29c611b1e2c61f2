// Every way in which a directory can look empty or short: what a real source makes of it goes to a controller that has all of
// it running, and not one thing may be deleted.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/world.h"
#include "tests/unit/source/directory_world.h"

namespace dayfly::test {
namespace {

using source::test::Names;
using source::test::Playground;
using source::test::RunningSource;

constexpr int files = 6;

std::string file(int i) { return "current/env-" + std::to_string(i) + ".yaml"; }

struct Wipe {
    char const* name;
    std::function<void(Playground const&, source::test::OddFiles&)> happen;
};

void PrintTo(Wipe const& wipe, std::ostream* out) { *out << wipe.name; }

class WipedSource : public testing::TestWithParam<Wipe> {};

TEST_P(WipedSource, DeletesNothing) {
    Playground place;
    Names all;
    for (int i = 0; i < files; ++i) {
        place.write("v1/env-" + std::to_string(i) + ".yaml", source::test::spec("env-" + std::to_string(i)));
        all.insert("env-" + std::to_string(i));
    }
    place.link("v1", "current");
    source::test::OddFiles odd;
    RunningSource running(source::test::quick(place.path("current")), odd);
    ASSERT_TRUE(running.shows(all));

    World world;
    auto const publish = [&](source::Snapshot snapshot) {
        snapshot.source = "test";
        world.want_snapshot(std::move(snapshot));
    };
    publish(running.last());
    world.start();
    ASSERT_TRUE(world.converge()) << world.log();
    world.run_for(std::chrono::minutes(2));
    world.cloud().reset_journal();

    auto const before = running.publications().size();
    GetParam().happen(place, odd);
    ASSERT_TRUE(running.looks(4));
    for (auto i = before; i < running.publications().size(); ++i) {
        publish(*running.publications()[i].snapshot);
        world.run_for(std::chrono::seconds(1));
    }
    world.run_for(std::chrono::hours(2));
    EXPECT_EQ(world.apps().size(), static_cast<std::size_t>(files)) << world.log();
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();

    // And a process that knows nothing of better days.
    world.kill();
    world.start();
    world.run_for(std::chrono::hours(2));
    EXPECT_EQ(world.apps().size(), static_cast<std::size_t>(files)) << world.log();
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();
}

void all_but_the_files(Playground const& place, std::string const& with) {
    place.directory("v2");
    if (!with.empty()) place.write("v2/env-0.yaml", with);
    place.flip("current", "v2");
}

INSTANTIATE_TEST_SUITE_P(
    Directory, WipedSource,
    testing::Values(
        Wipe{"TheDirectoryIsMissing", [](auto const& place, auto&) { place.remove("v1"); }},
        Wipe{"TheLinkIsMissing", [](auto const& place, auto&) { place.remove("current"); }},
        Wipe{"TheLinkDangles", [](auto const& place, auto&) { place.flip("current", "nowhere"); }},
        Wipe{"TheDirectoryIsEmptied",
             [](auto const& place, auto&) {
                 for (int i = 0; i < files; ++i) place.remove("v1/env-" + std::to_string(i) + ".yaml");
             }},
        Wipe{"AnEmptyDirectoryIsInItsPlace", [](auto const& place, auto&) { all_but_the_files(place, ""); }},
        Wipe{"TheMountIsLost",
             [](auto const& place, auto& odd) {
                 odd.change_info = [](source::FileInfo info) {
                     ++info.stamp.device;
                     return info;
                 };
                 for (int i = 0; i < files; ++i) place.remove("v1/env-" + std::to_string(i) + ".yaml");
             }},
        Wipe{"TheDirectoryMayNotBeRead",
             [](auto const&, auto& odd) { odd.fail_directory = [](auto const&) { return std::optional(EACCES); }; }},
        Wipe{"OneFileMayNotBeRead",
             [](auto const&, auto& odd) {
                 odd.fail_file = [](std::string const& path) {
                     return path.ends_with("env-3.yaml") ? std::optional(EACCES) : std::nullopt;
                 };
             }},
        Wipe{"OneFileCannotBeUnderstood", [](auto const& place, auto&) { place.replace(file(3), "a: [b\n\t- c"); }},
        Wipe{"OneFileIsCutOff",
             [](auto const& place, auto&) { place.replace(file(3), "apiVersion: dayfly.dev/v1alpha1\nkind: Previ"); }},
        Wipe{"AllFilesAreEmpty",
             [](auto const& place, auto&) {
                 for (int i = 0; i < files; ++i) place.replace(file(i), "");
             }},
        Wipe{"AllFilesHoldAnEmptyMap",
             [](auto const& place, auto&) {
                 for (int i = 0; i < files; ++i) place.replace(file(i), "{}\n");
             }},
        Wipe{"AllFilesHoldAnEmptyList",
             [](auto const& place, auto&) {
                 for (int i = 0; i < files; ++i) place.replace(file(i), "[]\n");
             }},
        Wipe{"AllFilesAreErrorPages",
             [](auto const& place, auto&) {
                 for (int i = 0; i < files; ++i) place.replace(file(i), "<html><body>502 Bad Gateway</body></html>");
             }},
        Wipe{"OneFileIsLeft",
             [](auto const& place, auto&) { all_but_the_files(place, source::test::spec("env-0", "ghcr.io/acme/shop:1")); }},
        Wipe{"AllFilesAreRenamed",
             [](auto const& place, auto&) {
                 for (int i = 0; i < files; ++i) place.rename(file(i), "current/renamed-" + std::to_string(i) + ".yml");
             }}),
    [](auto const& tested) { return tested.param.name; });

}  // namespace
}  // namespace dayfly::test
