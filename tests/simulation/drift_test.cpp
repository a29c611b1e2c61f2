// What is removed or changed behind our back comes back, unless the spec only wants to be told; what Fly does by itself is left
// in peace.
#include "tests/simulation/safety.h"

namespace dayfly::test {
namespace {

using Drift = Safety;

TEST_F(Drift, AMachineRemovedBehindOurBackComesBack) {
    begin(image_yaml("shop", with_volume));
    auto const app = only_app(world);
    ASSERT_TRUE(world.cloud().external().remove_machine(app, first_machine(world, app)));
    EXPECT_TRUE(world.run(std::chrono::minutes(10), [&] {
        return world.apps()[app]["machines"].size() == 1 && world.controller().all_ready();
    })) << world.log();
    EXPECT_EQ(world.apps()[app]["volumes"].size(), 1u);
    EXPECT_TRUE(world.cloud().violations().empty());
}

TEST_F(Drift, AVolumeRemovedBehindOurBackComesBack) {
    begin(image_yaml("shop", with_volume));
    auto const app = only_app(world);
    std::string const volume = world.apps()[app]["volumes"][0]["id"];
    ASSERT_TRUE(world.cloud().external().remove_machine(app, first_machine(world, app)));
    ASSERT_TRUE(world.cloud().external().remove_volume(app, volume));
    EXPECT_TRUE(world.run(std::chrono::minutes(20), [&] {
        auto const state = world.apps()[app];
        return state["volumes"].size() == 1 && state["machines"].size() == 1 && world.controller().all_ready();
    })) << world.log();
    EXPECT_TRUE(world.cloud().violations().empty());
}

TEST_F(Drift, AnAddressRemovedBehindOurBackComesBack) {
    begin(image_yaml("shop", with_volume));
    auto const app = only_app(world);
    ASSERT_TRUE(world.cloud().external().remove_ip(app, world.apps()[app]["ips"][0]["ip"]));
    EXPECT_TRUE(world.run(std::chrono::minutes(30), [&] { return world.apps()[app]["ips"].size() == 2; })) << world.log();
}

TEST_F(Drift, AnAppRemovedBehindOurBackComesBack) {
    begin(image_yaml("shop", with_volume));
    ASSERT_TRUE(world.cloud().external().remove_app(only_app(world)));
    EXPECT_TRUE(world.run(std::chrono::minutes(20), [&] {
        return world.apps().size() == 1 && world.apps().begin().value()["machines"].size() == 1 &&
               world.controller().all_ready();
    })) << world.log();
}

TEST_F(Drift, AChangedConfigIsPutBack) {
    begin(image_yaml("shop", with_volume));
    auto const app = only_app(world);
    ASSERT_TRUE(world.cloud().external().change_config(app, first_machine(world, app), {{"image", "evil:1"}}));
    EXPECT_TRUE(world.run(std::chrono::minutes(10), [&] {
        return world.apps()[app]["machines"][0]["config"]["image"] == "registry.example/shop:1" &&
               world.controller().all_settled();
    })) << world.log();
}

TEST_F(Drift, AMigratedMachineIsLeftInPeace) {
    begin(image_yaml("shop", with_volume));
    auto const app = only_app(world);
    ASSERT_TRUE(world.cloud().external().migrate_machine(app, first_machine(world, app)));
    world.run_for(std::chrono::minutes(30));
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();
}

TEST_F(Drift, AMachineThatTheProxyStoppedIsLeftInPeace) {
    begin(image_yaml("shop", with_volume));
    auto const app = only_app(world);
    ASSERT_TRUE(world.cloud().external().idle_machine(app, first_machine(world, app)));
    world.run_for(std::chrono::minutes(30));
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();
    EXPECT_EQ(world.environment("shop")->status.state, "Sleeping");
}

TEST_F(Drift, AnUnreachableHostIsLeftInPeace) {
    begin(image_yaml("shop", with_volume));
    auto const app = only_app(world);
    ASSERT_TRUE(world.cloud().external().set_host_status(app, first_machine(world, app), "unreachable"));
    ASSERT_TRUE(world.controller().reconcile_now({.name = "shop"}));
    world.run_for(std::chrono::minutes(30));
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();
}

constexpr char detecting[] = "  volume: { size: 1Gi, mountPath: /data }\n  service: { port: 8080 }\n  driftPolicy: detect\n";

TEST_F(Drift, DetectReportsAMissingMachineAndLeavesItSo) {
    begin(image_yaml("shop", detecting));
    auto const app = only_app(world);
    ASSERT_TRUE(world.cloud().external().remove_machine(app, first_machine(world, app)));
    world.run_for(std::chrono::minutes(30));
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();
    auto const& status = world.environment("shop")->status;
    EXPECT_FALSE(reconcile::is_ready(status)) << "nothing serves";
    auto const* in_sync = reconcile::find_condition(status, "InSync");
    ASSERT_NE(in_sync, nullptr);
    EXPECT_EQ(in_sync->reason, "DriftDetected");
    EXPECT_NE(in_sync->message.find("web-0"), std::string::npos) << in_sync->message;

    // A new wish is not drift.
    world.want_yaml(image_yaml("shop", std::string(detecting) + "  env: { A: b }\n"));
    EXPECT_TRUE(world.converge()) << world.log();
    EXPECT_EQ(world.apps()[app]["machines"].size(), 1u);
}

TEST_F(Drift, DetectRewritesNeitherMarksNorAddressesNorConfigs) {
    world.variables()["TOKEN"] = "one";
    begin(image_yaml("shop", std::string(detecting) + "  secrets: [{ name: TOKEN, from: { env: TOKEN } }]\n"));
    auto const app = only_app(world);
    auto const id = first_machine(world, app);
    ASSERT_TRUE(world.cloud().external().set_metadata(app, id, "dayfly_revision", "somebody's"));
    ASSERT_TRUE(world.cloud().external().remove_ip(app, world.apps()[app]["ips"][0]["ip"]));
    ASSERT_TRUE(world.controller().reconcile_now({.name = "shop"}));
    world.run_for(std::chrono::minutes(30));
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();
    ASSERT_TRUE(world.cloud().external().change_config(app, id, {{"image", "evil:1"}}));
    world.run_for(std::chrono::minutes(30));
    EXPECT_EQ(world.cloud().writes(), 0u) << world.log();

    // The value of a secret is a wish that no generation tells of.
    world.variables()["TOKEN"] = "two";
    ASSERT_TRUE(world.controller().reconcile_now({.name = "shop"}));
    world.run_for(std::chrono::minutes(5));
    EXPECT_EQ(world.cloud().secret_value(app, "TOKEN"), "two") << world.log();
}

constexpr char with_domain[] = "  service: { port: 8080, domains: [shop.example.com] }\n";

TEST_F(Drift, ACertificateThatWasMadeIsNotAskedForAgainWhenItsStageFails) {
    world.cloud().faults().add({.kind = fly_sim::FaultKind::Status, .action = "update_secrets", .count = 2, .status = 503});
    world.variables()["TOKEN"] = "t";
    world.want_yaml(image_yaml("shop", std::string(with_domain) + "  secrets: [{ name: TOKEN, from: { env: TOKEN } }]\n"));
    world.start();
    ASSERT_TRUE(world.converge()) << world.log();
    EXPECT_EQ(world.cloud().count("create_certificate"), 1u) << world.log();
    for (auto const& entry : world.cloud().journal().entries()) EXPECT_NE(entry.status, 422) << entry.path;
}

TEST_F(Drift, TheCertificateOfTheLastDomainGoesWithIt) {
    begin(image_yaml("shop", with_domain));
    auto const app = only_app(world);
    ASSERT_EQ(world.apps()[app]["certificates"].size(), 1u) << world.apps()[app].dump();
    // A process that never heard of the domain.
    world.kill();
    world.want_yaml(image_yaml("shop", "  service: { port: 8080 }\n"));
    world.start();
    ASSERT_TRUE(world.converge()) << world.log();
    world.run_for(std::chrono::minutes(2));
    EXPECT_EQ(world.apps()[app]["certificates"].size(), 0u) << world.log();
    EXPECT_EQ(world.cloud().count("delete_certificate"), 1u);
}

}  // namespace
}  // namespace dayfly::test
