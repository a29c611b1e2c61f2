// A machine's config survives every form in which Fly is known to echo it.
#include "controller/fly_rest/config_json.h"

#include <gtest/gtest.h>

#include "controller/fly_rest/machine_json.h"

namespace dayfly::fly_rest {
namespace {

using namespace std::chrono_literals;

fly::MachineConfig full_config() {
    fly::MachineConfig config;
    config.image = "node:22";
    config.guest = {.cpu_kind = "shared", .cpus = 2, .memory_mb = 1024};
    config.env = {{"NODE_ENV", "production"}};
    config.metadata = {{"dayfly_owner", "me"}};
    config.exec = {"/run"};
    config.entrypoint = {"/bin/sh"};
    config.cmd = {"-c", "true"};
    config.services = {
        {.protocol = "tcp",
         .internal_port = 3000,
         .ports = {{.port = 443, .handlers = {"tls", "http"}}, {.port = 80, .handlers = {"http"}, .force_https = true}},
         .checks = {{.type = "http", .path = "/", .interval = 15s, .timeout = 5s, .grace_period = 60s}},
         .autostart = true,
         .autostop = fly::Autostop::Suspend,
         .min_machines_running = 1}};
    config.checks = {{"alive", {.type = "tcp", .port = 3000, .interval = 1500ms, .timeout = 1s}}};
    config.mounts = {{.volume = "vol_a", .path = "/workspace"}};
    config.files = {{.guest_path = "/a", .raw_value = "eA==", .mode = 0644}, {.guest_path = "/b", .secret_name = "KEY"}};
    config.restart = {.policy = "on-failure", .max_retries = 3};
    config.auto_destroy = true;
    return config;
}

std::optional<fly::MachineConfig> read(char const* text) {
    auto const json = Document::parse(text);
    EXPECT_TRUE(json) << text;
    return json ? config_from(json->root()) : std::nullopt;
}

TEST(ConfigJson, ReadsBackWhatItWrites) {
    auto const config = full_config();
    auto const text = write_json(to_json(config));
    ASSERT_TRUE(text);
    EXPECT_EQ(config_from(Document::parse(*text)->root()), config);
}

TEST(ConfigJson, LeavesOutWhatIsNotSet) {
    fly::MachineConfig const config{.image = "nginx", .guest = {.cpu_kind = "shared", .cpus = 1, .memory_mb = 256}};
    EXPECT_EQ(to_json(config), Body::parse(R"({"image":"nginx","guest":{"cpu_kind":"shared","cpus":1,"memory_mb":256}})"));
}

TEST(ConfigJson, WritesDurationsAsFlyEchoesThem) {
    auto const json = to_json(full_config());
    EXPECT_EQ(json["services"][0]["checks"][0]["grace_period"], "1m0s");
    EXPECT_EQ(json["checks"]["alive"]["interval"], "1.5s");
}

TEST(ConfigJson, TakesDurationsInWordsAndInNanoseconds) {
    auto const words = read(R"({"checks":{"a":{"type":"tcp","interval":"1m0s"}}})");
    auto const number = read(R"({"checks":{"a":{"type":"tcp","interval":60000000000}}})");
    auto const exponent = read(R"({"checks":{"a":{"type":"tcp","interval":6e10}}})");
    ASSERT_TRUE(words && number && exponent);
    EXPECT_EQ(words->checks.at("a").interval, 60s);
    EXPECT_EQ(*words, *number);
    EXPECT_EQ(*words, *exponent);
}

TEST(ConfigJson, TakesAutostopInEveryForm) {
    auto const of = [](char const* value) {
        auto const text = std::string(R"({"services":[{"autostop":)") + value + "}]}";
        auto const config = read(text.c_str());
        return config ? std::optional(config->services.at(0).autostop) : std::nullopt;
    };
    for (auto const* off : {R"("off")", "false", "null", R"("false")", R"("")"}) EXPECT_EQ(of(off), fly::Autostop::Off) << off;
    for (auto const* stop : {R"("stop")", "true", R"("true")"}) EXPECT_EQ(of(stop), fly::Autostop::Stop) << stop;
    EXPECT_EQ(of(R"("suspend")"), fly::Autostop::Suspend);
    EXPECT_EQ(of(R"("sometimes")"), std::nullopt) << "an unknown mode must not pass for off";
    EXPECT_EQ(of("3"), std::nullopt);
}

TEST(ConfigJson, TakesEmptyNullAndAbsentForTheSame) {
    fly::MachineConfig const nothing{.image = "a"};
    for (
        auto const* text :
        {R"({"image":"a"})",
         R"({"image":"a","init":{},"restart":{},"dns":{},"env":{},"metadata":{},"services":[],"mounts":[]})",
         R"({"image":"a","init":null,"restart":null,"env":null,"metadata":null,"services":null,"checks":null,"mounts":null,"files":null,"guest":null})",
         R"({"image":"a","init":{"exec":null,"entrypoint":null,"cmd":null,"tty":false},"restart":{"policy":""}})"}) {
        EXPECT_EQ(read(text), nothing) << text;
    }
}

TEST(ConfigJson, IgnoresWhatFlyAdds) {
    auto const config =
        read(R"({"image":"a","services":[{"internal_port":80,"force_instance_key":null,"concurrency":{"type":"connections"}}],
        "mounts":[{"volume":"vol_a","path":"/w","encrypted":true,"size_gb":10,"name":"data"}],"rootfs":{"persist":1}})");
    ASSERT_TRUE(config);
    EXPECT_EQ(config->services.at(0), (fly::Service{.internal_port = 80}));
    EXPECT_EQ(config->mounts.at(0), (fly::Mount{"vol_a", "/w"}));
}

TEST(ConfigJson, RefusesFieldsOfTheWrongShape) {
    for (auto const* text : {R"([])",
                             R"("config")",
                             R"({"image":5})",
                             R"({"guest":[]})",
                             R"({"guest":{"cpus":"2"}})",
                             R"({"guest":{"cpus":1.5}})",
                             R"({"guest":{"memory_mb":99999999999}})",
                             R"({"guest":{"memory_mb":1e300}})",
                             R"({"guest":{"memory_mb":18446744073709551615}})",
                             R"({"env":["A"]})",
                             R"({"env":{"A":1}})",
                             R"({"services":{}})",
                             R"({"services":[5]})",
                             R"({"services":[{"ports":5}]})",
                             R"({"services":[{"autostart":"yes"}]})",
                             R"({"checks":[]})",
                             R"({"checks":{"a":5}})",
                             R"({"checks":{"a":{"interval":"soon"}}})",
                             R"({"checks":{"a":{"interval":-5}}})",
                             R"({"mounts":"vol"})",
                             R"({"mounts":[[]]})",
                             R"({"files":[1]})",
                             R"({"init":{"cmd":"x"}})",
                             R"({"init":{"cmd":[1]}})",
                             R"({"restart":"always"})",
                             R"({"auto_destroy":1})"}) {
        EXPECT_EQ(read(text), std::nullopt) << text;
    }
}

TEST(MachineJson, HasNoConfigWhileTheHostIsNotOk) {
    auto const machine = machine_from(
        Document::parse(R"({"id":"1857","host_status":"unreachable","config":null,"incomplete_config":{}})")->root());
    ASSERT_TRUE(machine);
    EXPECT_FALSE(machine->config);
    EXPECT_EQ(machine->host_status, "unreachable");
}

TEST(MachineJson, ReadsTheHostsStatusOffTheConfigWhenItIsNotSaid) {
    EXPECT_EQ(machine_from(Document::parse(R"({"id":"1857","config":{}})")->root())->host_status, "ok");
    EXPECT_EQ(machine_from(Document::parse(R"({"id":"1857"})")->root())->host_status, "unknown");
}

TEST(MachineJson, DropsTheChecksThatFlyAddsForOldDeployments) {
    auto const machine = machine_from(Document::parse(R"({"id":"1857","checks":[
        {"name":"bg_deployments_compat_tcp","status":"passing"},
        {"name":"servicecheck-00-http-8080","status":"critical","output":"gone","updated_at":"2026-01-01T00:00:00Z"}]})")
                                          ->root());
    ASSERT_TRUE(machine);
    EXPECT_EQ(machine->checks, (std::vector<fly::CheckStatus>{{"servicecheck-00-http-8080", "critical", "gone"}}));
}

TEST(ParseJson, RefusesWhatNestsTooDeep) {
    EXPECT_TRUE(Document::parse(std::string(60, '[') + std::string(60, ']')));
    EXPECT_FALSE(Document::parse(std::string(1'000'000, '[')));
    EXPECT_TRUE(Document::parse(R"(["[[[[\"[[[["])")) << "brackets in text do not nest";
    EXPECT_FALSE(Document::parse("{\"a\":\"\xff\"}"));
}

}  // namespace
}  // namespace dayfly::fly_rest
