// Looks at the organisation and at one app, against a Fly whose lists need not agree with the truth.
#include "controller/fleet/fleet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>

#include "tests/support/virtual_clock.h"
#include "tests/unit/fleet/fake_reader.h"

namespace dayfly::fleet {
namespace {

using namespace std::chrono_literals;

struct Looks : testing::Test {
    boost::asio::io_context context;
    test::VirtualClock clock;
    FakeReader fly;
    Fleet fleet{fly, clock, {.organization = "acme", .page_limit = 2}};

    Looks() {
        fly::App const app{.id = "1", .name = "shop", .organization = "acme", .network = "net"};
        fly.true_apps["shop"] = app;
        fly.apps = {app};
    }
    static fly::App app(std::string name, std::string id) {
        return {.id = std::move(id), .name = std::move(name), .organization = "acme", .network = "net"};
    }
    Result<Refresh> refresh() { return test::run_task(context, clock, fleet.refresh()); }
    Result<fly::Observed> look() {
        fly.asked.clear();
        return test::run_task(context, clock, fleet.look("shop", false));
    }
    void pass(Instant::duration time) { clock.advance_to(clock.now() + time); }

    void add_machine(std::string const& id, bool listed = true) {
        fly::Machine machine;
        machine.id = id;
        machine.name = "web-" + id;
        machine.state = "started";
        machine.region = "fra";
        machine.instance_id = "01A";
        machine.host_status = "ok";
        machine.config = fly::MachineConfig{};
        machine.config->metadata = {{"mark", id}};
        fly.true_machines[id] = machine;
        if (!listed) return;
        fly.listed_machines.push_back(machine);
        fly.org_machines.push_back({.id = id,
                                    .name = machine.name,
                                    .app_name = "shop",
                                    .state = "started",
                                    .region = "fra",
                                    .version = "01A",
                                    .updated_at = {},
                                    .image = {},
                                    .guest = {},
                                    .metadata = {{"mark", id}}});
    }
    void add_volume(std::string const& id, bool listed = true) {
        fly::Volume const volume{
            .id = id, .name = "web_0", .state = "created", .region = "fra", .size_gb = 1, .app_name = "shop"};
        fly.true_volumes[id] = volume;
        if (!listed) return;
        fly.listed_volumes.push_back(volume);
        fly.org_volumes.push_back(volume);
    }
    [[nodiscard]] bool asked(std::string const& call) const { return std::ranges::find(fly.asked, call) != fly.asked.end(); }
};

TEST_F(Looks, ReadEveryPageOfTheOrganisation) {
    fly.page_size = 2;
    for (auto const* const id : {"1", "2", "3", "4", "5"}) add_machine(id);
    auto const seen = refresh();
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->machines, 5u);
    EXPECT_EQ(fleet.observe("shop").machines.size(), 5u);
    EXPECT_EQ(seen->changed_apps, std::set<std::string>{"shop"});
    EXPECT_TRUE(refresh()->changed_apps.empty());
}

TEST_F(Looks, EndWhenACursorGoesRoundInCircles) {
    fly.endless = true;
    add_machine("1");
    auto const seen = refresh();
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.error().kind, ErrorKind::Unavailable);
}

TEST_F(Looks, ThatFailChangeNothing) {
    add_machine("1");
    ASSERT_TRUE(refresh());
    fly.org_machines.clear();
    fly.apps.clear();
    for (auto const* const call : {"list_apps", "list_org_machines", "list_org_volumes"}) {
        fly.broken = {{call, ErrorKind::Unavailable}};
        pass(1h);
        EXPECT_FALSE(refresh()) << call;
        EXPECT_EQ(fleet.observe("shop").machines.size(), 1u) << call;
        EXPECT_EQ(fleet.observe("shop").presence, fly::Presence::Present) << call;
    }
}

TEST_F(Looks, CallNothingNeverAttemptedBeforeTheFirstWholeOne) {
    EXPECT_FALSE(fleet.observe("new").never_attempted);
    ASSERT_TRUE(refresh());
    EXPECT_TRUE(fleet.observe("new").never_attempted);
    EXPECT_FALSE(fleet.observe("shop").never_attempted);
}

