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

/// The directory as the controller is told to read it, and what is there in fact.
struct Place {
    Playground const& ground;
    source::test::OddFiles& odd;
    int files;

    [[nodiscard]] static std::string name(int i) { return "env-" + std::to_string(i); }
    [[nodiscard]] static std::string file(int i) { return "current/" + name(i) + ".yaml"; }
    void remove_all() const {
        for (int i = 0; i < files; ++i) ground.remove(file(i));
    }
    void replace_all(std::string const& text) const {
        for (int i = 0; i < files; ++i) ground.replace(file(i), text);
    }
    void flip_to(std::string const& text) const {
        ground.directory("v2");
        if (!text.empty()) ground.write("v2/env-0.yaml", text);
        ground.flip("current", "v2");
    }
    [[nodiscard]] Names names() const {
        Names all;
        for (int i = 0; i < files; ++i) all.insert(name(i));
        return all;
    }
};

struct Wipe {
    char const* name;
    std::function<void(Place const&)> happen;
};

void PrintTo(Wipe const& wipe, std::ostream* out) { *out << wipe.name; }

/// Who it is that lets nothing go: the source, which says nothing of anything being gone, or the guard behind it.
enum class Holder { Source, Guard };

struct Fleet {
    int files;    ///< of the source that is wiped
    int besides;  ///< environments of a source that stays well
};

void expect_nothing_deleted(Wipe const& wipe, Holder holder, Fleet fleet) {
    Playground ground;
    source::test::OddFiles odd;
    Place const place{.ground = ground, .odd = odd, .files = fleet.files};
    for (auto const& name : place.names()) ground.write("v1/" + name + ".yaml", source::test::spec(name));
    ground.link("v1", "current");
    RunningSource running(source::test::quick(ground.path("current")), odd);
    ASSERT_TRUE(running.shows(place.names()));
    if (holder == Holder::Source) running.protect(place.names());

    WorldOptions options;
    if (fleet.besides > 0) options.sources.insert("other");
    World world(options);
    auto const publish = [&](source::Snapshot snapshot) {
        snapshot.source = "test";
        world.want_snapshot(std::move(snapshot));
    };
    auto const expect_all = [&] {
        EXPECT_EQ(world.apps().size(), static_cast<std::size_t>(fleet.files + fleet.besides)) << world.log();
        EXPECT_EQ(world.cloud().writes(), 0u) << world.log();
        EXPECT_EQ(world.controller().held().has_value(), holder == Holder::Guard) << world.log();
    };
    publish(running.last());
    if (fleet.besides > 0) {
        source::Snapshot other{.source = "other", .digest = "1", .complete = true};
        for (int i = 0; i < fleet.besides; ++i) {
            auto loaded = specs::load(source::test::spec("other-" + std::to_string(i)), "other.yaml", {});
            other.environments.push_back(loaded.environments.at(0));
        }
        world.want_snapshot(std::move(other));
    }
    world.start();
    ASSERT_TRUE(world.converge()) << world.log();
    world.run_for(std::chrono::minutes(2));
    world.cloud().reset_journal();

    auto const before = running.publications().size();
    wipe.happen(place);
    ASSERT_TRUE(running.looks(4));
    // As long as a file that is smaller now is doubted.
    auto const quiet = std::chrono::steady_clock::now() + source::test::quick("").times.shrink_settle + milliseconds(100);
    ASSERT_TRUE(running.until([&] { return std::chrono::steady_clock::now() >= quiet; }));
    for (auto i = before; i < running.publications().size(); ++i) {
        publish(*running.publications()[i].snapshot);
        world.run_for(std::chrono::seconds(1));
        if (holder == Holder::Source) EXPECT_FALSE(world.controller().held());
    }
    world.run_for(std::chrono::hours(2));
    expect_all();

    // And a process that knows nothing of better days.
    world.kill();
    world.start();
    world.run_for(std::chrono::hours(2));
    expect_all();
}

/// All there is.
class WipedSource : public testing::TestWithParam<Wipe> {};
/// So few that the guard would let them go.
class WipedSourceOfTwo : public testing::TestWithParam<Wipe> {};
class EmptiedSource : public testing::TestWithParam<Wipe> {};

