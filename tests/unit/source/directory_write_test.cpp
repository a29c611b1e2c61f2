// Writers that take their time, with the times that hold in earnest, on virtual time: half a file is never taken for a whole
// one, and what was swapped in whole is believed at once.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/virtual_clock.h"
#include "tests/unit/source/directory_world.h"

namespace dayfly::source::test {
namespace {

using std::chrono::seconds;

/// A source on a clock that the test moves.
class TimedSource {
public:
    explicit TimedSource(DirectoryOptions options) : source_(clock_, Log::none(), std::move(options)) {
        auto const publish = [this](std::shared_ptr<Snapshot const> snapshot, bool) {
            auto known = names_in(snapshot->environments);
            known.merge(names_in(snapshot->broken));
            for (auto const& name : protected_) {
                if (snapshot->complete && !known.contains(name)) ADD_FAILURE() << "a complete snapshot has lost " << name;
            }
            last_ = std::move(snapshot);
            ++looks_;
        };
        boost::asio::co_spawn(context_, source_.run(publish),
                              boost::asio::bind_cancellation_slot(stop_.slot(), [this](std::exception_ptr const& error) {
                                  EXPECT_FALSE(error);
                                  ended_ = true;
                              }));
        pass(seconds(1));
    }
    ~TimedSource() {
        stop_.emit(boost::asio::cancellation_type::terminal);
        dayfly::test::run_until(context_, clock_, seconds(10), [this] { return ended_; });
        EXPECT_TRUE(ended_);
    }
    TimedSource(TimedSource const&) = delete;
    TimedSource& operator=(TimedSource const&) = delete;

