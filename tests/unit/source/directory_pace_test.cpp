// When a directory source looks, and what looking costs.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "controller/source/look_schedule.h"
#include "tests/support/virtual_clock.h"
#include "tests/unit/source/directory_world.h"

namespace dayfly::source::test {
namespace {

/// A schedule whose first look was taken at `at(0)`.
class Schedule : public testing::Test {
protected:
    Schedule() { (void)schedule_.take(at(0)); }
    static Instant at(int ms) { return Instant{std::chrono::hours(1)} + milliseconds(ms); }
    LookSchedule schedule_{LookTimes{}};
};

TEST_F(Schedule, LooksOnceItIsQuiet) {
    schedule_.hint(at(100));
    schedule_.hint(at(140));
    EXPECT_EQ(schedule_.next_look(true), at(190));
}

TEST_F(Schedule, DoesNotLetAStreamOfHintsPutALookOffForEver) {
    for (int ms = 100; ms < 5'000; ms += 20) schedule_.hint(at(ms));
    EXPECT_EQ(schedule_.next_look(true), at(1'100));
}

TEST_F(Schedule, MeetsAllHintsWithOneLook) {
    for (int i = 0; i < 1'000; ++i) schedule_.hint(at(100));
    EXPECT_FALSE(schedule_.take(at(150)).confirm);
    EXPECT_GT(schedule_.next_look(true), at(20'000));
}

TEST_F(Schedule, ConfirmsEveryThirtySecondsAndReadsAllEveryTenMinutes) {
    EXPECT_EQ(schedule_.next_look(true), at(30'000));
    auto const look = schedule_.take(at(30'000));
    EXPECT_TRUE(look.confirm);
    EXPECT_FALSE(look.read_all);
    EXPECT_TRUE(schedule_.take(at(600'000)).read_all);
}

TEST_F(Schedule, LooksMoreOftenWhereNoHintsCome) { EXPECT_EQ(schedule_.next_look(false), at(5'000)); }

TEST_F(Schedule, KeepsAConfirmationThatIsNotDueYet) {
    schedule_.confirm_by(at(2'000));
    schedule_.hint(at(100));
    EXPECT_FALSE(schedule_.take(at(150)).confirm);
    EXPECT_EQ(schedule_.next_look(true), at(2'000));
    EXPECT_TRUE(schedule_.take(at(2'000)).confirm);
}

TEST(DirectoryPace, PublishesAWriteWithinTheQuietPeriodAndFiftyMilliseconds) {
    Playground world;
    for (int i = 0; i < 200; ++i) world.write(fmt::format("{}/f{}.yaml", i % 10, i), spec(fmt::format("e{}", i)));
    auto options = DirectoryOptions{.path = world.path()};
    RunningSource source(options);
    ASSERT_TRUE(source.until([&] { return source.status().published == 1 && source.status().unchanged >= 1; }));

    auto best = milliseconds::max();
    for (int round = 0; round < 5; ++round) {
        auto const published = source.status().published;
        auto const before = std::chrono::steady_clock::now();
        world.write("3/new.yaml", spec("new", fmt::format("ghcr.io/acme/shop:{}", round)));
        ASSERT_TRUE(source.until([&] { return source.status().published > published; }));
        best = std::min(best, std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - before));
    }
    EXPECT_LT(best, options.times.quiet + milliseconds(50));
    RecordProperty("best_ms", static_cast<int>(best.count()));
}

TEST(DirectoryPace, TouchesNoFileWhileNothingHappens) {
    Playground world;
    for (int i = 0; i < 50; ++i) world.write(fmt::format("f{}.yaml", i), spec(fmt::format("e{}", i)));
    OddFiles files;
    // Stamps old enough to be trusted.
    files.change_info = [](FileInfo info) {
        info.stamp.changed_ns = info.stamp.modified_ns = 1'700'000'000'000'000'000;
        return info;
    };
    dayfly::test::VirtualClock clock;
    DirectorySource source(clock, Log::none(), DirectoryOptions{.path = world.path()}, files);
    std::size_t publications = 0;
    std::set<std::shared_ptr<Snapshot const>> snapshots;
    boost::asio::cancellation_signal stop;
    bool ended = false;
    boost::asio::io_context context{1};
    auto const count = [&](std::shared_ptr<Snapshot const> const& snapshot, bool /*changed*/) {
        ++publications;
        snapshots.insert(snapshot);
    };
    boost::asio::co_spawn(context, source.run(count),
                          boost::asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr const&) { ended = true; }));
    auto const pass = [&](std::chrono::milliseconds time) {
        auto const end = clock.now() + time;
        dayfly::test::run_until(context, clock, time, [&] { return clock.now() >= end; });
    };
    pass(std::chrono::seconds(5));
    ASSERT_EQ(publications, 1u);
    auto const lists = files.lists;
    pass(std::chrono::seconds(20));
    EXPECT_EQ(files.lists, lists) << "an idle second lists no directory";
    pass(std::chrono::seconds(10));
    EXPECT_GT(files.lists, lists) << "every thirty seconds all stamps are looked at";
    EXPECT_EQ(publications, 2u) << "and the snapshot is confirmed";
    pass(std::chrono::seconds(60));
    EXPECT_EQ(publications, 4u);
    EXPECT_EQ(snapshots.size(), 1u) << "what is confirmed is not built again";

    stop.emit(boost::asio::cancellation_type::terminal);
    dayfly::test::run_until(context, clock, std::chrono::seconds(10), [&] { return ended; });
    EXPECT_TRUE(ended);
}

TEST(DirectoryPace, ReadsAFileAgainOnlyWhenItsStampChanged) {
    Playground world;
    for (int i = 0; i < 20; ++i) {
        world.write(fmt::format("f{}.yaml", i), spec(fmt::format("e{}", i)));
    }
    OddFiles files;
    // Stamps old enough to be trusted.
    files.change_info = [](FileInfo info) {
        info.stamp.changed_ns -= 60'000'000'000;
        info.stamp.modified_ns -= 60'000'000'000;
        return info;
    };
    RunningSource source(quick(world.path()), files);
    ASSERT_TRUE(source.until([&] { return source.status().published == 1; }));
    EXPECT_EQ(files.file_opens, 20u);
    ASSERT_TRUE(source.looks(5));
    EXPECT_EQ(files.file_opens, 20u);

    world.write("f3.yaml", spec("e3", "ghcr.io/acme/shop:2"));
    ASSERT_TRUE(source.until([&] { return source.status().published == 2; }));
    EXPECT_EQ(files.file_opens, 21u);
}

TEST(DirectoryPace, ReadsTenThousandFiles) {
    Playground world;
    for (int i = 0; i < 10'000; ++i) world.write(fmt::format("{}/f{}.yaml", i % 100, i), spec(fmt::format("e{}", i)));
    RunningSource source(DirectoryOptions{.path = world.path()});
    ASSERT_TRUE(source.until([&] { return source.status().published == 1; }, milliseconds(60'000)));
    EXPECT_TRUE(source.last().complete);
    EXPECT_EQ(source.last().environments.size(), 10'000u);
}

TEST(DirectoryPace, MeetsAStormOfPokesWithFewLooks) {
    Playground world;
    world.write("a.yaml", spec("a"));
    RunningSource source(hints_only(world.path()));
    ASSERT_TRUE(source.shows({"a"}));
    ASSERT_TRUE(source.until([&] { return source.status().unchanged == 1; }));

    for (int i = 0; i < 1'000; ++i) source.source().poke();
    ASSERT_TRUE(source.until([&] { return source.status().unchanged == 2; }));
    EXPECT_FALSE(source.until([&] { return source.status().unchanged > 2; }, milliseconds(100)));
}

}  // namespace
}  // namespace dayfly::source::test