TEST_P(WipedSource, DeletesNothingAndHoldsNothing) {
    expect_nothing_deleted(GetParam(), Holder::Source, {.files = 10, .besides = 0});
}
TEST_P(WipedSourceOfTwo, DeletesNothingAndHoldsNothing) {
    expect_nothing_deleted(GetParam(), Holder::Source, {.files = 3, .besides = 1});
}
TEST_P(EmptiedSource, DeletesNothingUntilSomebodyAgrees) {
    expect_nothing_deleted(GetParam(), Holder::Guard, {.files = 6, .besides = 0});
}

/// Nothing of it says that an environment is gone.
std::vector<Wipe> wipes() {
    return {
        Wipe{"TheDirectoryIsMissing", [](Place const& place) { place.ground.remove("v1"); }},
        Wipe{"TheLinkIsMissing", [](Place const& place) { place.ground.remove("current"); }},
        Wipe{"TheLinkDangles", [](Place const& place) { place.ground.flip("current", "nowhere"); }},
        Wipe{"AnEmptyDirectoryIsInItsPlace",
             [](Place const& place) {
                 place.ground.rename("v1", "away");
                 place.ground.directory("v1");
             }},
        Wipe{"TheMountIsLost",
             [](Place const& place) {
                 place.odd.change_info = [](source::FileInfo info) {
                     ++info.stamp.device;
                     return info;
                 };
                 place.remove_all();
             }},
        Wipe{"TheDirectoryMayNotBeRead",
             [](Place const& place) { place.odd.fail_directory = [](auto const&) { return std::optional(EACCES); }; }},
        Wipe{"OneFileMayNotBeRead",
             [](Place const& place) {
                 place.odd.fail_file = [](std::string const& path) {
                     return path.ends_with("env-2.yaml") ? std::optional(EACCES) : std::nullopt;
                 };
             }},
        Wipe{"OneFileCannotBeUnderstood", [](Place const& place) { place.ground.replace(Place::file(2), "a: [b\n\t- c"); }},
        Wipe{"OneFileIsCutOff",
             [](Place const& place) { place.ground.replace(Place::file(2), "apiVersion: dayfly.dev/v1alpha1\nkind: Previ"); }},
        Wipe{"OneFileIsEmpty", [](Place const& place) { place.ground.replace(Place::file(2), ""); }},
        Wipe{"OneFileIsTruncated", [](Place const& place) { place.ground.write(Place::file(2), ""); }},
        Wipe{"AllFilesAreEmpty", [](Place const& place) { place.replace_all(""); }},
        Wipe{"AllFilesAreTruncated",
             [](Place const& place) {
                 for (int i = 0; i < place.files; ++i) place.ground.write(Place::file(i), "");
             }},
        Wipe{"AllFilesHoldAComment", [](Place const& place) { place.replace_all("# nothing\n"); }},
        Wipe{"AllFilesHoldAnEmptyMap", [](Place const& place) { place.replace_all("{}\n"); }},
        Wipe{"AllFilesHoldAnEmptyList", [](Place const& place) { place.replace_all("[]\n"); }},
        Wipe{"AllFilesAreErrorPages",
             [](Place const& place) { place.replace_all("<html><body>502 Bad Gateway</body></html>"); }},
        Wipe{"AllFilesAreRenamed", [](Place const& place) {
                 for (int i = 0; i < place.files; ++i) {
                     place.ground.rename(Place::file(i), "current/renamed-" + std::to_string(i) + ".yml");
                 }
             }}};
}

std::string name_of(testing::TestParamInfo<Wipe> const& tested) { return tested.param.name; }

INSTANTIATE_TEST_SUITE_P(Directory, WipedSource, testing::ValuesIn(wipes()), name_of);
INSTANTIATE_TEST_SUITE_P(Directory, WipedSourceOfTwo, testing::ValuesIn(wipes()), name_of);

/// These do say so, and may be meant.
INSTANTIATE_TEST_SUITE_P(
    Directory, EmptiedSource,
    testing::Values(Wipe{"TheDirectoryIsEmptied", [](Place const& place) { place.remove_all(); }},
                    Wipe{"TheLinkIsFlippedToAnEmptyDirectory", [](Place const& place) { place.flip_to(""); }},
                    Wipe{"OneFileIsLeft",
                         [](Place const& place) { place.flip_to(source::test::spec("env-0", "ghcr.io/acme/shop:1")); }}),
    name_of);

}  // namespace
}  // namespace dayfly::test
