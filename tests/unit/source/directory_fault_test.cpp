// Disks that fail, mounts that fall off, kernels that run out of watches: nothing of it may read as "the specs are gone".
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>

#include "controller/source/change_watcher.h"
#include "tests/unit/source/directory_world.h"

namespace dayfly::source::test {
namespace {

TEST(DirectoryFault, KeepsTheObjectsOfAFileThatCannotBeRead) {
    for (int const error : {EACCES, EIO}) {
        Playground world;
        world.write("a.yaml", spec("a"));
        world.write("b.yaml", spec("b"));
        OddFiles files;
        bool failing = false;
        files.fail_file = [&](std::string const& path) {
            return failing && path == "a.yaml" ? std::optional(error) : std::nullopt;
        };
        RunningSource source(quick(world.path()), files);
        ASSERT_TRUE(source.shows({"a", "b"}));
        source.protect({"a", "b"});

        failing = true;
        world.write("a.yaml", spec("a", "ghcr.io/acme/shop:2"));
        world.write("c.yaml", spec("c"));
        ASSERT_TRUE(source.until([&] { return names_in(source.last().environments) == Names{"b", "c"}; }));
        EXPECT_FALSE(source.last().complete);
        EXPECT_EQ(names_in(source.last().broken), Names{"a"});
        EXPECT_FALSE(source.status().up);
        EXPECT_NE(source.status().problem.find("a.yaml"), std::string::npos);

        failing = false;
        ASSERT_TRUE(source.shows({"a", "b", "c"}));
        EXPECT_TRUE(source.status().up);
        EXPECT_EQ(source.status().problem, "");
    }
}

TEST(DirectoryFault, KeepsTheObjectsBelowADirectoryThatCannotBeRead) {
    Playground world;
    world.write("top.yaml", spec("top"));
    world.write("team/a.yaml", spec("a"));
    world.write("team/deep/b.yaml", spec("b"));
    OddFiles files;
    bool failing = false;
    files.fail_directory = [&](std::string const& path) {
        return failing && path == "team" ? std::optional(EACCES) : std::nullopt;
    };
    RunningSource source(quick(world.path()), files);
    ASSERT_TRUE(source.shows({"a", "b", "top"}));
    source.protect({"a", "b", "top"});

    failing = true;
    ASSERT_TRUE(source.until([&] { return !source.last().complete; }));
    EXPECT_EQ(names_in(source.last().broken), (Names{"a", "b"}));
    EXPECT_EQ(names_in(source.last().environments), Names{"top"});
    EXPECT_FALSE(source.status().up);

    failing = false;
    EXPECT_TRUE(source.shows({"a", "b", "top"}));
}

TEST(DirectoryFault, HoldsWhatItKnewWhileTheRootCannotBeRead) {
    Playground world;
    world.write("a.yaml", spec("a"));
    OddFiles files;
    bool failing = false;
    files.fail_directory = [&](std::string const& path) {
        return failing && path == world.path() ? std::optional(EIO) : std::nullopt;
    };
    RunningSource source(quick(world.path()), files);
    ASSERT_TRUE(source.shows({"a"}));
    source.protect({"a"});
    auto const published = source.publications().size();

    failing = true;
    ASSERT_TRUE(source.until([&] { return !source.last().unreadable.empty(); }));
    EXPECT_EQ(source.last().unreadable, source.status().problem);
    ASSERT_TRUE(source.looks(4));
    ASSERT_TRUE(source.until([&] { return !source.publications().back().changed; })) << "it goes on confirming";
    EXPECT_EQ(names_in(source.last().environments), Names{"a"});
    EXPECT_FALSE(source.last().complete) << "what moves into it meanwhile must not look like gone";
    auto const& all = source.publications();
    EXPECT_EQ(std::ranges::count(all.begin() + static_cast<std::ptrdiff_t>(published), all.end(), true, &Publication::changed),
              1)
        << "each retry of the same failure is no news";

    failing = false;
    ASSERT_TRUE(source.shows({"a"}));
    EXPECT_EQ(source.last().unreadable, "");
    EXPECT_TRUE(source.publications().back().changed);
    ASSERT_TRUE(source.until([&] { return !source.publications().back().changed; })) << "absence needs a second look";
    EXPECT_TRUE(source.last().complete);
}

TEST(DirectoryFault, RejectsTheEmptyMountPointOfALostVolume) {
    Playground world;
    world.write("a.yaml", spec("a"));
    OddFiles files;
    bool lost = false;
    // The directory below a mount lies on another device.
    files.change_info = [&](FileInfo info) {
        if (lost) ++info.stamp.device;
        return info;
    };
    RunningSource source(quick(world.path()), files);
    ASSERT_TRUE(source.shows({"a"}));
    source.protect({"a"});

    lost = true;
    world.remove("a.yaml");
    ASSERT_TRUE(source.until([&] { return source.status().rejected > 0; }));
    EXPECT_FALSE(source.status().up);
    EXPECT_EQ(names_in(source.last().environments), Names{"a"});
    EXPECT_EQ(source.last().unreadable, source.status().problem);
    EXPECT_FALSE(source.last().complete);

    lost = false;
    world.write("a.yaml", spec("a"));
    EXPECT_TRUE(source.until([&] { return source.status().up; }));
}

TEST(DirectoryFault, RejectsADirectoryThatWasReplacedByAnEmptyOne) {
    Playground world;
    world.write("specs/a.yaml", spec("a"));
    RunningSource source(quick(world.path("specs")));
    ASSERT_TRUE(source.shows({"a"}));
    source.protect({"a"});

    world.rename("specs", "away");
    world.directory("specs");
    ASSERT_TRUE(source.until([&] { return source.status().rejected > 0 && source.status().problem.contains("empty"); }));

    world.write("specs/b.yaml", spec("b"));
    source.protect({});
    EXPECT_TRUE(source.shows({"b"}));
}

/// A tree in which the directory `team` is another file system, as the source is told.
class MountedTeam : public testing::Test {
protected:
    MountedTeam() {
        world_.write("top.yaml", spec("top"));
        world_.write("team/a.yaml", spec("a"));
        world_.write("team/deep/b.yaml", spec("b"));
        for (auto const* const name : {"team", "team/a.yaml", "team/deep", "team/deep/b.yaml"}) on_volume(name);
        files_.change_info = [this](FileInfo info) {
            if (volume_.contains(info.stamp.inode)) ++info.stamp.device;
            return info;
        };
    }
    void on_volume(std::string const& name) {
        struct stat raw{};
        ASSERT_EQ(::stat(world_.path(name).c_str(), &raw), 0);
        volume_.insert(raw.st_ino);
    }
    void unmount() {
        world_.rename("team", ".volume");
        world_.directory("team");
    }
    void mount() {
        world_.remove("team");
        world_.rename(".volume", "team");
    }
    [[nodiscard]] static bool holds(RunningSource& source) {
        return source.until([&] { return !source.last().complete && names_in(source.last().broken) == Names{"a", "b"}; }) &&
               source.looks(4) && !source.last().complete && !source.status().up;
    }

