// Machines: requests and the documented answers.
#include "tests/unit/fly_rest/rest_fixture.h"

namespace dayfly::fly_rest {
namespace {

using nlohmann::json;
using std::chrono::seconds;

constexpr char const* created_machine = R"({
  "id":"1857156b526dd8","name":"web-0","state":"created","region":"dfw","instance_id":"01HCDEMR1HM9CXXV8DAWDZA0M9",
  "private_ip":"fdaa:0:18:a7b:196:e274:9ce1:2","created_at":"2026-11-08T01:52:30Z","updated_at":"2026-11-08T01:52:31Z",
  "config":{"init":{},"image":"nginx","guest":{"cpu_kind":"shared","cpus":1,"memory_mb":256},"dns":{},"restart":{}},
  "image_ref":{"registry":"docker-hub-mirror.fly.io","repository":"library/nginx","tag":"latest","digest":"sha256:abc"},
  "events":[{"id":"01E","type":"launch","status":"created","source":"user","timestamp":1699408350000,"request":null}],
  "host_status":"ok","nonce":"5c35"})";

class RestMachines : public RestFixture {};

TEST_F(RestMachines, CreatesWithANameARegionAndAFullGuest) {
    wire.answer(200, created_machine);
    fly::CreateMachine create{.app = "shop", .name = "web-0", .region = "dfw"};
    create.config = {.image = "nginx", .guest = {.cpu_kind = "shared", .cpus = 1, .memory_mb = 256}};
    auto const machine = run(api.create_machine(create));
    ASSERT_TRUE(machine) << machine.error().message;
    EXPECT_EQ(last_request(), "POST /v1/apps/shop/machines");
    EXPECT_EQ(wire.calls[0].id, "shop") << "creations are counted per app";
    EXPECT_EQ(last_body(), json::parse(R"({"name":"web-0","region":"dfw",
        "config":{"image":"nginx","guest":{"cpu_kind":"shared","cpus":1,"memory_mb":256}}})"));
    EXPECT_EQ(machine->id, "1857156b526dd8");
    EXPECT_EQ(machine->instance_id, "01HCDEMR1HM9CXXV8DAWDZA0M9");
    EXPECT_EQ(machine->image_digest, "sha256:abc");
    EXPECT_EQ(machine->nonce, "5c35");
    ASSERT_EQ(machine->events.size(), 1u);
    EXPECT_EQ(machine->events[0].timestamp_ms, 1699408350000);
    ASSERT_TRUE(machine->config);
    EXPECT_EQ(*machine->config, create.config) << "what comes back is what was sent";
}

TEST_F(RestMachines, SendsOptionsOfACreateOnlyWhenSet) {
    wire.answer(200, created_machine);
    fly::CreateMachine create{.app = "shop", .name = "web-0", .region = "dfw", .skip_launch = true, .min_secrets_version = 4};
    ASSERT_TRUE(run(api.create_machine(create)));
    EXPECT_EQ(last_body()["skip_launch"], true);
    EXPECT_EQ(last_body()["min_secrets_version"], 4);
}

TEST_F(RestMachines, UpdatesAgainstTheVersionItSawUnderTheLease) {
    wire.answer(200, created_machine);
    fly::UpdateMachine update{.app = "shop", .id = "1857156b526dd8", .current_version = "01H", .lease_nonce = "5c35"};
    update.config.image = "nginx";
    ASSERT_TRUE(run(api.update_machine(update)));
    EXPECT_EQ(last_request(), "POST /v1/apps/shop/machines/1857156b526dd8");
    EXPECT_EQ(wire.calls[0].id, "1857156b526dd8");
    EXPECT_EQ(wire.calls[0].lease_nonce, "5c35");
    EXPECT_EQ(last_body()["current_version"], "01H");
    EXPECT_FALSE(last_body().contains("skip_launch"));
}

TEST_F(RestMachines, GetsOneAndListsAll) {
    wire.answer(200, created_machine);
    wire.answer(200, std::string("[") + created_machine + "]");
    wire.answer(200, "[]");
    wire.answer(200, "null");
    EXPECT_EQ(run(api.get_machine({"shop", "1857156b526dd8"}))->name, "web-0");
    EXPECT_EQ(last_request(), "GET /v1/apps/shop/machines/1857156b526dd8");
    EXPECT_EQ(run(api.list_machines("shop"))->size(), 1u);
    EXPECT_EQ(last_request(), "GET /v1/apps/shop/machines");
    EXPECT_EQ(run(api.list_machines("shop"))->size(), 0u);
    EXPECT_EQ(run(api.list_machines("shop"))->size(), 0u) << "Go writes an empty list as null";
}

