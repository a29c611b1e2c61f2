// What people and programs do to files while they are watched: saving, replacing, moving, linking, and getting it wrong.
#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>

#include "tests/unit/source/directory_world.h"

namespace dayfly::source::test {
namespace {

bool has_problem(Snapshot const& snapshot, std::string const& file, std::string const& word) {
    return std::ranges::any_of(snapshot.problems, [&](specs::Problem const& problem) {
        return problem.location.file == file && problem.message.find(word) != std::string::npos;
    });
}

TEST(DirectoryEdit, SeesAFileThatIsWrittenReplacedAndRemovedByHintAlone) {
    Playground world;
    world.write("a.yaml", spec("a"));
    RunningSource source(hints_only(world.path()));
    ASSERT_TRUE(source.shows({"a"}));

    world.write("b.yaml", spec("b"));
    ASSERT_TRUE(source.shows({"a", "b"}));
    world.replace("a.yaml", spec("a", "ghcr.io/acme/shop:2"));
    ASSERT_TRUE(source.until([&] { return source.last().environments.front().spec.image == "ghcr.io/acme/shop:2"; }));
    world.remove("b.yaml");
    EXPECT_TRUE(source.shows({"a"}));
}

TEST(DirectoryEdit, SurvivesASaveTheWayVimDoesIt) {
    Playground world;
    world.write("a.yaml", spec("a"));
    world.write("b.yaml", spec("b"));
    RunningSource source(hints_only(world.path()));
    ASSERT_TRUE(source.shows({"a", "b"}));
    source.protect({"a", "b"});

    world.write("4913", "");
    world.remove("4913");
    world.rename("a.yaml", "a.yaml~");
    world.write("a.yaml", spec("a", "ghcr.io/acme/shop:2"));
    world.remove("a.yaml~");
    EXPECT_TRUE(source.until([&] { return source.last().environments.front().spec.image == "ghcr.io/acme/shop:2"; }));
}

TEST(DirectoryEdit, DoubtsTheFrontHalfOfASlowWrite) {
    Playground world;
    auto const whole = spec("a") + "---\n" + spec("b");
    world.write("all.yaml", whole);
    auto options = quick(world.path());
    options.times.check = options.times.deaf_look = milliseconds(20);
    options.times.full_look = milliseconds(20);
    // Looks come in the middle of the write, whatever the hints say.
    RunningSource source(options);
    ASSERT_TRUE(source.shows({"a", "b"}));
    source.protect({"a", "b"});

    world.write("all.yaml", spec("a"));
    ASSERT_TRUE(source.until([&] { return !source.last().complete; }));
    EXPECT_EQ(names_in(source.last().broken), Names{"b"});
    world.append("all.yaml", "---\n" + spec("b", "ghcr.io/acme/shop:2"));
    ASSERT_TRUE(source.shows({"a", "b"}));
}

TEST(DirectoryEdit, BelievesAFileThatStaysSmaller) {
    Playground world;
    world.write("all.yaml", spec("a") + "---\n" + spec("b"));
    RunningSource source(quick(world.path()));
    ASSERT_TRUE(source.shows({"a", "b"}));

    world.write("all.yaml", spec("a"));
    ASSERT_TRUE(source.shows({"a"}));
    auto const& all = source.publications();
    EXPECT_TRUE(std::ranges::any_of(all, [](auto const& publication) { return !publication.snapshot->complete; }));
}

TEST(DirectoryEdit, KeepsTheObjectsOfAnEmptiedFileUntilItIsRemoved) {
    for (std::string const text :
         {"", " \n\n", "\xEF\xBB\xBF", "# gone\n", "---\n# gone\n...\n", "null\n", "--- ~ # nothing\n", "{}\n"}) {
        SCOPED_TRACE(text);
        Playground world;
        world.write("a.yaml", spec("a"));
        world.write("b.yaml", spec("b"));
        world.write("c.yaml", spec("c"));
        RunningSource source(quick(world.path()));
        ASSERT_TRUE(source.shows({"a", "b", "c"}));
        source.protect({"a", "b"});

        world.replace("a.yaml", text);
        ASSERT_TRUE(source.until([&] { return names_in(source.last().broken) == Names{"a"}; }));
        EXPECT_TRUE(has_problem(source.last(), "a.yaml", "delete it"));
        world.remove("c.yaml");
        ASSERT_TRUE(source.shows({"b"})) << "which hinders nobody else";
        ASSERT_TRUE(source.looks(4));
        EXPECT_EQ(names_in(source.last().broken), Names{"a"});

        source.protect({"b"});
        world.remove("a.yaml");
        ASSERT_TRUE(source.until([&] { return source.last().broken.empty(); }));
        EXPECT_TRUE(source.shows({"b"}));
    }
}

TEST(DirectoryEdit, TakesADocumentOfAnotherKindForTheEndOfWhatTheFileHeld) {
    Playground world;
    world.write("a.yaml", spec("a"));
    world.write("b.yaml", spec("b"));
    RunningSource source(quick(world.path()));
    ASSERT_TRUE(source.shows({"a", "b"}));
    world.replace("a.yaml", "apiVersion: v1\nkind: ConfigMap\n");
    ASSERT_TRUE(source.shows({"b"}));
    EXPECT_EQ(names_in(source.last().broken), Names{});
}

TEST(DirectoryEdit, LetsAnEmptiedFileGoWhoseObjectsStandElsewhere) {
    Playground world;
    world.write("a.yaml", spec("a"));
    RunningSource source(quick(world.path()));
    ASSERT_TRUE(source.shows({"a"}));
    world.write("b.yaml", spec("a"));
    world.replace("a.yaml", "");
    ASSERT_TRUE(source.until(
        [&] { return source.last().environments.size() == 1 && source.last().environments[0].location.file == "b.yaml"; }));
    ASSERT_TRUE(source.looks(3));
    EXPECT_TRUE(source.last().complete);
    EXPECT_TRUE(source.last().problems.empty());
}

TEST(DirectoryEdit, CannotSayWhatIsAbsentWhileItHasOnlySeenAFileBlank) {
    // As after a crash of the machine in the middle of a write.
    Playground world;
    world.write("a.yaml", spec("a"));
    world.write("b.yaml", "\n");
    RunningSource source(quick(world.path()));
    ASSERT_TRUE(source.until([&] { return !source.publications().empty(); }));
    EXPECT_FALSE(source.last().complete);
    EXPECT_TRUE(has_problem(source.last(), "b.yaml", "empty"));

    world.write("b.yaml", "# nothing yet\n");
    ASSERT_TRUE(source.shows({"a"}));
    EXPECT_TRUE(source.last().problems.empty());
}

TEST(DirectoryEdit, ConfirmsADisappearanceWithASecondLook) {
    Playground world;
    world.write("a.yaml", spec("a"));
    world.write("b.yaml", spec("b"));
    auto options = hints_only(world.path());
    options.times.second_look = milliseconds(100);
    RunningSource source(options);
    ASSERT_TRUE(source.shows({"a", "b"}));

    world.remove("b.yaml");
    ASSERT_TRUE(source.shows({"a"}));
    auto const count = source.publications().size();
    ASSERT_TRUE(source.until([&] { return source.publications().size() > count; }));
    EXPECT_FALSE(source.publications().back().changed);
    EXPECT_TRUE(source.last().complete);
    EXPECT_EQ(names_in(source.last().environments), Names{"a"});
}

TEST(DirectoryEdit, KeepsTheObjectsOfAFileThatBecameUnreadableAsYaml) {
    Playground world;
    world.write("a.yaml", spec("a"));
    world.write("b.yaml", spec("b"));
    RunningSource source(quick(world.path()));
    ASSERT_TRUE(source.shows({"a", "b"}));
    source.protect({"a", "b"});

    world.write("a.yaml", "{{{");
    ASSERT_TRUE(source.until([&] { return names_in(source.last().broken) == Names{"a"}; }));
    EXPECT_EQ(names_in(source.last().environments), Names{"b"});
    EXPECT_FALSE(source.last().problems.empty());
    EXPECT_FALSE(source.last().complete) << "what was in other files may be in it now";

    world.write("a.yaml", spec("a"));
    EXPECT_TRUE(source.shows({"a", "b"}));
}

TEST(DirectoryEdit, CallsNothingGoneThatMayHaveMovedIntoAFileThatCannotBeUnderstood) {
    Playground world;
    world.write("v1/a.yaml", spec("a") + "---\n" + spec("moving"));
    world.write("v1/b.yaml", spec("b"));
    world.link("v1", "current");
    RunningSource source(quick(world.path("current")));
    ASSERT_TRUE(source.shows({"a", "b", "moving"}));
    source.protect({"a", "b", "moving"});

    // One commit moves the object, with a slip of the pen.
    world.write("v2/a.yaml", spec("a"));
    world.write("v2/b.yaml", spec("b") + "---\n" + spec("moving") + "  env: {{{\n");
    world.flip("current", "v2");
    ASSERT_TRUE(source.until([&] { return !source.last().complete; }));
    ASSERT_TRUE(source.looks(4));
    EXPECT_FALSE(source.last().complete);

    world.write("v3/a.yaml", spec("a"));
    world.write("v3/b.yaml", spec("b") + "---\n" + spec("moving"));
    world.flip("current", "v3");
    EXPECT_TRUE(source.shows({"a", "b", "moving"}));
}

TEST(DirectoryEdit, IsCompleteBesideWhatIsNoneOfOurBusiness) {
    Playground world;
    world.write("a.yaml", spec("a"));
    for (std::string const name : {"README.md", "Makefile", "notes.txt", ".gitlab-ci.yml", ".github/workflows/ci.yaml",
                                   "dayfly.schema.json", "lost+found/%1.yaml"}) {
        world.write(name, "{{{ no yaml: [");
    }
    world.write("kustomization.yaml",
                "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n");
    world.write("deployment.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: x }\nspec: {}\n");
    world.write("values.yaml", "image: x\nreplicas: 2\n");
    world.write("package.json", R"({"name": "x", "scripts": {}})");
    world.write("commented.yaml", "# kind: PreviewEnvironment\n");
    ASSERT_EQ(::mkfifo(world.path("pipe").c_str(), 0600), 0);
    world.link("nowhere", "README");
    RunningSource source(quick(world.path()));
    ASSERT_TRUE(source.shows({"a"}));
    EXPECT_TRUE(source.last().complete);
    EXPECT_TRUE(source.last().problems.empty());
}

TEST(DirectoryEdit, CannotSayWhatIsAbsentWhenAFileWasNeverUnderstood) {
    Playground world;
    world.write("a.yaml", spec("a"));
    world.write("b.yaml", "{{{");
    RunningSource source(quick(world.path()));
    ASSERT_TRUE(source.until([&] { return !source.publications().empty(); }));
    EXPECT_FALSE(source.last().complete);
    EXPECT_EQ(names_in(source.last().environments), Names{"a"});

    world.write("b.yaml", spec("b"));
    EXPECT_TRUE(source.shows({"a", "b"}));
}

TEST(DirectoryEdit, TakesNeitherOfTwoFilesThatDefineTheSameObject) {
    Playground world;
    world.write("a.yaml", spec("same"));
    world.write("b.yaml", spec("other"));
    RunningSource source(quick(world.path()));
    ASSERT_TRUE(source.shows({"same", "other"}));
    source.protect({"same", "other"});

    world.write("c.yaml", spec("same", "ghcr.io/acme/shop:2"));
    ASSERT_TRUE(source.shows({"other"}));
    EXPECT_EQ(names_in(source.last().broken), Names{"same"});
    EXPECT_TRUE(has_problem(source.last(), "a.yaml", "c.yaml"));
    EXPECT_TRUE(has_problem(source.last(), "c.yaml", "a.yaml"));

    world.remove("c.yaml");
    EXPECT_TRUE(source.shows({"same", "other"}));
}

TEST(DirectoryEdit, FollowsAnObjectThatMovesToAnotherFile) {
    Playground world;
    world.write("a.yaml", spec("a") + "---\n" + spec("b"));
    RunningSource source(quick(world.path()));
    ASSERT_TRUE(source.shows({"a", "b"}));
    source.protect({"a", "b"});

    world.write("b.yaml", spec("b"));
    world.replace("a.yaml", spec("a"));
    ASSERT_TRUE(source.until(
        [&] { return source.last().environments.size() == 2 && source.last().environments.back().location.file == "b.yaml"; }));
    EXPECT_TRUE(source.last().broken.empty());
}

TEST(DirectoryEdit, TakesAFileReplacedByADirectoryAndBack) {
    Playground world;
    world.write("x.yaml", spec("a"));
    RunningSource source(hints_only(world.path()));
    ASSERT_TRUE(source.shows({"a"}));

    world.remove("x.yaml");
    world.write("x.yaml/inner.yaml", spec("b"));
    ASSERT_TRUE(source.shows({"b"}));

    world.remove("x.yaml");
    world.write("x.yaml", spec("c"));
    EXPECT_TRUE(source.shows({"c"}));
}

TEST(DirectoryEdit, FollowsLinksInsideTheTreeAndRefusesThoseThatLeaveIt) {
    Playground world;
    world.write("outside.yaml", spec("outside"));
    world.write("specs/templates/base.txt", spec("linked"));
    world.write("specs/sub/real.yaml", spec("real"));
    world.link("templates/base.txt", "specs/linked.yaml");
    world.link("sub", "specs/twice");
    world.link("../outside.yaml", "specs/out.yaml");
    world.link(world.path("outside.yaml"), "specs/absolute.yaml");
    world.link("nowhere", "specs/dangling.yaml");
    world.link("circle.yaml", "specs/circle.yaml");
    world.link("/", "specs/whole-machine");
    world.link("../outside.yaml", "specs/ignored.txt");
    RunningSource source(quick(world.path("specs")));
    ASSERT_TRUE(source.until([&] { return !source.publications().empty(); }));

    auto const& snapshot = source.last();
    EXPECT_EQ(names_in(snapshot.environments), (Names{"linked", "real"}));
    EXPECT_TRUE(has_problem(snapshot, "out.yaml", "points out"));
    EXPECT_TRUE(has_problem(snapshot, "absolute.yaml", "points out"));
    EXPECT_TRUE(has_problem(snapshot, "whole-machine", "points out"));
    EXPECT_TRUE(has_problem(snapshot, "dangling.yaml", "nothing"));
    EXPECT_TRUE(has_problem(snapshot, "circle.yaml", "circle"));
    EXPECT_EQ(snapshot.problems.size(), 5u);
    EXPECT_FALSE(snapshot.complete) << "what stands behind the refused links is not known";
}

TEST(DirectoryEdit, RefusesWhatIsNoRegularFileAndWhatIsTooLarge) {
    Playground world;
    world.write("a.yaml", spec("a"));
    ASSERT_EQ(::mkfifo(world.path("fifo.yaml").c_str(), 0600), 0);
    int const listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    world.path("socket.yaml").copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    world.write("large.yaml", "# " + std::string(10u << 20, 'x') + "\n" + spec("large"));
    RunningSource source(quick(world.path()));
    ASSERT_TRUE(source.until([&] { return !source.publications().empty(); }));

    EXPECT_EQ(names_in(source.last().environments), Names{"a"});
    EXPECT_TRUE(has_problem(source.last(), "fifo.yaml", "regular"));
    EXPECT_TRUE(has_problem(source.last(), "socket.yaml", "regular"));
    EXPECT_TRUE(has_problem(source.last(), "large.yaml", "larger"));
    ::close(listener);
}

TEST(DirectoryEdit, KeepsTheObjectsOfAFileThatGrewTooLarge) {
    Playground world;
    world.write("a.yaml", spec("a"));
    world.write("b.yaml", spec("b"));
    RunningSource source(quick(world.path()));
    ASSERT_TRUE(source.shows({"a", "b"}));
    source.protect({"a", "b"});

    world.append("a.yaml", "# " + std::string(2u << 20, 'x') + "\n");
    ASSERT_TRUE(source.until([&] { return names_in(source.last().broken) == Names{"a"}; }));
    EXPECT_EQ(names_in(source.last().environments), Names{"b"});
    EXPECT_FALSE(source.last().complete) << "what was in other files may be in it now";
}

TEST(DirectoryEdit, ReadsByteOrderMarksCarriageReturnsAndSeveralDocuments) {
    Playground world;
    auto windows = spec("b");
    for (std::size_t at = 0; (at = windows.find('\n', at)) != std::string::npos; at += 2) windows.replace(at, 1, "\r\n");
    world.write("a.yaml", "\xEF\xBB\xBF" + spec("a"));
    world.write("b.yaml", windows);
    world.write("c.yaml", spec("c") + "---\n" + spec("d"));
    RunningSource source(quick(world.path()));
    EXPECT_TRUE(source.shows({"a", "b", "c", "d"}));
}

TEST(DirectoryEdit, FindsFilesInDirectoriesThatAppearAllAtOnce) {
    Playground world;
    world.write("a.yaml", spec("a"));
    RunningSource source(hints_only(world.path()));
    ASSERT_TRUE(source.shows({"a"}));

    world.write("x/y/z/deep.yaml", spec("deep"));
    ASSERT_TRUE(source.shows({"a", "deep"}));
    // The new directories are watched too.
    world.write("x/y/later.yaml", spec("later"));
    ASSERT_TRUE(source.shows({"a", "deep", "later"}));
    world.rename("x", "renamed");
    ASSERT_TRUE(source.until([&] { return source.last().environments.back().location.file == "renamed/y/z/deep.yaml"; }));
    world.write("renamed/y/last.yaml", spec("last"));
    EXPECT_TRUE(source.shows({"a", "deep", "later", "last"}));
}

TEST(DirectoryEdit, TellsNamesApartThatDifferInCaseOnly) {
    Playground world;
    world.write("a.yaml", spec("a"));
    world.write("A.yaml", spec("b"));
    RunningSource source(quick(world.path()));
    EXPECT_TRUE(source.shows({"a", "b"}));
}

TEST(DirectoryEdit, RefusesDirectoriesThatAreTooDeep) {
    Playground world;
    std::string place;
    for (int level = 0; level < 20; ++level) place += "d/";
    world.write("a.yaml", spec("a"));
    world.write(place + "deep.yaml", spec("deep"));
    RunningSource source(quick(world.path()));
    ASSERT_TRUE(source.until([&] { return !source.publications().empty(); }));
    EXPECT_EQ(names_in(source.last().environments), Names{"a"});
    EXPECT_FALSE(source.last().complete);
    ASSERT_EQ(source.last().problems.size(), 1u);
    EXPECT_NE(source.last().problems.front().message.find("deep"), std::string::npos);
}

TEST(DirectoryEdit, FindsContentChangedUnderTheSameSizeAndModificationTime) {
    Playground world;
    world.write("a.yaml", spec("a", "ghcr.io/acme/shop:1"));
    RunningSource source(quick(world.path()));
    ASSERT_TRUE(source.shows({"a"}));

    auto const time = std::filesystem::last_write_time(world.path("a.yaml"));
    world.write("a.yaml", spec("a", "ghcr.io/acme/shop:2"));
    std::filesystem::last_write_time(world.path("a.yaml"), time);
    EXPECT_TRUE(source.until([&] { return source.last().environments.front().spec.image == "ghcr.io/acme/shop:2"; }));
}

}  // namespace
}  // namespace dayfly::source::test
