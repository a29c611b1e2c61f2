// The cloud behind the client's wire: virtual time, exact failures, and processes that die in the middle.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "controller/base/deadline.h"
#include "controller/fly_sim/in_process_wire.h"
#include "tests/support/virtual_clock.h"
#include "tests/unit/fly_sim/sim_fixture.h"

namespace dayfly::fly_sim {
namespace {

using fly::Action;
using fly::Call;

Call create_app_call() {
    return {.action = Action::CreateApp,
            .id = "shop",
            .method = "POST",
            .target = "/v1/apps",
            .body = R"({"name":"shop","org_slug":"personal"})"};
}
Call create_machine_call() {
    return {.action = Action::CreateMachine,
            .app = "shop",
            .id = "shop",
            .method = "POST",
            .target = "/v1/apps/shop/machines",
            .body = Json{{"name", "web-0"}, {"region", "fra"}, {"config", small_config()}}.dump()};
}
Call get_app_call() { return {.action = Action::GetApp, .app = "shop", .id = "shop", .target = "/v1/apps/shop"}; }

class Wired : public testing::Test {
protected:
    Result<fly::Reply> exchange(Call call) { return test::run_task(context_, clock_, wire_.exchange(std::move(call)), 1h); }
    std::size_t machines() { return cloud_.snapshot()["apps"]["shop"]["machines"].size(); }