TEST_F(RestMachines, ListsAPageOfTheOrganization) {
    wire.answer(200,
                R"({"machines":[{"id":"1857","name":"web-0","app_name":"shop","state":"started","region":"dfw","version":"01H",
        "updated_at":"2026-11-08T01:52:30Z","config":{"guest":{"cpu_kind":"shared","cpus":1,"memory_mb":256},"image":"nginx",
        "metadata":{"dayfly_owner":"me"}}}],"next_cursor":"abc","error_regions":["dfw"]})");
    auto const page = run(api.list_org_machines({.organization = "acme", .cursor = "x=/", .limit = 10}));
    ASSERT_TRUE(page);
    EXPECT_EQ(last_request(), "GET /v1/orgs/acme/machines?limit=10&cursor=x%3D%2F");
    EXPECT_EQ(wire.calls[0].id, "acme");
    ASSERT_EQ(page->machines.size(), 1u);
    EXPECT_EQ(page->machines[0].metadata.at("dayfly_owner"), "me");
    EXPECT_EQ(page->machines[0].version, "01H");
    EXPECT_EQ(page->next_cursor, "abc");
    EXPECT_EQ(page->error_regions, std::vector<std::string>{"dfw"});
}

TEST_F(RestMachines, TakesAnEmptyPageWithACursor) {
    wire.answer(200, R"({"machines":null,"next_cursor":"more"})");
    auto const page = run(api.list_org_machines({.organization = "acme"}));
    ASSERT_TRUE(page);
    EXPECT_TRUE(page->machines.empty());
    EXPECT_EQ(page->next_cursor, "more");
}

TEST_F(RestMachines, WaitsForAnyOfSeveralStates) {
    wire.answer(200, R"({"ok":true,"state":"stopped","version":"01H","event_id":"01E"})");
    fly::WaitMachine wait{.app = "shop", .id = "1857", .version = "01H", .states = {"started", "stopped"}};
    auto const waited = run(api.wait_machine(wait));
    ASSERT_TRUE(waited);
    EXPECT_EQ(last_request(), "GET /v1/apps/shop/machines/1857/wait?timeout=60&state=started&state=stopped&version=01H");
    EXPECT_EQ(waited->state, "stopped");
    EXPECT_EQ(wire.calls[0].limit, seconds(70));
}

TEST_F(RestMachines, KeepsTheWaitWithinFlysBounds) {
    wire.answer(200, R"({"ok":true})");
    wire.answer(200, R"({"ok":true})");
    auto const waited = run(api.wait_machine({.app = "shop", .id = "1857", .states = {}, .timeout = seconds(600)}));
    ASSERT_TRUE(waited);
    EXPECT_EQ(waited->state, "") << "older answers carry only ok";
    EXPECT_EQ(last_request(), "GET /v1/apps/shop/machines/1857/wait?timeout=60");
    ASSERT_TRUE(run(api.wait_machine({.app = "shop", .id = "1857", .states = {}, .timeout = seconds(0)})));
    EXPECT_EQ(last_request(), "GET /v1/apps/shop/machines/1857/wait?timeout=1");
}

TEST_F(RestMachines, TellsAWaitInVainTimedOut) {
    wire.answer(408, R"({"error":"deadline_exceeded: machine failed to reach desired state, started, currently created"})");
    EXPECT_EQ(run(api.wait_machine({.app = "shop", .id = "1857"})).error().kind, ErrorKind::TimedOut);
}

TEST_F(RestMachines, StartsStopsSuspendsAndCordons) {
    for (int i = 0; i < 5; ++i) wire.answer(200, R"({"ok":true,"previous_state":"stopped","migrated":false,"new_host":""})");
    fly::MachineRef const ref{"shop", "1857"};
    EXPECT_TRUE(run(api.start_machine(ref)));
    EXPECT_EQ(last_request(), "POST /v1/apps/shop/machines/1857/start");
    EXPECT_TRUE(run(api.stop_machine(ref)));
    EXPECT_EQ(last_request(), "POST /v1/apps/shop/machines/1857/stop");
    EXPECT_TRUE(run(api.suspend_machine(ref)));
    EXPECT_EQ(last_request(), "POST /v1/apps/shop/machines/1857/suspend");
    EXPECT_TRUE(run(api.cordon_machine(ref)));
    EXPECT_EQ(last_request(), "POST /v1/apps/shop/machines/1857/cordon");
    EXPECT_TRUE(run(api.uncordon_machine(ref)));
    EXPECT_EQ(last_request(), "POST /v1/apps/shop/machines/1857/uncordon");
    for (auto const& call : wire.calls) EXPECT_EQ(call.id, "1857");
}