    Playground world_;
    OddFiles files_;
    std::set<std::uint64_t> volume_;
};

TEST_F(MountedTeam, HoldsWhatLayOnAMountThatIsLostBelowTheRoot) {
    RunningSource source(quick(world_.path()), files_);
    ASSERT_TRUE(source.shows({"a", "b", "top"}));
    source.protect({"a", "b", "top"});

    unmount();
    ASSERT_TRUE(holds(source));
    EXPECT_TRUE(source.status().problem.starts_with("team: lies on another file system")) << source.status().problem;
    EXPECT_EQ(names_in(source.last().environments), Names{"top"});
    // Something in the mount point does not stand for what was in the volume.
    world_.write("team/new.yaml", spec("new"));
    ASSERT_TRUE(holds(source));

    world_.remove("team/new.yaml");
    mount();
    ASSERT_TRUE(source.shows({"a", "b", "top"}));
    EXPECT_TRUE(source.status().up);
    source.protect({"top"});
    world_.remove("team/a.yaml");
    EXPECT_TRUE(source.shows({"b", "top"})) << "in the volume itself a removal is one";
}

TEST_F(MountedTeam, HoldsWhatLayOnAMountWhosePlaceIsGone) {
    RunningSource source(quick(world_.path()), files_);
    ASSERT_TRUE(source.shows({"a", "b", "top"}));
    source.protect({"a", "b", "top"});
    world_.rename("team", ".volume");
    ASSERT_TRUE(holds(source));
    EXPECT_TRUE(source.status().problem.starts_with("team: the mount point is gone")) << source.status().problem;
    world_.rename(".volume", "team");
    EXPECT_TRUE(source.shows({"a", "b", "top"}));
}

TEST_F(MountedTeam, TakesAnotherFileSystemWithTheSameFiles) {
    RunningSource source(quick(world_.path()), files_);
    ASSERT_TRUE(source.shows({"a", "b", "top"}));
    source.protect({"a", "b", "top"});
    unmount();
    ASSERT_TRUE(holds(source));
    world_.write("team/a.yaml", spec("a"));
    world_.write("team/deep/b.yaml", spec("b"));
    ASSERT_TRUE(source.shows({"a", "b", "top"}));
    source.protect({"a", "top"});
    world_.remove("team/deep");
    EXPECT_TRUE(source.shows({"a", "top"}));
}

TEST_F(MountedTeam, LetsAPlainDirectoryGo) {
    volume_.clear();
    RunningSource source(quick(world_.path()), files_);
    ASSERT_TRUE(source.shows({"a", "b", "top"}));
    world_.remove("team/deep");
    ASSERT_TRUE(source.shows({"a", "top"}));
    world_.remove("team");
    EXPECT_TRUE(source.shows({"top"}));
}

TEST(DirectoryFault, HoldsWhatIsMissingWhenTheRootLiesOnAnotherFileSystem) {
    Playground world;
    world.write("a.yaml", spec("a"));
    world.write("b.yaml", spec("b"));
    OddFiles files;
    bool lost = false;
    files.change_info = [&](FileInfo info) {
        if (lost) ++info.stamp.device;
        return info;
    };
    RunningSource source(quick(world.path()), files);
    ASSERT_TRUE(source.shows({"a", "b"}));
    source.protect({"a", "b"});

    lost = true;
    world.remove("b.yaml");
    ASSERT_TRUE(source.until([&] { return !source.last().complete && names_in(source.last().broken) == Names{"b"}; }));
    EXPECT_TRUE(source.status().problem.starts_with(world.path() + ": lies on")) << source.status().problem;
    world.write("b.yaml", spec("b"));
    EXPECT_TRUE(source.shows({"a", "b"}));
}

TEST(DirectoryFault, TakesTheRemovalOfEveryFileAtItsWord) {
    Playground world;
    world.write("a.yaml", spec("a"));
    RunningSource source(quick(world.path()));
    ASSERT_TRUE(source.shows({"a"}));
    world.remove("a.yaml");
    EXPECT_TRUE(source.shows({}));
}

TEST(DirectoryFault, StartsEmptyOnlyInADirectoryThatExists) {
    Playground world;
    RunningSource source(quick(world.path()));
    ASSERT_TRUE(source.shows({}));
    EXPECT_TRUE(source.status().up);
}

TEST(DirectoryFault, LooksAgainInFullAfterTheKernelDroppedHints) {
    Playground world;
    world.write("a.yaml", spec("a"));
    RunningSource source(hints_only(world.path()));
    ASSERT_TRUE(source.shows({"a"}));

    // More events than the kernel's queue holds, while nobody drains it.
    std::size_t limit = 16384;
    std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> limit;
    if (limit > 200'000) GTEST_SKIP() << "this kernel's queue is too long to overflow here";
    for (std::size_t i = 0; i <= limit / 3; ++i) {
        // Each round gives a create, a close and a delete, and two in a row are never merged.
        auto const path = world.path("n.yaml");
        int const fd = ::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        ::close(fd);
        ::unlink(path.c_str());
    }
    world.write("late.yaml", spec("late"));
    ASSERT_TRUE(source.shows({"a", "late"}));
    EXPECT_GE(source.status().watch_overflows, 1u);
}

/// Takes every inotify instance the user may have; the kernel counts them per user.
class AllInstances {
public:
    AllInstances() {
        for (int fd = 0; (fd = ::inotify_init1(IN_CLOEXEC)) >= 0;) taken_.push_back(fd);
        error_ = errno;
    }
    ~AllInstances() { release(); }
    AllInstances(AllInstances const&) = delete;
    AllInstances& operator=(AllInstances const&) = delete;

    [[nodiscard]] int error() const { return error_; }
    void release() {
        for (int const fd : taken_) ::close(fd);
        taken_.clear();
    }

private:
    std::vector<int> taken_;
    int error_ = 0;
};

TEST(DirectoryFault, PollsWhenTheKernelGrantsNoWatchAndListensAgainLater) {
    Playground world;
    world.write("a.yaml", spec("a"));
    AllInstances instances;
    ASSERT_EQ(instances.error(), EMFILE);
    if (int const fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC); fd >= 0) {
        ::close(fd);
    } else {
        GTEST_SKIP() << "descriptors ran out before inotify instances did";
    }
    RunningSource source(quick(world.path()));
    ASSERT_TRUE(source.shows({"a"}));
    EXPECT_TRUE(source.status().polling);

    world.write("b.yaml", spec("b"));
    EXPECT_TRUE(source.shows({"a", "b"}));
    EXPECT_EQ(source.status().watch_events, 0u);

    instances.release();
    EXPECT_TRUE(source.until([&] { return !source.status().polling; }));
}

TEST(DirectoryFault, PollsOnFileSystemsThatChangeElsewhere) {
    Playground world;
    world.write("a.yaml", spec("a"));
    OddFiles files;
    files.local = false;
    auto options = quick(world.path());
    options.times.check = options.times.full_look = milliseconds(600'000);
    RunningSource source(options, files);
    ASSERT_TRUE(source.shows({"a"}));
    EXPECT_TRUE(source.status().polling);

    world.write("b.yaml", spec("b"));
    ASSERT_TRUE(source.shows({"a", "b"}));
    EXPECT_EQ(source.status().watch_events, 0u);
}

TEST(DirectoryFault, FindsByPollingWhatNoHintToldOf) {
    // As with a change in the lower layer of an overlay.
    Playground world;
    world.write("a.yaml", spec("a"));
    auto options = quick(world.path());
    options.use_hints = false;
    RunningSource source(options);
    ASSERT_TRUE(source.shows({"a"}));
    world.write("b.yaml", spec("b"));
    EXPECT_TRUE(source.shows({"a", "b"}));
}

TEST(DirectoryFault, DoesNotMindFilesFromTheFuture) {
    Playground world;
    world.write("a.yaml", spec("a"));
    std::filesystem::last_write_time(world.path("a.yaml"),
                                     std::filesystem::file_time_type::clock::now() + std::chrono::hours(48));
    RunningSource source(quick(world.path()));
    ASSERT_TRUE(source.shows({"a"}));
    auto const published = source.status().published;

    ASSERT_TRUE(source.looks(3));
    EXPECT_EQ(source.status().published, published);
    world.write("a.yaml", spec("b"));
    EXPECT_TRUE(source.shows({"b"}));
}

TEST(DirectoryFault, GivesUpALookWhenTheTreeNeverHoldsStill) {
    Playground world;
    world.write("a.yaml", spec("a"));
    OddFiles files;
    int count = 0;
    bool moving = true;
    files.before_open_file = [&](auto const&) {
        if (!moving) return;
        ++count;
        world.write(fmt::format("new-{}.yaml", count), spec(fmt::format("n{}", count)));
    };
    RunningSource source(quick(world.path()), files);
    ASSERT_TRUE(source.until([&] { return source.status().errors > 0; }));
    EXPECT_TRUE(source.publications().empty());
    EXPECT_GE(source.status().discarded_race, 5u);

    moving = false;
    ASSERT_TRUE(source.until([&] { return source.status().up; }));
    EXPECT_TRUE(source.last().complete);
}

TEST(DirectoryFault, RefusesATreeBeyondItsLimits) {
    Playground world;
    for (int i = 0; i < 4; ++i) world.write("f" + std::to_string(i) + ".yaml", spec("e" + std::to_string(i)));
    auto by_count = quick(world.path());
    by_count.limits.files = 3;
    auto by_size = quick(world.path());
    by_size.limits.total_bytes = 300;
    for (auto const& options : {by_count, by_size}) {
        RunningSource source(options);
        ASSERT_TRUE(source.until([&] { return source.status().errors > 0; }));
        EXPECT_TRUE(source.publications().empty());
        EXPECT_FALSE(source.status().up);
    }
}

TEST(DirectoryFault, ReadsOnceWithoutWatching) {
    Playground world;
    world.write("a.yaml", spec("a"));
    SystemClock clock;
    boost::asio::io_context context{1};
    DirectorySource good(clock, Log::none(), quick(world.path()));
    DirectorySource missing(clock, Log::none(), quick(world.path("missing")));
    bool ended = false;
    boost::asio::co_spawn(
        context,
        [](Source& first, Source& second, bool& done) -> Task<void> {
            auto const snapshot = co_await first.read_once();
            EXPECT_TRUE(snapshot.has_value());
            if (snapshot) EXPECT_EQ(names_in((*snapshot)->environments), Names{"a"});
            auto const nothing = co_await second.read_once();
            EXPECT_FALSE(nothing.has_value());
            if (!nothing) EXPECT_EQ(nothing.error().kind, ErrorKind::NotFound);
            done = true;
        }(good, missing, ended),
        [](std::exception_ptr error) { EXPECT_FALSE(error); });
    context.run();
    EXPECT_TRUE(ended);
}

TEST(DirectoryOptions, NameTheFieldTheyReject) {
    EXPECT_TRUE(DirectoryOptions{.path = "x"}.check());
    EXPECT_TRUE(DirectoryOptions{}.check().error().message.starts_with("path:"));
    EXPECT_TRUE((DirectoryOptions{.path = "x", .tries = 0}).check().error().message.starts_with("tries:"));
}

}  // namespace
}  // namespace dayfly::source::test