TEST_F(Looks, KeepAnAppThatWasJustCreatedAndIsNotListedYet) {
    ASSERT_TRUE(refresh());
    fleet.app_created(app("young", "2"), "default/young");
    pass(30s);
    ASSERT_TRUE(refresh());
    EXPECT_EQ(fleet.observe("young").presence, fly::Presence::Present);
    EXPECT_TRUE(fleet.observe("young").absence_proven) << "we know that nothing else was made in it";
    pass(31s);
    ASSERT_TRUE(refresh());
    EXPECT_EQ(fleet.observe("young").presence, fly::Presence::Absent);
    EXPECT_FALSE(fleet.observe("young").never_attempted);
}

TEST_F(Looks, ForgetAnAppWhoseNameWasTakenAgain) {
    add_machine("1");
    ASSERT_TRUE(refresh());
    fleet.app_created(app("shop", "1"), "default/shop");
    fly.apps.front().id = "another";
    fly.org_machines.clear();
    ASSERT_TRUE(refresh());
    EXPECT_EQ(fleet.observe("shop").created_for, "") << "what we made has gone; this one is somebody else's";
    EXPECT_TRUE(fleet.observe("shop").machines.empty());
}

TEST_F(Looks, AtOneAppForgetItWhenItsNameWasTakenAgain) {
    ASSERT_TRUE(refresh());
    fleet.app_created(app("shop", "1"), "default/shop");
    add_machine("1");
    ASSERT_TRUE(look());
    fly.true_apps["shop"].id = "another";
    fly.listed_machines.clear();
    fly.true_machines.clear();
    auto const seen = look();
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->created_for, "");
    EXPECT_EQ(fleet.observe("shop").created_for, "");
    EXPECT_TRUE(fleet.observe("shop").machines.empty());
}

TEST_F(Looks, AtOneAppAskByNameForWhatItsListsLack) {
    add_machine("1");
    add_volume("v1");
    ASSERT_TRUE(refresh());
    fly.listed_machines.clear();
    fly.listed_volumes.clear();
    auto const seen = look();
    ASSERT_TRUE(seen) << seen.error().message;
    EXPECT_TRUE(asked("get_machine 1"));
    EXPECT_TRUE(asked("get_volume v1"));
    EXPECT_EQ(seen->machines.size(), 1u) << "an empty list lied";
    EXPECT_EQ(seen->volumes.size(), 1u);
}

TEST_F(Looks, AtOneAppFindTheVolumeThatAMachineMounts) {
    add_machine("1");
    add_volume("v9", false);
    fly.listed_machines.front().config->mounts = {{.volume = "v9", .path = "/data"}};
    auto const seen = look();
    ASSERT_TRUE(seen);
    ASSERT_EQ(seen->volumes.size(), 1u);
    EXPECT_EQ(seen->volumes.front().id, "v9");
}

TEST_F(Looks, AtOneAppBelieveA404ButNoOtherFailure) {
    add_machine("1");
    ASSERT_TRUE(refresh());
    fly.listed_machines.clear();
    fly.broken = {{"get_machine", ErrorKind::Unavailable}};
    EXPECT_FALSE(look()) << "could not look is not absent";
    fly.broken.clear();
    fly.true_machines.clear();
    auto const seen = look();
    ASSERT_TRUE(seen);
    EXPECT_TRUE(seen->machines.empty());
}

TEST_F(Looks, AtOneAppDistrustListsThatShowLessThanItCounts) {
    fly.true_apps["shop"].machine_count = 1;
    auto const seen = look();
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.error().kind, ErrorKind::NotReadyYet);
}

TEST_F(Looks, ProveAnAbsenceByAgreeingSomeTimeApart) {
    ASSERT_TRUE(refresh());
    EXPECT_FALSE(look()->absence_proven);
    pass(9s);
    EXPECT_FALSE(look()->absence_proven) << "too soon after the first";
    pass(1s);
    EXPECT_TRUE(look()->absence_proven);
}

TEST_F(Looks, StartTheProofOverWhenTheyDisagreeOrAWriteWasLost) {
    add_machine("1");
    ASSERT_TRUE(look());
    pass(20s);
    fly.listed_machines.clear();
    fly.true_machines.clear();
    EXPECT_FALSE(look()->absence_proven) << "something vanished in between";
    pass(20s);
    ASSERT_TRUE(look()->absence_proven);
    fleet.write_unanswered("shop");
    pass(20s);
    EXPECT_FALSE(look()->absence_proven) << "it may have been made";
    pass(20s);
    EXPECT_TRUE(look()->absence_proven);
}