TEST_F(RestMachines, HearsOfAFailedStartInsideASuccess) {
    wire.answer(200, R"({"status":"error","message":"could not reserve resource for machine"})");
    wire.answer(200, R"({"status":"error","message":"machine still attempting to start"})");
    EXPECT_EQ(run(api.start_machine({"shop", "1857"})).error().kind, ErrorKind::NoCapacity);
    EXPECT_EQ(run(api.start_machine({"shop", "1857"})).error().kind, ErrorKind::NotReadyYet);
}

TEST_F(RestMachines, DestroysAndCountsAbsenceAsSuccess) {
    wire.answer(200, R"({"ok":true})");
    wire.answer(404, R"({"error":"machine not found"})");
    EXPECT_TRUE(run(api.destroy_machine({"shop", "1857"}, true)));
    EXPECT_EQ(last_request(), "DELETE /v1/apps/shop/machines/1857?force=true");
    EXPECT_TRUE(run(api.destroy_machine({"shop", "1857"}, false)));
    EXPECT_EQ(last_request(), "DELETE /v1/apps/shop/machines/1857");
}

TEST_F(RestMachines, ReadsMetadataAndWritesOneKey) {
    wire.answer(200, R"({"dayfly_owner":"me"})");
    wire.answer(204);
    wire.answer(204);
    fly::MachineRef const ref{"shop", "1857"};
    EXPECT_EQ(run(api.get_metadata(ref)), (fly::StringMap{{"dayfly_owner", "me"}}));
    EXPECT_EQ(last_request(), "GET /v1/apps/shop/machines/1857/metadata");
    EXPECT_TRUE(run(api.set_metadata(ref, "dayfly_spec", "x")));
    EXPECT_EQ(last_request(), "POST /v1/apps/shop/machines/1857/metadata/dayfly_spec");
    EXPECT_EQ(last_body(), json::parse(R"({"value":"x"})"));
    EXPECT_TRUE(run(api.set_metadata(ref, "dayfly_spec", "")));
    EXPECT_EQ(last_request(), "DELETE /v1/apps/shop/machines/1857/metadata/dayfly_spec");
}

TEST_F(RestMachines, ReadsALeaseInItsEnvelopeAndFlat) {
    wire.answer(201, R"({"status":"success","data":{"nonce":"5c35f65c9f95","expires_at":1708569778,"owner":"hello@fly.io",
        "description":"","version":"01HQ73A7BF"}})");
    wire.answer(200, R"({"nonce":"5c35f65c9f95","expires_at":1708569778,"owner":"hello@fly.io","version":"01HQ73A7BF"})");
    fly::MachineRef const ref{"shop", "1857"};
    auto const acquired = run(api.acquire_lease(ref, seconds(30)));
    ASSERT_TRUE(acquired);
    EXPECT_EQ(last_request(), "POST /v1/apps/shop/machines/1857/lease?ttl=30");
    EXPECT_EQ(last_body()["ttl"], 30);
    EXPECT_EQ(acquired->nonce, "5c35f65c9f95");
    EXPECT_EQ(acquired->expires_at, 1708569778);
    auto const read = run(api.get_lease(ref));
    ASSERT_TRUE(read);
    EXPECT_EQ(last_request(), "GET /v1/apps/shop/machines/1857/lease");
    EXPECT_EQ(read->version, "01HQ73A7BF");
}

TEST_F(RestMachines, EveryWriteCarriesTheNonceOfTheCallersLeaseAndNoReadDoes) {
    fly::MachineRef const ref{.app = "shop", .id = "1857", .lease_nonce = "5c35"};
    auto const expect = [&](std::string const& nonce, auto task) {
        wire.answer(204);
        run(std::move(task));
        EXPECT_EQ(wire.calls.back().lease_nonce, nonce) << last_request();
    };
    expect("5c35", api.start_machine(ref));
    expect("5c35", api.stop_machine(ref));
    expect("5c35", api.suspend_machine(ref));
    expect("5c35", api.destroy_machine(ref, false));
    expect("5c35", api.cordon_machine(ref));
    expect("5c35", api.uncordon_machine(ref));
    expect("5c35", api.set_metadata(ref, "a", "b"));
    expect("5c35", api.set_metadata(ref, "a", ""));
    expect("5c35", api.acquire_lease(ref, seconds(30)));
    expect("5c35", api.exec(ref, {"ls"}, seconds(1)));
    expect("", api.get_machine(ref));
    expect("", api.get_metadata(ref));
    expect("", api.list_events(ref, 1));
}

