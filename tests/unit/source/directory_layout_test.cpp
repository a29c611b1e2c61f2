// The ways in which publishers lay out and switch a directory: plain, git-sync's link, ConfigMap's ..data.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "controller/source/root_path.h"
#include "tests/unit/source/directory_world.h"

namespace dayfly::source::test {
namespace {

std::string const hash_a(40, 'a');
std::string const hash_b(40, 'b');
std::string const hash_c(40, 'c');

/// A worktree as git-sync checks it out; specs in envs/.
void check_out(Playground const& world, std::string const& hash, Names const& names) {
    for (auto const& name : names) world.write(".worktrees/" + hash + "/envs/" + name + ".yaml", spec(name));
    world.directory(".worktrees/" + hash + "/envs");
}

std::string worktree(std::string const& hash) { return ".worktrees/" + hash; }

TEST(DirectoryLayout, ReadsAPlainDirectoryWithItsSubdirectories) {
    Playground world;
    world.write("specs/a.yaml", spec("a"));
    world.write("specs/team/b.yml", spec("b"));
    world.write("specs/team/deep/c.json", spec("c"));
    RunningSource source(quick(world.path("specs")));

    ASSERT_TRUE(source.shows({"a", "b", "c"}));
    EXPECT_TRUE(source.status().up);
    EXPECT_EQ(source.last().source, "dir:" + world.path("specs"));
    EXPECT_EQ(source.last().revision, "");
    EXPECT_EQ(source.last().environments.back().location.file, "team/deep/c.json");
}

TEST(DirectoryLayout, IgnoresWhatEditorsAndPublishersLeaveBehind) {
    Playground world;
    world.write("a.yaml", spec("a"));
    for (std::string const name : {".hidden.yaml", ".git/config.yaml", ".worktrees/x/b.yaml", "b.yaml~", ".b.yaml.swp",
                                   "b.yaml.swp", "4913", "README.md", "notes.txt", "b.yaml.bak"}) {
        world.write(name, spec("litter"));
    }
    world.link("a.yaml", "tmp-link");
    RunningSource source(quick(world.path()));

    ASSERT_TRUE(source.shows({"a"}));
    EXPECT_TRUE(source.last().problems.empty());
}

TEST(DirectoryLayout, FollowsAGitSyncFlipByHintAlone) {
    Playground world;
    check_out(world, hash_a, {"a", "b"});
    world.link(worktree(hash_a), "current");
    RunningSource source(hints_only(world.path("current/envs")));
    ASSERT_TRUE(source.shows({"a", "b"}));
    EXPECT_EQ(source.last().revision, hash_a);

    check_out(world, hash_b, {"b", "c"});
    world.flip("current", worktree(hash_b));
    ASSERT_TRUE(source.shows({"b", "c"}));
    EXPECT_EQ(source.last().revision, hash_b);

    world.flip("current", worktree(hash_a));
    ASSERT_TRUE(source.shows({"a", "b"}));
    EXPECT_EQ(source.last().revision, hash_a);
}

TEST(DirectoryLayout, EndsAtTheLastOfSeveralQuickFlips) {
    Playground world;
    check_out(world, hash_a, {"a"});
    check_out(world, hash_b, {"b"});
    check_out(world, hash_c, {"c"});
    world.link(worktree(hash_a), "current");
    RunningSource source(hints_only(world.path("current/envs")));
    ASSERT_TRUE(source.shows({"a"}));

    world.flip("current", worktree(hash_b));
    world.flip("current", worktree(hash_c));
    ASSERT_TRUE(source.shows({"c"}));
    EXPECT_EQ(source.last().revision, hash_c);
    for (auto const& publication : source.publications()) EXPECT_NE(publication.snapshot->revision, hash_b);
}

TEST(DirectoryLayout, HearsChangesInTheNewWorktreeAfterAFlip) {
    Playground world;
    check_out(world, hash_a, {"a"});
    check_out(world, hash_b, {"b"});
    world.link(worktree(hash_a), "current");
    RunningSource source(hints_only(world.path("current/envs")));
    ASSERT_TRUE(source.shows({"a"}));
    world.flip("current", worktree(hash_b));
    ASSERT_TRUE(source.shows({"b"}));

    world.write(worktree(hash_b) + "/envs/late.yaml", spec("late"));
    EXPECT_TRUE(source.shows({"b", "late"}));
}

TEST(DirectoryLayout, TellsOfANewRevisionWithTheSameContent) {
    Playground world;
    check_out(world, hash_a, {"a"});
    check_out(world, hash_b, {"a"});
    world.link(worktree(hash_a), "current");
    RunningSource source(hints_only(world.path("current/envs")));
    ASSERT_TRUE(source.shows({"a"}));

    world.flip("current", worktree(hash_b));
    ASSERT_TRUE(source.until([&] { return source.last().revision == hash_b; }));
    EXPECT_FALSE(source.publications().back().changed);
    EXPECT_EQ(source.status().published, 1u);
}

TEST(DirectoryLayout, LosesNothingWhenTheOldWorktreeIsRemovedWhileItIsRead) {
    // The flip and the removal happen before every single file of the old tree in turn.
    Names const names{"a", "b", "c", "d", "e"};
    for (std::size_t position = 1; position <= names.size(); ++position) {
        SCOPED_TRACE(fmt::format("removed before file {}", position));
        Playground world;
        check_out(world, hash_a, names);
        check_out(world, hash_b, names);
        world.link(worktree(hash_a), "current");
        OddFiles files;
        std::size_t opened = 0;
        files.before_open_file = [&](auto const&) {
            if (++opened != position) return;
            world.flip("current", worktree(hash_b));
            world.remove(worktree(hash_a));
        };
        RunningSource source(quick(world.path("current/envs")), files);
        source.protect(names);

        ASSERT_TRUE(source.shows(names));
        EXPECT_EQ(source.last().revision, hash_b);
        EXPECT_GE(source.status().discarded_race, 1u);
    }
}

TEST(DirectoryLayout, TakesTheEmptyListingOfARemovedDirectoryForNoAnswer) {
    Playground world;
    check_out(world, hash_a, {"a", "b"});
    world.link(worktree(hash_a), "current");
    OddFiles files;
    RunningSource source(quick(world.path("current/envs")), files);
    ASSERT_TRUE(source.shows({"a", "b"}));
    source.protect({"a", "b"});

    // Emptied and removed while the link still points there.
    world.remove(worktree(hash_a));
    ASSERT_TRUE(source.until([&] { return !source.status().up; }));
    EXPECT_GE(source.status().rejected, 1u);
    EXPECT_EQ(source.last().environments.size(), 2u);
    EXPECT_EQ(source.last().unreadable, source.status().problem);
    EXPECT_FALSE(source.last().complete);

    check_out(world, hash_b, {"a", "b", "c"});
    world.flip("current", worktree(hash_b));
    EXPECT_TRUE(source.shows({"a", "b", "c"}));
    EXPECT_TRUE(source.status().up);
}

TEST(DirectoryLayout, StartsWithoutItsLinkAndFindsItByHintAlone) {
    Playground world;
    RunningSource source(hints_only(world.path("current/envs")));
    ASSERT_TRUE(source.until([&] { return source.status().errors > 0; }));
    EXPECT_FALSE(source.status().up);
    EXPECT_TRUE(source.publications().empty());

    check_out(world, hash_a, {"a"});
    world.link(worktree(hash_a), "current");
    EXPECT_TRUE(source.shows({"a"}));
}

TEST(DirectoryLayout, RefusesRootsThatAreNoDirectory) {
    Playground world;
    world.write("file.yaml", spec("a"));
    world.link("file.yaml", "to-file");
    world.link("nowhere", "dangling");
    world.link("circle-b", "circle-a");
    world.link("circle-a", "circle-b");
    for (std::string const name : {"to-file", "dangling", "circle-a", "missing"}) {
        SCOPED_TRACE(name);
        RunningSource source(quick(world.path(name)));
        ASSERT_TRUE(source.looks(2));
        EXPECT_TRUE(source.publications().empty());
        EXPECT_FALSE(source.status().up);
        EXPECT_NE(source.status().problem, "");
    }
}

TEST(DirectoryLayout, KeepsTheLastSetWhenTheLinkTurnsBad) {
    Playground world;
    check_out(world, hash_a, {"a"});
    world.link(worktree(hash_a) + "/envs", "current");
    world.write("file", "");
    RunningSource source(quick(world.path("current")));
    ASSERT_TRUE(source.shows({"a"}));
    source.protect({"a"});

    for (std::string const target : {"nowhere", "file", "current"}) {
        auto const before = source.status().rejected;
        world.flip("current", target);
        ASSERT_TRUE(source.until([&] { return source.status().rejected > before; })) << target;
        EXPECT_FALSE(source.status().up);
    }
    world.flip("current", worktree(hash_a) + "/envs");
    ASSERT_TRUE(source.until([&] { return source.status().up; }));
    EXPECT_EQ(names_in(source.last().environments), Names{"a"});
}

/// A ConfigMap volume as kubelet keeps it.
class ConfigMap {
public:
    explicit ConfigMap(Playground const& world, std::string place) : world_(world), place_(std::move(place)) {}