TEST_F(Looks, TakeTheSilenceAboutAYoungAppForTooEarly) {
    ASSERT_TRUE(refresh());
    fleet.app_created(app("shop", "1"), "default/shop");
    fly.true_apps.clear();
    for (auto const kind : {ErrorKind::NotFound, ErrorKind::Unauthenticated}) {
        fly.broken = {{"get_app", kind}};
        auto const seen = look();
        ASSERT_FALSE(seen);
        EXPECT_EQ(seen.error().kind, ErrorKind::NotReadyYet);
    }
    fly.broken.clear();
    pass(1min);
    auto const later = look();
    ASSERT_TRUE(later);
    EXPECT_EQ(later->presence, fly::Presence::Absent);
}

TEST_F(Looks, BelieveThatAYoungAppIsGoneOnceWeDeleteIt) {
    fleet.app_created(app("shop", "1"), "default/shop");
    fleet.app_deleting("shop");
    EXPECT_TRUE(fleet.is_deleting("shop"));
    fly.true_apps.clear();
    auto const seen = look();
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->presence, fly::Presence::Absent);
    EXPECT_FALSE(fleet.is_deleting("shop"));
}

TEST_F(Looks, SeeAForeignAppWithoutLookingIntoIt) {
    fly.true_apps["shop"].organization = "others";
    EXPECT_EQ(look()->presence, fly::Presence::Foreign);
    EXPECT_EQ(fly.asked.size(), 1u);
    fly.broken = {{"get_app", ErrorKind::Forbidden}};
    EXPECT_EQ(look()->presence, fly::Presence::Foreign);
}

TEST_F(Looks, KeepTheMarksOfAMachineWhoseHostIsSilent) {
    add_machine("1");
    ASSERT_TRUE(refresh());
    fly.listed_machines.front().config.reset();
    fly.listed_machines.front().host_status = "unreachable";
    auto const seen = look();
    ASSERT_TRUE(seen);
    EXPECT_FALSE(seen->machines.front().host_ok);
    EXPECT_EQ(seen->machines.front().metadata.at("mark"), "1");
}

TEST_F(Looks, DoNotBringBackWhatWeRemoved) {
    add_machine("1");
    add_volume("v1");
    ASSERT_TRUE(refresh());
    fleet.machine_removed("shop", "1");
    fleet.volume_removed("shop", "v1");
    ASSERT_TRUE(refresh());
    EXPECT_TRUE(fleet.observe("shop").machines.empty());
    auto const seen = look();
    ASSERT_TRUE(seen);
    EXPECT_TRUE(seen->machines.empty());
    EXPECT_TRUE(seen->volumes.empty());
}

TEST_F(Looks, RememberAMarkThatWeSet) {
    add_machine("1");
    ASSERT_TRUE(look());
    fleet.metadata_set("shop", "1", "mark", "2");
    fleet.metadata_set("shop", "1", "gone", "");
    auto const machine = fleet.observe("shop").machines.front();
    EXPECT_EQ(machine.metadata.at("mark"), "2");
    EXPECT_EQ(machine.config->metadata.at("mark"), "2");
    fleet.metadata_set("shop", "1", "mark", "");
    EXPECT_FALSE(fleet.observe("shop").machines.front().metadata.contains("mark"));
}

TEST_F(Looks, ConfirmThatAnAppIsGoneByA404Only) {
    ASSERT_TRUE(refresh());
    EXPECT_FALSE(test::run_task(context, clock, fleet.confirm_gone("shop")).value());
    fly.broken = {{"get_app", ErrorKind::Unavailable}};
    EXPECT_FALSE(test::run_task(context, clock, fleet.confirm_gone("shop")));
    EXPECT_TRUE(fleet.apps().contains("shop"));
    fly.broken.clear();
    fly.true_apps.clear();
    EXPECT_TRUE(test::run_task(context, clock, fleet.confirm_gone("shop")).value());
    EXPECT_FALSE(fleet.apps().contains("shop"));
}