TEST_F(RestMachines, TakesALostLeaseForReleased) {
    wire.answer(404, R"({"error":"lease not found"})");
    EXPECT_TRUE(run(api.release_lease({"shop", "1857"}, "5c35")));
    EXPECT_EQ(last_request(), "DELETE /v1/apps/shop/machines/1857/lease");
    EXPECT_EQ(wire.calls[0].lease_nonce, "5c35");
}

TEST_F(RestMachines, RunsACommand) {
    wire.answer(200, R"({"exit_code":2,"stdout":"out","stderr":"err"})");
    wire.answer(200, R"({"exit_signal":9})");
    auto const result = run(api.exec({"shop", "1857"}, {"sh", "-c", "true"}, seconds(20)));
    ASSERT_TRUE(result);
    EXPECT_EQ(last_request(), "POST /v1/apps/shop/machines/1857/exec");
    EXPECT_EQ(last_body(), json::parse(R"({"command":["sh","-c","true"],"timeout":20})"));
    EXPECT_EQ(wire.calls[0].limit, seconds(30));
    EXPECT_EQ(result->exit_code, 2);
    EXPECT_EQ(result->out, "out");
    EXPECT_EQ(run(api.exec({"shop", "1857"}, {"x"}, seconds(20)))->exit_code, 137) << "killed is not success";
}

TEST_F(RestMachines, ListsEventsWithTheirExit) {
    wire.answer(200, R"([
        {"id":"2","type":"exit","status":"stopped","source":"flyd","timestamp":2,
         "request":{"exit_event":{"exit_code":137,"oom_killed":true,"requested_stop":false},"restart_count":1}},
        {"id":"1","type":"exit","status":"stopped","source":"flyd","timestamp":1,
         "request":{"MonitorEvent":{"exit_event":{"exit_code":0,"requested_stop":true}}}},
        {"id":"0","type":"start","status":"started","source":"proxy","timestamp":0,"request":"strange"}])");
    auto const events = run(api.list_events({"shop", "1857"}, 500));
    ASSERT_TRUE(events);
    EXPECT_EQ(last_request(), "GET /v1/apps/shop/machines/1857/events?limit=50");
    ASSERT_EQ(events->size(), 3u);
    EXPECT_EQ((*events)[0].exit_code, 137);
    EXPECT_TRUE((*events)[0].oom_killed);
    EXPECT_EQ((*events)[1].exit_code, 0);
    EXPECT_TRUE((*events)[1].requested_stop);
    EXPECT_EQ((*events)[2].exit_code, std::nullopt);
    EXPECT_EQ((*events)[2].source, "proxy");
}

TEST_F(RestMachines, ReadsLogsFromThePlatformHost) {
    wire.answer(200, R"({"data":[{"id":"1","type":"log","attributes":{"timestamp":"2026-11-26T14:00:00Z","message":"one",
        "level":"info","instance":"1857","region":"dfw","meta":{}}}],"meta":{"next_token":"17"}})");
    wire.answer(200, R"({"data":[],"meta":{"next_token":17}})");
    auto const page = run(api.logs({.app = "shop", .instance = "1857"}));
    ASSERT_TRUE(page) << page.error().message;
    EXPECT_EQ(last_request(), "GET /api/v1/apps/shop/logs?instance=1857");
    EXPECT_TRUE(fly::is_at_platform_host(wire.calls.back().action));
    EXPECT_EQ(page->lines, (std::vector<fly::LogLine>{{"2026-11-26T14:00:00Z", "1857", "one"}}));
    EXPECT_EQ(page->next_token, "17");
    auto const rest = run(api.logs({.app = "shop", .next_token = page->next_token}));
    EXPECT_EQ(last_request(), "GET /api/v1/apps/shop/logs?next_token=17");
    EXPECT_TRUE(rest->lines.empty());
    EXPECT_EQ(rest->next_token, "17");
}

}  // namespace
}  // namespace dayfly::fly_rest
