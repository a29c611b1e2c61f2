// The cloud on a real socket: plain and TLS, broken deliveries, and the control endpoint.
#include "controller/fly_sim/front.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>
#include <functional>

#include "controller/http/client.h"
#include "tests/unit/fly_sim/sim_fixture.h"

namespace dayfly::fly_sim {
namespace {

namespace asio = boost::asio;

/// Serves a cloud on loopback while `visit` talks to it.
class Served {
public:
    explicit Served(FrontOptions options = {}) : front(clock, Log::none(), cloud, std::move(options)) {}

    void run(std::function<Task<void>(http::Client&)> visit, std::string const& ca_file = "") {
        ASSERT_TRUE(front.listen());
        http::Client client(clock, {.tls = !ca_file.empty(), .host = "127.0.0.1", .port = std::to_string(front.port())},
                            {.ca_file = ca_file});
        asio::io_context context(1);
        asio::cancellation_signal stop;
        std::exception_ptr failed;
        asio::co_spawn(context, front.run(), asio::bind_cancellation_slot(stop.slot(), [](std::exception_ptr) {}));
        asio::co_spawn(context, visit(client), [&](std::exception_ptr error) {
            failed = error;
            stop.emit(asio::cancellation_type::all);
        });
        context.run();
        if (failed) std::rethrow_exception(failed);
    }

    SystemClock clock;
    Cloud cloud{quiet()};
    Front front;
};

Task<http::Response> ask(http::Client& client, std::string method, std::string target, Json body = nullptr) {
    http::Request request{.method = std::move(method), .target = std::move(target)};
    if (!body.is_null()) request.body = body.dump();
    request.headers.add("authorization", authorized);
    auto answer = co_await client.send(std::move(request), 10s);
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    co_return answer ? *answer : http::Response{};
}

TEST(Front, ServesTheApiAndLongPollsFollowTheAdvancedClock) {
    Served served;
    served.run([](http::Client& client) -> Task<void> {
        auto const created = co_await ask(client, "POST", "/v1/apps", {{"name", "shop"}, {"org_slug", "personal"}});
        EXPECT_EQ(created.status, 201);
        EXPECT_NE(created.headers.find("set-cookie"), nullptr);
        auto const made =
            co_await ask(client, "POST", "/v1/apps/shop/machines", {{"name", "web-0"}, {"config", small_config()}});
        auto const id = Json::parse(made.body)["id"].get<std::string>();
        auto const moved = co_await ask(client, "POST", "/_sim/clock", {{"advance", "1h"}});
        EXPECT_EQ(moved.status, 204);
        auto const waited = co_await ask(client, "GET", Sim::at(id, "/wait?timeout=1"));
        EXPECT_EQ(Json::parse(waited.body)["state"], "started");
        auto const unknown = co_await ask(client, "GET", "/v1/nothing");
        EXPECT_EQ(unknown.body, "404 page not found\n");
    });
}

TEST(Front, TheControlEndpointSetsFaultsAndShowsTheTruth) {
    Served served;
    served.run([](http::Client& client) -> Task<void> {
        Json const app{{"name", "shop"}, {"org_slug", "personal"}};
        auto const rule =
            co_await ask(client, "POST", "/_sim/faults", {{"kind", "drop_after"}, {"action", "create_app"}, {"count", 1}});
        EXPECT_EQ(rule.status, 201);
        http::Request request{.method = "POST", .target = "/v1/apps", .body = app.dump()};
        request.headers.add("authorization", authorized);
        auto const dropped = co_await client.send(request, 10s);
        EXPECT_EQ(dropped.error().kind, ErrorKind::Ambiguous);
        auto const state = co_await ask(client, "GET", "/_sim/state");
        EXPECT_TRUE(Json::parse(state.body)["apps"].contains("shop"));
        auto const truncating = co_await ask(client, "POST", "/_sim/faults", {{"kind", "truncate"}, {"method", "GET"}});
        EXPECT_EQ(truncating.status, 201);
        request = {.target = "/v1/apps/shop", .headers = request.headers};
        auto const truncated = co_await client.send(request, 10s);
        EXPECT_FALSE(truncated);
        auto const cleared = co_await ask(client, "DELETE", "/_sim/faults");
        EXPECT_EQ(cleared.status, 204);
        auto const removed = co_await ask(client, "POST", "/_sim/external", {{"remove_app", {{"app", "shop"}}}});
        EXPECT_EQ(removed.status, 200);
        auto const gone = co_await ask(client, "GET", "/v1/apps/shop");
        EXPECT_EQ(gone.status, 404);
        auto const journal = Json::parse((co_await ask(client, "GET", "/_sim/journal")).body);
        EXPECT_EQ(journal["counts"]["create_app"], 1);
        EXPECT_EQ(journal["writes"], 1);
        EXPECT_EQ((co_await ask(client, "DELETE", "/_sim/journal")).status, 204);
        EXPECT_EQ(Json::parse((co_await ask(client, "GET", "/_sim/journal")).body)["total"], 0);
        EXPECT_EQ((co_await ask(client, "POST", "/_sim/faults", {{"kind", "explode"}})).status, 400);
        EXPECT_EQ((co_await ask(client, "POST", "/_sim/clock", {{"advance", "soon"}})).status, 400);
        EXPECT_EQ((co_await ask(client, "PATCH", "/_sim/options", {{"rate_limits", true}})).status, 200);
        EXPECT_EQ((co_await ask(client, "PATCH", "/_sim/options", {{"gravity", 1}})).status, 400);
        EXPECT_EQ((co_await ask(client, "GET", "/_sim/nothing")).status, 404);
    });
    EXPECT_TRUE(served.cloud.options().rate_limits.enabled);
}

TEST(Front, WithoutALoopbackAddressThereIsNoControl) {
    Served served({.server = {.host = "0.0.0.0"}});
    served.run([](http::Client& client) -> Task<void> {
        EXPECT_EQ((co_await ask(client, "GET", "/_sim/state")).status, 404);
        EXPECT_EQ((co_await ask(client, "GET", "/v1/platform/regions")).status, 200);
    });
}

TEST(Front, ServesTls) {
    auto const self_signed = http::make_self_signed();
    ASSERT_TRUE(self_signed);
    auto const ca_file = testing::TempDir() + "fly_sim_front_ca.pem";
    std::ofstream(ca_file) << self_signed->certificate_pem;
    Served served(
        {.server = {.certificate_pem = self_signed->certificate_pem, .private_key_pem = self_signed->private_key_pem}});
    served.run(
        [](http::Client& client) -> Task<void> {
            EXPECT_EQ((co_await ask(client, "GET", "/v1/platform/regions")).status, 200);
        },
        ca_file);
}

}  // namespace
}  // namespace dayfly::fly_sim