TEST_F(Looks, SeeADeletedAppGoneInTwoWholeListsThatWereAskedForAfterIt) {
    ASSERT_TRUE(refresh());
    fly.apps = {app("other", "9")};
    ASSERT_TRUE(refresh());
    EXPECT_FALSE(fleet.is_seen_gone("shop")) << "nobody deleted it";
    fleet.app_deleting("shop");
    pass(1s);
    ASSERT_TRUE(refresh());
    EXPECT_FALSE(fleet.is_seen_gone("shop")) << "one list can be wrong";
    auto const second = refresh();
    ASSERT_TRUE(second);
    EXPECT_TRUE(second->changed_apps.contains("shop"));
    EXPECT_TRUE(fleet.is_seen_gone("shop"));
}

TEST_F(Looks, CountFromTheStartWhenAListShowsADeletedAppAgain) {
    ASSERT_TRUE(refresh());
    fleet.app_deleting("shop");
    pass(1s);
    auto const apps = std::exchange(fly.apps, {app("other", "9")});
    ASSERT_TRUE(refresh());
    fly.apps = apps;
    ASSERT_TRUE(refresh());
    fly.apps = {app("other", "9")};
    ASSERT_TRUE(refresh());
    EXPECT_FALSE(fleet.is_seen_gone("shop"));
    add_machine("1");
    ASSERT_TRUE(refresh());
    EXPECT_FALSE(fleet.is_seen_gone("shop")) << "something of it is left";
    fly.org_machines.clear();
    ASSERT_TRUE(refresh());
    ASSERT_TRUE(refresh());
    EXPECT_TRUE(fleet.is_seen_gone("shop"));
}

TEST_F(Looks, TakeNothingForGoneInAListThatShowsNothingAtAll) {
    ASSERT_TRUE(refresh());
    fleet.app_deleting("shop");
    pass(1s);
    fly.apps.clear();
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(refresh());
    EXPECT_FALSE(fleet.is_seen_gone("shop"));
}

TEST_F(Looks, DoNotTakeItForGoneThatNoListEverShowed) {
    fly.apps.clear();
    ASSERT_TRUE(refresh());
    fleet.app_created(app("shop", "1"), "default/shop");
    fleet.app_deleting("shop");
    pass(1s);
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(refresh());
    EXPECT_FALSE(fleet.is_seen_gone("shop"));
}

TEST_F(Looks, LetNoLateListBringBackAnAppThatIsGone) {
    ASSERT_TRUE(refresh());
    fleet.app_deleting("shop");
    fly.true_apps.clear();
    ASSERT_TRUE(test::run_task(context, clock, fleet.confirm_gone("shop")).value());
    ASSERT_TRUE(refresh());
    EXPECT_FALSE(fleet.apps().contains("shop"));
    // Somebody takes the name: another app.
    fly.apps.front().id = "2";
    ASSERT_TRUE(refresh());
    EXPECT_TRUE(fleet.apps().contains("shop"));
}

TEST_F(Looks, BelieveTheListAgainThatStillShowsAnAppLongAfterItWasGone) {
    ASSERT_TRUE(refresh());
    fleet.app_deleting("shop");
    fly.true_apps.clear();
    ASSERT_TRUE(test::run_task(context, clock, fleet.confirm_gone("shop")).value());
    pass(61s);
    ASSERT_TRUE(refresh());
    EXPECT_TRUE(fleet.apps().contains("shop"));
}

TEST_F(Looks, AuditTellsWhoseAddressesAreNews) {
    ASSERT_TRUE(refresh());
    fly.audits = {{.app_name = "shop", .ips = {{.address = "a", .type = fly::IpType::V6}}, .secrets = {}},
                  {.app_name = "unknown", .ips = {}, .secrets = {}}};
    EXPECT_EQ(test::run_task(context, clock, fleet.audit()).value(), std::set<std::string>{"shop"});
    EXPECT_TRUE(test::run_task(context, clock, fleet.audit()).value().empty());
    EXPECT_EQ(fleet.observe("shop").ips->size(), 1u);
    EXPECT_FALSE(fleet.apps().contains("unknown"));
}

}  // namespace
}  // namespace dayfly::fleet