    enum class Links { Before, After };

    void publish(Names const& names, Links order = Links::After) {
        ++count_;
        auto const generation = fmt::format("..2026_11_24_10_00_{:02}.{}", count_, 100 + count_);
        world_.directory(place_ + "/" + generation);
        for (auto const& name : names) world_.write(place_ + "/" + generation + "/" + name + ".yaml", spec(name));
        if (order == Links::Before) add_links(names);
        world_.link(generation, place_ + "/..data_tmp");
        world_.rename(place_ + "/..data_tmp", place_ + "/..data");
        if (order == Links::After) add_links(names);
        stale_ = std::exchange(generation_, generation);
        old_names_ = std::exchange(names_, names);
    }
    /// The last part of an update, which comes a moment later.
    void clean_up() {
        for (auto const& name : old_names_) {
            if (!names_.contains(name)) world_.remove(place_ + "/" + name + ".yaml");
        }
        if (!stale_.empty()) world_.remove(place_ + "/" + stale_);
    }
    [[nodiscard]] std::string revision() const { return generation_.substr(2); }

private:
    void add_links(Names const& names) {
        for (auto const& name : names) {
            if (!names_.contains(name)) world_.link("..data/" + name + ".yaml", place_ + "/" + name + ".yaml");
        }
    }

    Playground const& world_;
    std::string place_;
    std::string generation_;
    std::string stale_;
    Names names_;
    Names old_names_;
    int count_ = 0;
};

TEST(DirectoryLayout, ReadsAConfigMapThroughItsDataLink) {
    for (auto const order : {ConfigMap::Links::Before, ConfigMap::Links::After}) {
        Playground world;
        ConfigMap map(world, "specs");
        map.publish({"a", "b"});
        RunningSource source(hints_only(world.path("specs")));
        ASSERT_TRUE(source.shows({"a", "b"}));
        EXPECT_EQ(source.last().revision, map.revision());
        EXPECT_EQ(source.last().environments.front().location.file, "a.yaml");

        // b is now a dangling link, and depending on the writer c has no link yet.
        map.publish({"a", "c"}, order);
        ASSERT_TRUE(source.shows({"a", "c"}));
        EXPECT_TRUE(source.last().problems.empty());
        map.clean_up();
        ASSERT_TRUE(source.looks(2));
        EXPECT_EQ(names_in(source.last().environments), (Names{"a", "c"}));
        EXPECT_EQ(source.last().revision, map.revision());
    }
}

TEST(DirectoryLayout, TakesAnEmptiedConfigMapAtItsWord) {
    Playground world;
    ConfigMap map(world, "specs");
    map.publish({"a"});
    RunningSource source(quick(world.path("specs")));
    ASSERT_TRUE(source.shows({"a"}));

    map.publish({});
    map.clean_up();
    EXPECT_TRUE(source.shows({}));
}

TEST(DirectoryLayout, ReadsAConfigMapMountedInsideTheTree) {
    Playground world;
    world.write("specs/own.yaml", spec("own"));
    ConfigMap map(world, "specs/mounted");
    map.publish({"a"});
    RunningSource source(hints_only(world.path("specs")));
    ASSERT_TRUE(source.shows({"a", "own"}));

    map.publish({"a", "b"});
    map.clean_up();
    ASSERT_TRUE(source.shows({"a", "b", "own"}));
    EXPECT_EQ(source.last().environments.front().location.file, "mounted/a.yaml");
}

TEST(DirectoryLayout, RefusesADataLinkThatLeadsAway) {
    Playground world;
    world.write("outside/a.yaml", spec("a"));
    world.directory("specs");
    world.link("../outside", "specs/..data");
    RunningSource source(quick(world.path("specs")));
    ASSERT_TRUE(source.looks(2));
    EXPECT_TRUE(source.publications().empty());
    EXPECT_NE(source.status().problem.find("..data"), std::string::npos);
}

TEST(ResolveRoot, NamesEveryPlaceWhereThePathCanChange) {
    Playground world;
    check_out(world, hash_a, {"a"});
    world.link(worktree(hash_a), "current");

    auto const found = resolve_root(FileSystem::system(), world.path("current/envs"));

    ASSERT_TRUE(found.root) << found.root.error().text();
    EXPECT_EQ(found.root->path, world.path(worktree(hash_a) + "/envs"));
    EXPECT_EQ(found.root->links, (std::vector<FollowedLink>{{world.path("current"), worktree(hash_a)}}));
    EXPECT_EQ(found.watched, (std::vector<WatchedName>{{world.path(), "current"}, {world.path(worktree(hash_a)), "envs"}}));
}

}  // namespace
}  // namespace dayfly::source::test
