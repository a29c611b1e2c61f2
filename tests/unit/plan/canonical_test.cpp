// The canonical form: blind to everything that Fly may change in an echo, and to nothing else.
#include "controller/plan/canonical.h"

#include <gtest/gtest.h>

#include <functional>

namespace dayfly::plan {
namespace {

using namespace std::chrono_literals;

fly::MachineConfig full_config() {
    fly::MachineConfig config;
    config.image = "ghcr.io/acme/shop:pr-42";
    config.guest = {.cpu_kind = "shared", .cpus = 2, .memory_mb = 1024};
    config.env = {{"A", "1"}, {"EMPTY", ""}};
    config.exec = {"/bin/sh", "-c", "run"};
    config.entrypoint = {"/entry"};
    config.cmd = {"serve"};
    config.services = {
        {.protocol = "tcp",
         .internal_port = 3000,
         .ports = {{.port = 80, .handlers = {"http"}, .force_https = true},
                   {.port = 443, .handlers = {"tls", "http"}, .force_https = false}},
         .checks = {{.type = "http", .port = 3000, .path = "/healthz", .interval = 15s, .timeout = 5s, .grace_period = 60s}},
         .autostart = true,
         .autostop = fly::Autostop::Stop,
         .min_machines_running = 1}};
    config.checks = {{"alive", {.type = "tcp", .port = 9000, .path = {}, .interval = 1s, .timeout = 1s, .grace_period = 1s}}};
    config.mounts = {{.volume = "vol_1", .path = "/data"}};
    config.files = {{.guest_path = "/a", .raw_value = "Zm9v", .secret_name = {}, .mode = 0644},
                    {.guest_path = "/b", .raw_value = {}, .secret_name = "KEY", .mode = 0}};
    config.restart = {.policy = "always", .max_retries = 3};
    config.auto_destroy = true;
    return config;
}

struct Edit {
    std::string path;  ///< of the one difference; a prefix where several fields must change
    std::function<void(fly::MachineConfig&)> change;
};

class EveryField : public testing::TestWithParam<Edit> {};

TEST_P(EveryField, IsSeenWhenItChanges) {
    auto changed = full_config();
    GetParam().change(changed);
    auto const changes = config_changes(changed, full_config());
    ASSERT_FALSE(changes.empty());
    for (auto const& change : changes) EXPECT_TRUE(change.path.starts_with(GetParam().path)) << change.path;
    EXPECT_NE(config_hash(changed), config_hash(full_config()));
    // And back: what is a change in one direction is one in the other.
    auto const back = config_changes(full_config(), changed);
    ASSERT_EQ(back.size(), changes.size());
    EXPECT_EQ(back.front().from, changes.front().to);
}

using Config = fly::MachineConfig;
INSTANTIATE_TEST_SUITE_P(
    All, EveryField,
    testing::Values(
        Edit{"image", [](Config& c) { c.image += "x"; }},
        Edit{"guest.cpu_kind", [](Config& c) { c.guest.cpu_kind = "performance"; }},
        Edit{"guest.cpus", [](Config& c) { c.guest.cpus = 4; }},
        Edit{"guest.memory_mb", [](Config& c) { c.guest.memory_mb = 512; }}, Edit{"env.A", [](Config& c) { c.env["A"] = "2"; }},
        Edit{"env.EMPTY", [](Config& c) { c.env.erase("EMPTY"); }}, Edit{"env.NEW", [](Config& c) { c.env["NEW"] = ""; }},
        Edit{"init.exec[2]", [](Config& c) { c.exec[2] = "x"; }}, Edit{"init.exec[2]", [](Config& c) { c.exec.pop_back(); }},
        Edit{"init.entrypoint[0]", [](Config& c) { c.entrypoint.clear(); }},
        Edit{"init.cmd[1]", [](Config& c) { c.cmd.emplace_back(); }},
        Edit{"services[0].internal_port", [](Config& c) { c.services[0].internal_port = 1; }},
        Edit{"services[0].protocol", [](Config& c) { c.services[0].protocol = "udp"; }},
        Edit{"services[0].autostart", [](Config& c) { c.services[0].autostart = false; }},
        Edit{"services[0].autostop", [](Config& c) { c.services[0].autostop = fly::Autostop::Suspend; }},
        Edit{"services[0].autostop", [](Config& c) { c.services[0].autostop = fly::Autostop::Off; }},
        Edit{"services[0].min_machines_running", [](Config& c) { c.services[0].min_machines_running = 0; }},
        Edit{"services[0].ports[443]", [](Config& c) { c.services[0].ports.pop_back(); }},
        Edit{"services[0].ports[443]", [](Config& c) { c.services[0].ports[1].handlers = {"http", "tls"}; }},
        Edit{"services[0].ports[80].force_https", [](Config& c) { c.services[0].ports[0].force_https = false; }},
        Edit{"services[0].checks[0].path", [](Config& c) { c.services[0].checks[0].path = "/"; }},
        Edit{"services[0].checks[0].interval", [](Config& c) { c.services[0].checks[0].interval = 16s; }},
        Edit{"services[0].checks[0].timeout", [](Config& c) { c.services[0].checks[0].timeout = 1ns; }},
        Edit{"services[0].checks[0].grace_period", [](Config& c) { c.services[0].checks[0].grace_period = 0s; }},
        Edit{"services[0].checks[0].port", [](Config& c) { c.services[0].checks[0].port = 1; }},
        Edit{"services[0].checks[0]", [](Config& c) { c.services[0].checks.clear(); }},
        Edit{"services[0]", [](Config& c) { c.services.clear(); }},
        Edit{"checks.alive.port", [](Config& c) { c.checks["alive"].port = 1; }},
        Edit{"checks.alive", [](Config& c) { c.checks.clear(); }},
        Edit{"mounts[0].path", [](Config& c) { c.mounts[0].path = "/x"; }},
        Edit{"mounts[0].path", [](Config& c) { c.mounts.clear(); }},
        Edit{"files./a", [](Config& c) { c.files[0].raw_value = "YmFy"; }},
        Edit{"files./a.mode", [](Config& c) { c.files[0].mode = 0600; }},
        Edit{"files./b", [](Config& c) { c.files[1].secret_name = "OTHER"; }},
        Edit{"restart.policy", [](Config& c) { c.restart.policy = ""; }},
        Edit{"restart.max_retries", [](Config& c) { c.restart.max_retries = 4; }},
        Edit{"auto_destroy", [](Config& c) { c.auto_destroy = false; }}));

class EveryEcho : public testing::TestWithParam<Edit> {};

TEST_P(EveryEcho, IsNoDifference) {
    auto echoed = full_config();
    GetParam().change(echoed);
    EXPECT_EQ(config_changes(echoed, full_config()), std::vector<FieldChange>{});
    EXPECT_EQ(config_hash(echoed), config_hash(full_config()));
}

INSTANTIATE_TEST_SUITE_P(
    All, EveryEcho,
    testing::Values(Edit{"metadata", [](Config& c) { c.metadata["fly_platform_version"] = "v2"; }},
                    Edit{"migrated volume", [](Config& c) { c.mounts[0].volume = "vol_2"; }},
                    Edit{"order of ports", [](Config& c) { std::swap(c.services[0].ports[0], c.services[0].ports[1]); }},
                    Edit{"order of files", [](Config& c) { std::swap(c.files[0], c.files[1]); }},
                    Edit{"check on the service's port", [](Config& c) { c.services[0].checks[0].port = 0; }}));

TEST(CanonicalForm, TakesNoRestartPolicyForFlysDefault) {
    fly::MachineConfig silent;
    fly::MachineConfig spoken;
    spoken.restart.policy = "on-failure";
    EXPECT_TRUE(config_changes(silent, spoken).empty());
}

TEST(CanonicalForm, LetsNoValueImitateAnotherField) {
    fly::MachineConfig one;
    one.env = {{"A", "x\nenv.B=1:y"}};
    fly::MachineConfig two;
    two.env = {{"A", "x"}, {"B", "y"}};
    EXPECT_NE(config_hash(one), config_hash(two));
}

TEST(CanonicalForm, ShowsNoFileContents) {
    for (auto const& [path, value] : canonical_fields(full_config())) EXPECT_EQ(value.find("Zm9v"), std::string::npos) << path;
}

}  // namespace
}  // namespace dayfly::plan
