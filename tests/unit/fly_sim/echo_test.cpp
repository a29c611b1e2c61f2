// What Fly gives back of what it was given: the phantom-drift table, row by row.
#include "tests/unit/fly_sim/sim_fixture.h"

namespace dayfly::fly_sim {
namespace {

/// The config of a machine made with `more` in it.
Json echo(Json const& more, Quirks const& quirks = {}) {
    auto options = quiet();
    options.quirks = quirks;
    Sim sim(options);
    sim.app();
    auto const made = sim.make_machine(with(small_config(), more));
    EXPECT_EQ(made.status(), 200) << made.response.body;
    auto const shown = sim.machine(made.json().value("id", ""));
    EXPECT_EQ(shown["config"], made.json()["config"]);
    return shown["config"];
}

Json echoed_service(Json const& service) { return echo({{"services", {service}}})["services"][0]; }
Json echoed_check(Json const& check) { return echo({{"checks", {{"alive", check}}}})["checks"]["alive"]; }

TEST(Echo, InitIsAlwaysThere) {
    EXPECT_EQ(echo(Json::object())["init"], Json::object());
    EXPECT_EQ(echo({{"init", {{"cmd", {"run"}}, {"exec", Json::array()}}}})["init"], Json({{"cmd", {"run"}}}));
}

TEST(Echo, AMissingRestartIsAbsentOrAnEmptyObject) {
    EXPECT_FALSE(echo(Json::object()).contains("restart"));
    EXPECT_EQ(echo(Json::object(), {.echo_restart_object = true})["restart"], Json::object());
    EXPECT_EQ(echo({{"restart", {{"policy", "no"}, {"max_retries", 0}}}})["restart"], Json({{"policy", "no"}}));
}

TEST(Echo, ZeroAndEmptyValuesVanish) {
    auto const shown = echo({{"env", Json::object()},
                             {"metadata", Json::object()},
                             {"services", Json::array()},
                             {"auto_destroy", false},
                             {"schedule", ""},
                             {"checks", nullptr}});
    EXPECT_EQ(shown, with(small_config(), {{"init", Json::object()}}));
}

TEST(Echo, EnvAndMetadataComeBackVerbatim) {
    auto const shown = echo({{"env", {{"A", "1"}, {"B", ""}}}, {"metadata", {{"owner", "me"}}}});
    EXPECT_EQ(shown["env"], Json({{"A", "1"}, {"B", ""}}));
    EXPECT_EQ(shown["metadata"], Json({{"owner", "me"}}));
}

TEST(Echo, DnsComesBackWhenItWasSent) {
    EXPECT_EQ(echo({{"dns", Json::object()}})["dns"], Json::object());
    EXPECT_FALSE(echo(Json::object()).contains("dns"));
    EXPECT_EQ(echo(Json::object(), {.echo_dns_object = true})["dns"], Json::object());
}

TEST(Echo, AutostopWordsBecomeBooleans) {
    EXPECT_EQ(echoed_service({{"autostop", "off"}})["autostop"], false);
    EXPECT_EQ(echoed_service({{"autostop", "stop"}})["autostop"], true);
    EXPECT_EQ(echoed_service({{"autostop", "suspend"}})["autostop"], "suspend");
    EXPECT_EQ(echoed_service({{"autostop", true}})["autostop"], true);
    EXPECT_FALSE(echoed_service({{"internal_port", 80}}).contains("autostop"));
    EXPECT_FALSE(echoed_service({{"internal_port", 80}}).contains("autostart"));
}

TEST(Echo, AServiceGainsForceInstanceKey) {
    EXPECT_EQ(echoed_service({{"internal_port", 80}, {"protocol", "tcp"}}),
              Json({{"internal_port", 80}, {"protocol", "tcp"}, {"force_instance_key", nullptr}}));
}

TEST(Echo, ExplicitZerosBehindPointersMaySurvive) {
    Json const service{{"services", {{{"internal_port", 80}, {"autostart", false}, {"min_machines_running", 0}}}}};
    EXPECT_FALSE(echo(service)["services"][0].contains("autostart"));
    auto const shown = echo(service, {.echo_pointer_zeros = true})["services"][0];
    EXPECT_EQ(shown["autostart"], false);
    EXPECT_EQ(shown["min_machines_running"], 0);
}

TEST(Echo, DurationsComeBackInGosForm) {
    EXPECT_EQ(echoed_check({{"type", "http"}, {"interval", "60s"}})["interval"], "1m0s");
    EXPECT_EQ(echoed_check({{"type", "http"}, {"interval", 60'000'000'000}})["interval"], "1m0s");
    EXPECT_EQ(echoed_check({{"type", "http"}, {"interval", "15s"}})["interval"], "15s");
    EXPECT_EQ(echoed_check({{"type", "http"}, {"timeout", "1500ms"}})["timeout"], "1.5s");
    EXPECT_EQ(echo({{"stop_config", {{"timeout", "90s"}, {"signal", "SIGTERM"}}}})["stop_config"],
              Json({{"timeout", "1m30s"}, {"signal", "SIGTERM"}}));
}

TEST(Echo, GoKnowsNoDays) {
    Sim sim;
    sim.app();
    auto const answer = sim.make_machine(with(small_config(), {{"stop_config", {{"timeout", "1d"}}}}));
    EXPECT_EQ(answer.status(), 400);
    EXPECT_EQ(error_of(answer), "time: invalid duration \"1d\"");
}

TEST(Echo, MountsGainWhatTheVolumeKnowsAndGrowWithIt) {
    Sim sim;
    sim.app();
    auto const volume = sim.volume();
    auto const id = sim.started(with(small_config(), {{"mounts", {{{"volume", volume}, {"path", "/data"}}}}}));
    EXPECT_EQ(sim.machine(id)["config"]["mounts"][0],
              Json({{"volume", volume}, {"path", "/data"}, {"encrypted", true}, {"size_gb", 1}, {"name", "data"}}));
    sim.cloud.external().extend_volume("shop", volume, 4);
    EXPECT_EQ(sim.machine(id)["config"]["mounts"][0]["size_gb"], 4);
}

TEST(Echo, TheImageIsVerbatimAndResolvedBesides) {
    Sim sim;
    sim.app();
    auto const shown = sim.machine(sim.started(small_config()));
    EXPECT_EQ(shown["config"]["image"], "nginx");
    EXPECT_EQ(shown["image_ref"]["registry"], "docker-hub-mirror.fly.io");
    EXPECT_EQ(shown["image_ref"]["repository"], "library/nginx");
    EXPECT_EQ(shown["image_ref"]["tag"], "latest");
    EXPECT_TRUE(shown["image_ref"]["digest"].get<std::string>().starts_with("sha256:"));
    auto const pinned = sim.machine(sim.started(with(small_config(), {{"image", "registry.fly.io/shop@sha256:ab"}}), "web-1"));
    EXPECT_EQ(pinned["image_ref"], Json({{"registry", "registry.fly.io"}, {"repository", "shop"}, {"digest", "sha256:ab"}}));
}

TEST(Echo, ANamedSizeBecomesAGuest) {
    Sim sim;
    sim.app();
    auto const made = sim.make_machine({{"image", "nginx"}, {"size", "shared-cpu-2x"}});
    ASSERT_EQ(made.status(), 200);
    EXPECT_EQ(made.json()["config"]["guest"], Json({{"cpu_kind", "shared"}, {"cpus", 2}, {"memory_mb", 512}}));
    EXPECT_FALSE(made.json()["config"].contains("size"));
    EXPECT_EQ(sim.make_machine(with(small_config(), {{"size", "shared-cpu-2x"}}), "b").status(), 400);
}

TEST(Echo, FilesComeBackWithTheirContent) {
    Json const file{{"guest_path", "/etc/app"}, {"raw_value", "aGk="}};
    EXPECT_EQ(echo({{"files", {file}}})["files"][0], file);
    Sim sim;
    sim.app();
    EXPECT_EQ(sim.make_machine(with(small_config(), {{"files", {{{"guest_path", "etc/app"}}}}})).status(), 400);
}

TEST(Echo, UnknownFieldsAreDropped) {
    auto const shown = echo({{"flavour", "sweet"}, {"services", {{{"internal_port", 80}, {"colour", "red"}}}}});
    EXPECT_FALSE(shown.contains("flavour"));
    EXPECT_FALSE(shown["services"][0].contains("colour"));
}

TEST(Echo, PortsKeepTheirOrderAndHandlers) {
    Json const ports{{{"port", 80}, {"handlers", {"http"}}, {"force_https", true}},
                     {{"port", 443}, {"handlers", {"tls", "http"}}}};
    EXPECT_EQ(echoed_service({{"internal_port", 80}, {"ports", ports}})["ports"], ports);
    EXPECT_FALSE(echoed_service({{"ports", {{{"port", 80}, {"force_https", false}}}}})["ports"][0].contains("force_https"));
}

TEST(Echo, AnUnreachableHostHidesTheConfig) {
    Sim sim;
    sim.app();
    auto const id = sim.started(with(small_config(), {{"env", {{"A", "1"}}}, {"metadata", {{"owner", "me"}}}}));
    sim.cloud.external().set_host_status("shop", id, "unreachable");
    auto const shown = sim.machine(id);
    EXPECT_EQ(shown["host_status"], "unreachable");
    EXPECT_TRUE(shown["config"].is_null());
    EXPECT_EQ(shown["incomplete_config"]["image"], "nginx");
    EXPECT_FALSE(shown["incomplete_config"].contains("env"));
}

TEST(Echo, EveryReadShowsTheSameForm) {
    Sim sim;
    sim.app();
    auto const id = sim.started(with(small_config(), {{"services", {{{"autostop", "stop"}, {"internal_port", 80}}}}}));
    auto const one = sim.machine(id)["config"];
    EXPECT_EQ(sim.get("/v1/apps/shop/machines").json()[0]["config"], one);
    EXPECT_EQ(sim.post(Sim::at(id), {{"config", one}}).json()["config"], one);
    EXPECT_EQ(sim.get("/v1/orgs/personal/machines").json()["machines"][0]["config"],
              Json({{"image", "nginx"}, {"guest", one["guest"]}}));
}

}  // namespace
}  // namespace dayfly::fly_sim
