// An app with a name of its own (spec.fly.appName): given, changed, wanted twice, and gone.
#include "tests/simulation/safety.h"

namespace dayfly::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

std::string named(std::string const& name, std::string const& app, std::string const& spec = "") {
    return image_yaml(name, spec + "  fly: { appName: " + app + " }\n");
}

std::string allowed(std::string yaml) {
    auto const at = yaml.find("name: shop }");
    return yaml.replace(at, 12, "name: shop, annotations: { dayfly.dev/allow-replace: \"true\" } }");
}

using AppName = Safety;

TEST_F(AppName, ThatIsGivenLaterLeavesNoOldAppBehind) {
    begin(image_yaml("shop"));
    auto const old = only_app(world);
    world.want_yaml(named("shop", "acme-shop"));
    ASSERT_TRUE(world.converge()) << world.log();
    EXPECT_TRUE(world.run(minutes(10), [&] { return !world.apps().contains(old); })) << world.log();
    EXPECT_TRUE(world.apps().contains("acme-shop"));
}

TEST_F(AppName, ThatChangesKeepsTheDataOfTheOldApp) {
    begin(named("shop", "acme-shop", with_volume));
    world.want_yaml(named("shop", "acme-shop-2", with_volume));
    ASSERT_TRUE(world.converge()) << world.log();
    world.run_for(hours(1));
    EXPECT_EQ(world.apps()["acme-shop"]["volumes"].size(), 1u) << world.log();
    bool told = false;
    for (auto const& event : world.environment("shop")->status.events) told = told || event.reason == "ReplaceNotAllowed";
    EXPECT_TRUE(told);

    world.want_yaml(allowed(named("shop", "acme-shop-2", with_volume)));
    EXPECT_TRUE(world.run(minutes(10), [&] { return !world.apps().contains("acme-shop"); })) << world.log();
}

TEST_F(AppName, ThatIsTakenCostsNobodyTheOldApp) {
    begin(image_yaml("shop"));
    auto const old = only_app(world);
    ASSERT_TRUE(world.cloud().external().seed_app("acme-shop", "others"));
    world.want_yaml(named("shop", "acme-shop"));
    world.run_for(hours(1));
    expect_no_delete();
    EXPECT_TRUE(world.apps().contains(old));
}

TEST_F(AppName, ThatTwoObjectsWantGoesToNeitherUntilOneGivesIn) {
    begin(named("shop", "acme-shop"));
    world.want_yaml(named("shop", "acme-shop") + named("other", "acme-shop", "  env: { A: other }\n"));
    world.run_for(hours(1));
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();
    for (auto const* name : {"shop", "other"}) {
        auto const* stalled = reconcile::find_condition(world.environment(name)->status, "Stalled");
        ASSERT_NE(stalled, nullptr) << name;
        EXPECT_EQ(stalled->reason, "AppNameConflict");
    }
    world.want_yaml(named("shop", "acme-shop", "  env: { A: shop }\n"));
    ASSERT_TRUE(world.converge()) << world.log();
    EXPECT_EQ(world.apps()["acme-shop"]["machines"][0]["config"]["env"]["A"], "shop");
    EXPECT_EQ(world.environment("other"), nullptr);

    world.want_yaml(image_yaml("rest"));
    EXPECT_TRUE(world.run(minutes(10), [&] { return !world.apps().contains("acme-shop"); })) << world.log();
}

TEST_F(AppName, OfAnAppThatNeverGotAMachineIsRemovedTooAlsoByALaterProcess) {
    for (bool const restart : {false, true}) {
        World fresh(options());
        fresh.cloud().external().set_region_full("dfw", true, false);
        fresh.want_yaml(image_yaml("keep", "  region: ord\n") + named("shop", "acme-shop", with_volume));
        fresh.start();
        ASSERT_TRUE(fresh.run(minutes(10), [&] { return fresh.apps()["acme-shop"]["volumes"].size() == 1; })) << fresh.log();
        fresh.run_for(minutes(5));
        if (restart) fresh.kill();
        fresh.want_yaml(image_yaml("keep", "  region: ord\n"));
        if (restart) fresh.start();
        EXPECT_TRUE(fresh.run(minutes(30), [&] { return !fresh.apps().contains("acme-shop"); })) << restart << fresh.log();
    }
}

TEST_F(AppName, OfSomebodysAppInTheNetworkOfOursMakesItNotOurs) {
    begin(several(4));
    auto const ours = world.environment("env-0")->app;
    auto const network = world.apps()[ours]["network"].get<std::string>();
    ASSERT_TRUE(world.cloud().external().seed_app("theirs", "acme", network));
    world.cloud().external().seed_volume("theirs", "precious", "dfw", 1);
    world.want_yaml(several(4).substr(image_yaml("env-0").size()));
    ASSERT_TRUE(world.run(minutes(10), [&] { return !world.apps().contains(ours); })) << world.log();
    world.run_for(hours(1));
    EXPECT_EQ(world.apps()["theirs"]["volumes"].size(), 1u) << world.log();
}

TEST_F(AppName, TakenBySomebodyElseAfterOursWasDeletedByHandIsTheirs) {
    begin(several(4));
    auto const app = world.environment("env-0")->app;
    ASSERT_TRUE(world.cloud().external().remove_app(app));
    ASSERT_TRUE(world.cloud().external().seed_app(app, "acme"));
    world.cloud().external().seed_volume(app, "precious", "dfw", 1);
    world.cloud().reset_journal();
    ASSERT_TRUE(world.controller().reconcile_now({.name = "env-0"}));
    world.run_for(hours(1));
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();
    world.want_yaml(several(4).substr(image_yaml("env-0").size()));
    world.run_for(hours(1));
    expect_no_delete();
    EXPECT_EQ(world.apps()[app]["volumes"].size(), 1u);
}

}  // namespace
}  // namespace dayfly::test