    void pass(Instant::duration time) {
        auto const end = clock_.now() + time;
        dayfly::test::run_until(context_, clock_, time, [&] { return clock_.now() >= end; });
    }
    /// It calls exactly these its own, and all of it.
    [[nodiscard]] bool shows(Names const& names) const {
        return last_ && last_->complete && last_->broken.empty() && names_in(last_->environments) == names;
    }
    void protect(Names names) { protected_ = std::move(names); }
    [[nodiscard]] Snapshot const& last() const { return *last_; }
    [[nodiscard]] std::size_t looks() const { return looks_; }

private:
    dayfly::test::VirtualClock clock_;
    DirectorySource source_;
    std::shared_ptr<Snapshot const> last_;
    std::size_t looks_ = 0;
    Names protected_;
    bool ended_ = false;
    boost::asio::cancellation_signal stop_;
    boost::asio::io_context context_{1};
};

std::string three(std::string const& image) {
    return spec("a", image) + "---\n" + spec("b", image) + "---\n" + spec("c", image);
}

struct Way {
    char const* name;
    bool hints;
    bool keeps_open;
};
void PrintTo(Way const& way, std::ostream* out) { *out << way.name; }
class SlowWriter : public testing::TestWithParam<Way> {};

TEST_P(SlowWriter, LosesNothingInAPauseBetweenTwoDocuments) {
    Playground world;
    world.write("all.yaml", three("ghcr.io/acme/shop:1"));
    world.write("d.yaml", spec("d"));
    DirectoryOptions options{.path = world.path()};
    options.use_hints = GetParam().hints;
    TimedSource source(options);
    ASSERT_TRUE(source.shows({"a", "b", "c", "d"}));
    source.protect({"a", "b", "c", "d"});

    std::string const image = "ghcr.io/acme/shop:2";
    std::ofstream file(world.path("all.yaml"), std::ios::trunc);
    auto const write = [&](std::string const& text) {
        file << text << std::flush;
        if (!GetParam().keeps_open) file.close();
        source.pass(seconds(5));
        EXPECT_FALSE(source.shows({"a", "d"}));
        if (!GetParam().keeps_open) file.open(world.path("all.yaml"), std::ios::app);
    };
    source.pass(seconds(5));
    write(spec("a", image) + "---\n");
    write(spec("b", image) + "---\n");
    write(spec("c", image));
    file.close();
    source.pass(seconds(10));
    EXPECT_TRUE(source.shows({"a", "b", "c", "d"}));
    for (auto const& environment : source.last().environments) {
        if (environment.key.name != "d") EXPECT_EQ(environment.spec.image, image);
    }
}

INSTANTIATE_TEST_SUITE_P(Directory, SlowWriter,
                         testing::Values(Way{"KeepsItOpen", true, true}, Way{"OpensItForEachPart", true, false},
                                         Way{"KeepsItOpenUnheard", false, true},
                                         Way{"OpensItForEachPartUnheard", false, false}),
                         [](auto const& tested) { return tested.param.name; });

TEST(DirectoryWrite, TakesNothingOfAFileThatIsStillOpen) {
    Playground world;
    world.write("a.yaml", spec("a", "ghcr.io/acme/shop:1"));
    TimedSource source(DirectoryOptions{.path = world.path()});
    std::ofstream file(world.path("a.yaml"), std::ios::trunc);
    file << spec("a", "ghcr.io/acme/shop:2") << std::flush;
    source.pass(seconds(120));
    EXPECT_FALSE(source.last().complete);
    ASSERT_EQ(source.last().environments.size(), 1u);
    EXPECT_EQ(source.last().environments[0].spec.image, "ghcr.io/acme/shop:1");
    EXPECT_TRUE(source.last().notes.front().message.contains("being written"));

    file.close();
    source.pass(seconds(1));
    EXPECT_TRUE(source.shows({"a"}));
    EXPECT_EQ(source.last().environments[0].spec.image, "ghcr.io/acme/shop:2");
}

TEST(DirectoryWrite, CallsNothingGoneWhileAnyFileIsOpen) {
    Playground world;
    world.write("a.yaml", spec("a"));
    world.write("b.yaml", spec("b"));
    TimedSource source(DirectoryOptions{.path = world.path()});
    source.protect({"a", "b"});

    // The object moves, and its new file is not finished.
    std::ofstream file(world.path("c.yaml"), std::ios::trunc);
    file << "# the new home of b\n" << std::flush;
    world.remove("b.yaml");
    source.pass(seconds(30));
    EXPECT_FALSE(source.last().complete);
    file << spec("b");
    file.close();
    source.pass(seconds(1));
    EXPECT_TRUE(source.shows({"a", "b"}));
}

TEST(DirectoryWrite, WaitsAMinuteForWhatAFileWrittenInPlaceLost) {
    for (bool const hints : {true, false}) {
        Playground world;
        world.write("all.yaml", three("ghcr.io/acme/shop:1"));
        DirectoryOptions options{.path = world.path()};
        options.use_hints = hints;
        TimedSource source(options);
        world.write("all.yaml", spec("a"));
        source.pass(seconds(59));
        EXPECT_FALSE(source.last().complete);
        EXPECT_EQ(names_in(source.last().broken), (Names{"b", "c"}));
        source.pass(seconds(10));
        EXPECT_TRUE(source.shows({"a"}));
    }
}

TEST(DirectoryWrite, BelievesWithinSecondsAndTwoLooksWhatWasSwappedInWhole) {
    Playground world;
    world.write("v1/all.yaml", three("ghcr.io/acme/shop:1"));
    world.write("v2/all.yaml", spec("a") + "---\n" + spec("b"));
    world.link("v1", "current");
    for (bool const hints : {true, false}) {
        world.flip("current", "v1");
        DirectoryOptions options{.path = world.path("current")};
        options.use_hints = hints;
        TimedSource source(options);
        ASSERT_TRUE(source.shows({"a", "b", "c"}));
        world.flip("current", "v2");
        source.pass(seconds(10));
        EXPECT_TRUE(source.shows({"a", "b"})) << "a link was flipped";
    }
    TimedSource source(DirectoryOptions{.path = world.path("current")});
    auto const looks = source.looks();
    world.replace("v2/all.yaml", spec("a"));
    source.pass(seconds(4));
    EXPECT_TRUE(source.shows({"a"})) << "another file took its place";
    EXPECT_GE(source.looks(), looks + 2);
}

TEST(DirectoryWrite, DoesNotTakeAnotherFileForWholeWhereNobodyTellsOfWriters) {
    Playground world;
    world.write("all.yaml", three("ghcr.io/acme/shop:1"));
    DirectoryOptions options{.path = world.path()};
    options.use_hints = false;
    TimedSource source(options);
    world.replace("all.yaml", spec("a"));
    source.pass(seconds(50));
    EXPECT_FALSE(source.last().complete);
    source.pass(seconds(20));
    EXPECT_TRUE(source.shows({"a"}));
}

TEST(DirectoryWrite, GivesUpAWriterThatNeverCloses) {
    Playground world;
    world.write("all.yaml", three("ghcr.io/acme/shop:1"));
    TimedSource source(DirectoryOptions{.path = world.path()});
    // truncate(2): a change without any file to close.
    std::filesystem::resize_file(world.path("all.yaml"), spec("a").size());
    source.pass(seconds(590));
    EXPECT_FALSE(source.last().complete);
    EXPECT_EQ(names_in(source.last().environments), (Names{"a", "b", "c"}));
    source.pass(seconds(50));
    EXPECT_FALSE(source.last().complete);
    EXPECT_EQ(names_in(source.last().broken), (Names{"b", "c"}));
    source.pass(seconds(40));
    EXPECT_TRUE(source.shows({"a"}));
}

}  // namespace
}  // namespace dayfly::source::test
