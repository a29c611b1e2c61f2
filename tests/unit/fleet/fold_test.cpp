// Folding an index that trails behind into what we know: our own writes win for a while, later versions always.
#include <gtest/gtest.h>

#include "controller/fleet/app_record.h"

namespace dayfly::fleet {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds lag = 60s;
constexpr Instant start{1h};

struct Fold : testing::Test {
    AppRecord record;
    Instant now = start;

    static fly::OrgMachine line(std::string id, std::string version, std::string state = "started",
                                std::string region = "fra") {
        return {.id = id,
                .name = "web-" + id,
                .app_name = "shop",
                .state = std::move(state),
                .region = std::move(region),
                .version = std::move(version),
                .updated_at = {},
                .image = "nginx",
                .guest = {},
                .metadata = {}};
    }
    bool machines(std::vector<fly::OrgMachine> const& lines, std::set<std::string> const& error_regions = {}) {
        std::vector<fly::OrgMachine const*> pointers;
        for (auto const& one : lines) pointers.push_back(&one);
        return record.fold_machines(pointers, error_regions, now, lag);
    }
    bool volumes(std::vector<fly::Volume> const& lines) {
        std::vector<fly::Volume const*> pointers;
        for (auto const& one : lines) pointers.push_back(&one);
        return record.fold_volumes(pointers, now, lag);
    }
    void wrote(std::string const& id, std::string version, std::string state) {
        record.machines[id] = {.seen = {.id = id,
                                        .name = "web-" + id,
                                        .state = std::move(state),
                                        .region = "fra",
                                        .version = std::move(version),
                                        .image = "nginx",
                                        .guest = {},
                                        .metadata = {}},
                               .written_at = now};
    }
    [[nodiscard]] fly::ObservedMachine const& machine(std::string const& id) const { return record.machines.at(id).seen; }
};

TEST_F(Fold, TellsOnlyWhatIsNews) {
    EXPECT_TRUE(machines({line("1", "01A")}));
    EXPECT_FALSE(machines({line("1", "01A")}));
    EXPECT_TRUE(machines({line("1", "01A", "stopped")}));
    EXPECT_EQ(machine("1").state, "stopped");
}

TEST_F(Fold, LetsOurOwnWriteWinWhileTheListMayTrail) {
    wrote("1", "01B", "started");
    now += 59s;
    EXPECT_FALSE(machines({line("1", "01B", "starting")}));
    EXPECT_EQ(machine("1").state, "started");
    now += 1s;
    EXPECT_TRUE(machines({line("1", "01B", "stopped")})) << "after the lag the list is right";
}

TEST_F(Fold, NeverGoesBackToAnEarlierVersion) {
    wrote("1", "01B", "started");
    now += 10h;
    EXPECT_FALSE(machines({line("1", "01A", "stopped")}));
    EXPECT_EQ(machine("1").version, "01B");
    EXPECT_FALSE(machine("1").changed_behind_us);
}

TEST_F(Fold, NoticesAVersionThatIsNotOursEvenRightAfterAWrite) {
    wrote("1", "01B", "started");
    record.machines["1"].seen.config = fly::MachineConfig{};
    now += 1s;
    EXPECT_TRUE(machines({line("1", "01C")}));
    EXPECT_TRUE(machine("1").changed_behind_us);
    EXPECT_FALSE(machine("1").config) << "what was known of the old version's config says nothing of this one";
}

TEST_F(Fold, KeepsAFreshMachineThatTheListDoesNotShowYet) {
    wrote("1", "01A", "created");
    now += 30s;
    EXPECT_FALSE(machines({}));
    EXPECT_EQ(record.machines.size(), 1u);
    now += 31s;
    record.growing = true;
    EXPECT_TRUE(machines({}));
    EXPECT_TRUE(record.machines.empty());
    EXPECT_FALSE(record.growing) << "from now on its absence has to be proved";
    EXPECT_TRUE(record.missing_machines.contains("1")) << "and it will be asked for by name";
}

TEST_F(Fold, ConcludesNothingAboutRegionsThatDidNotAnswer) {
    machines({line("1", "01A"), line("2", "01A", "started", "ams")});
    now += 10h;
    EXPECT_TRUE(machines({}, {"fra"}));
    EXPECT_TRUE(record.machines.contains("1"));
    EXPECT_FALSE(record.machines.contains("2"));
}

TEST_F(Fold, DoesNotResurrectWhatWeRemoved) {
    record.removed["1"] = now;
    now += 30s;
    EXPECT_FALSE(machines({line("1", "01A")}));
    EXPECT_TRUE(record.machines.empty());
    now += 31s;
    machines({});
    EXPECT_TRUE(record.removed.empty()) << "the tombstone has had its time";
    EXPECT_TRUE(machines({line("1", "01A")})) << "it is really there";
}

TEST_F(Fold, TakesDestroyedMachinesForGone) {
    for (auto const* const state : {"destroyed", "replaced", "migrated"})
        EXPECT_FALSE(machines({line("1", "01A", state)})) << state;
    EXPECT_TRUE(machines({line("1", "01A", "destroying")}));
}

TEST_F(Fold, FoldsVolumesLikewise) {
    fly::Volume const volume{.id = "v", .name = "web_0", .state = "created", .region = "fra", .size_gb = 1};
    EXPECT_TRUE(volumes({volume}));
    EXPECT_FALSE(volumes({volume}));
    auto grown = volume;
    grown.size_gb = 2;
    EXPECT_TRUE(volumes({grown}));

    record.volumes["v"] = {.seen = volume, .written_at = now};
    EXPECT_FALSE(volumes({grown})) << "our own write is younger than the list";
    EXPECT_FALSE(volumes({}));
    now += lag;
    auto leaving = volume;
    leaving.state = "pending_destroy";
    EXPECT_TRUE(volumes({leaving})) << "a volume on its way out is not there";
    EXPECT_TRUE(record.volumes.empty());
}

}  // namespace
}  // namespace dayfly::fleet