    test::VirtualClock clock_;
    Cloud cloud_{quiet()};
    InProcessWire wire_{cloud_, clock_, {.latency = 100ms}};
    boost::asio::io_context context_{1};
};

TEST_F(Wired, AnswersEveryStatusAsAReplyAfterItsLatency) {
    auto const start = clock_.now();
    auto const missing = exchange(get_app_call());
    ASSERT_TRUE(missing);
    EXPECT_EQ(missing->status, 404);
    EXPECT_EQ(missing->request_id.size(), 30u);
    EXPECT_EQ(clock_.now() - start, 100ms);
    EXPECT_EQ(exchange(create_app_call())->status, 201);
    EXPECT_EQ(exchange(get_app_call())->status, 200);
}

TEST_F(Wired, PassesTokenLeaseAndRetryAfterOn) {
    cloud_.options().token = "sim-token";
    EXPECT_EQ(exchange(create_app_call())->status, 201);
    auto const id = Json::parse(exchange(create_machine_call())->body)["id"].get<std::string>();
    auto const lease = exchange({.action = Action::AcquireLease, .method = "POST", .target = Sim::at(id, "/lease?ttl=60")});
    auto const nonce = Json::parse(lease->body)["data"]["nonce"].get<std::string>();
    Call stop{.action = Action::CordonMachine, .method = "POST", .target = Sim::at(id, "/cordon")};
    EXPECT_EQ(exchange(stop)->status, 409);
    stop.lease_nonce = nonce;
    EXPECT_EQ(exchange(stop)->status, 200);
    cloud_.faults().add({.kind = FaultKind::RateLimited, .latency = 2s});
    EXPECT_EQ(exchange(get_app_call())->retry_after, 2000ms);
}

TEST_F(Wired, ALongPollWaitsInVirtualTime) {
    exchange(create_app_call());
    auto const id = Json::parse(exchange(create_machine_call())->body)["id"].get<std::string>();
    auto const start = clock_.now();
    auto const waited = exchange({.action = Action::WaitMachine, .target = Sim::at(id, "/wait?timeout=60"), .limit = 70s});
    EXPECT_EQ(waited->status, 200);
    EXPECT_LT(clock_.now() - start, 2200ms);
}

TEST_F(Wired, ABrokenConnectionIsAmbiguousWhetherItHappenedOrNot) {
    exchange(create_app_call());
    for (auto const kind : {FaultKind::Drop, FaultKind::DropAfter, FaultKind::Truncate}) {
        auto const before = machines();
        cloud_.faults().add({.kind = kind, .action = "create_machine", .count = 1});
        auto call = create_machine_call();
        call.body = Json{{"name", "m-" + std::to_string(static_cast<int>(kind))}, {"config", small_config()}}.dump();
        EXPECT_EQ(exchange(call).error().kind, ErrorKind::Ambiguous);
        EXPECT_EQ(machines(), before + (kind == FaultKind::Drop ? 0 : 1));
    }
    cloud_.faults().add({.kind = FaultKind::Refuse, .count = 1});
    EXPECT_EQ(exchange(get_app_call()).error().kind, ErrorKind::Unavailable);
}

TEST_F(Wired, AnAnswerAfterTheLimitIsAmbiguousAtTheLimit) {
    exchange(create_app_call());
    cloud_.faults().add({.kind = FaultKind::Latency, .action = "create_machine", .latency = 1min});
    auto const start = clock_.now();
    EXPECT_EQ(exchange(create_machine_call()).error().kind, ErrorKind::Ambiguous);
    EXPECT_EQ(clock_.now() - start, 30s);
    EXPECT_EQ(machines(), 1u);
}

TEST_F(Wired, AProcessThatDiesAroundACallNeverReadsItsAnswer) {
    exchange(create_app_call());
    for (auto const moment : {Moment::BeforeSend, Moment::AfterCommit}) {
        auto const before = machines();
        wire_.set_interceptor([&](Call const& call, Moment at) {
            return call.action == Action::CreateMachine && at == moment ? Verdict::Die : Verdict::Continue;
        });
        auto const ended =
            test::run_task(context_, clock_, with_deadline(clock_, 10min, "create", wire_.exchange(create_machine_call())), 1h);
        EXPECT_EQ(ended.error().kind, ErrorKind::TimedOut) << "only the test's own deadline ends it";
        EXPECT_EQ(machines(), before + (moment == Moment::AfterCommit ? 1 : 0));
    }
    wire_.set_interceptor({});
    EXPECT_EQ(exchange(create_machine_call())->status, 409);
}

TEST_F(Wired, ActionsAreCountedUnderTheClientsOwnNames) {
    auto const counted = [&](Call call) {
        auto const name = std::string(fly::to_string(call.action));
        auto const write = fly::is_write(call.action);
        auto const writes = cloud_.writes();
        exchange(std::move(call));
        return cloud_.count(name) == 1 && cloud_.writes() == writes + (write ? 1 : 0);
    };
    std::string const app = "/v1/apps/shop";
    auto const machine = app + "/machines/1";
    auto const volume = app + "/volumes/vol_1";
    std::vector<Call> const calls{
        {.action = Action::ListApps, .target = "/v1/apps?org_slug=personal"},
        {.action = Action::GetApp, .target = app},
        {.action = Action::CreateApp, .method = "POST", .target = "/v1/apps"},
        {.action = Action::DeleteApp, .method = "DELETE", .target = app},
        {.action = Action::ListMachines, .target = app + "/machines"},
        {.action = Action::ListOrgMachines, .target = "/v1/orgs/personal/machines"},
        {.action = Action::GetMachine, .target = machine},
        {.action = Action::CreateMachine, .method = "POST", .target = app + "/machines"},
        {.action = Action::UpdateMachine, .method = "POST", .target = machine},
        {.action = Action::StartMachine, .method = "POST", .target = machine + "/start"},
        {.action = Action::StopMachine, .method = "POST", .target = machine + "/stop"},
        {.action = Action::SuspendMachine, .method = "POST", .target = machine + "/suspend"},
        {.action = Action::DestroyMachine, .method = "DELETE", .target = machine},
        {.action = Action::WaitMachine, .target = machine + "/wait"},
        {.action = Action::GetMetadata, .target = machine + "/metadata"},
        {.action = Action::SetMetadata, .method = "POST", .target = machine + "/metadata/a"},
        {.action = Action::GetLease, .target = machine + "/lease"},
        {.action = Action::AcquireLease, .method = "POST", .target = machine + "/lease"},
        {.action = Action::ReleaseLease, .method = "DELETE", .target = machine + "/lease"},
        {.action = Action::ExecMachine, .method = "POST", .target = machine + "/exec"},
        {.action = Action::ListEvents, .target = machine + "/events"},
        {.action = Action::CordonMachine, .method = "POST", .target = machine + "/cordon"},
        {.action = Action::UncordonMachine, .method = "POST", .target = machine + "/uncordon"},
        {.action = Action::ListVolumes, .target = app + "/volumes"},
        {.action = Action::ListOrgVolumes, .target = "/v1/orgs/personal/volumes"},
        {.action = Action::GetVolume, .target = volume},
        {.action = Action::CreateVolume, .method = "POST", .target = app + "/volumes"},
        {.action = Action::ExtendVolume, .method = "PUT", .target = volume + "/extend"},
        {.action = Action::UpdateVolume, .method = "PUT", .target = volume},
        {.action = Action::DeleteVolume, .method = "DELETE", .target = volume},
        {.action = Action::ListSnapshots, .target = volume + "/snapshots"},
        {.action = Action::CreateSnapshot, .method = "POST", .target = volume + "/snapshots"},
        {.action = Action::ListSecrets, .target = app + "/secrets"},
        {.action = Action::UpdateSecrets, .method = "POST", .target = app + "/secrets"},
        {.action = Action::ListIps, .target = app + "/ip_assignments"},
        {.action = Action::AssignIp, .method = "POST", .target = app + "/ip_assignments"},
        {.action = Action::ReleaseIp, .method = "DELETE", .target = app + "/ip_assignments/::1"},
        {.action = Action::ListCertificates, .target = app + "/certificates"},
        {.action = Action::GetCertificate, .target = app + "/certificates/a.b"},
        {.action = Action::CreateCertificate, .method = "POST", .target = app + "/certificates/acme"},
        {.action = Action::CheckCertificate, .method = "POST", .target = app + "/certificates/a.b/check"},
        {.action = Action::DeleteCertificate, .method = "DELETE", .target = app + "/certificates/a.b"},
        {.action = Action::ListRegions, .target = "/v1/platform/regions"},
        {.action = Action::GetPlacements, .method = "POST", .target = "/v1/platform/placements"},
        {.action = Action::CurrentToken, .target = "/v1/tokens/current"},
        {.action = Action::GetLogs, .target = "/api" + app + "/logs"},
        {.action = Action::QueryMetrics, .target = "/prometheus/personal/api/v1/query?query=up"},
        {.action = Action::GraphQlQuery, .method = "POST", .target = "/graphql"},
    };
    EXPECT_EQ(calls.size(), fly::action_count);
    for (auto const& call : calls) EXPECT_TRUE(counted(call)) << fly::to_string(call.action);
}

}  // namespace
}  // namespace dayfly::fly_sim
