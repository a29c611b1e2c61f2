// The transport against a real server on loopback: headers out, headers back, over HTTP and TLS.
#include "controller/fly_rest/https_wire.h"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <vector>

#include "controller/http/server.h"

namespace dayfly::fly_rest {
namespace {

using fly::Action;

class HttpsWireTest : public testing::Test {
protected:
    void SetUp() override { start({}); }
    void TearDown() override { stop(); }

    void start(http::ServerOptions options) {
        server = std::make_unique<http::Server>(clock, Log::none(), std::move(options),
                                                [this](http::Request request) { return answer(std::move(request)); });
        ASSERT_TRUE(server->listen());
        boost::asio::co_spawn(context, server->run(),
                              boost::asio::bind_cancellation_slot(stop_signal.slot(), [](std::exception_ptr) {}));
        http::Origin const origin{.tls = false, .host = "127.0.0.1", .port = std::to_string(server->port())};
        options_for_wire.endpoints = {.machines = origin, .graphql = origin};
        options_for_wire.token = Secret("fo1_user,fm2_a");
    }
    void stop() {
        wire.reset();
        stop_signal.emit(boost::asio::cancellation_type::all);
        context.run_for(std::chrono::seconds(5));
        context.restart();
    }
    virtual Task<http::Response> answer(http::Request request) {
        requests.push_back(std::move(request));
        co_return response;
    }
    Result<fly::Reply> exchange(fly::Call call) {
        if (!wire) wire = std::make_unique<HttpsWire>(clock, log, options_for_wire);
        std::optional<Result<fly::Reply>> reply;
        boost::asio::co_spawn(context, wire->exchange(std::move(call)),
                              [&](std::exception_ptr error, Result<fly::Reply> value) {
                                  if (error) std::rethrow_exception(error);
                                  reply = std::move(value);
                              });
        while (!reply && context.run_one_for(std::chrono::seconds(10)) > 0) {
        }
        return reply ? std::move(*reply) : failure(ErrorKind::TimedOut, "the test's own limit");
    }
    [[nodiscard]] std::string header(std::string_view name) const {
        auto const* value = requests.back().headers.find(name);
        return value != nullptr ? *value : "(none)";
    }

    SystemClock clock;
    std::vector<std::string> lines;
    Log log{LogLevel::Debug, LogFormat::Text, [this](LogLevel, std::string const& line) { lines.push_back(line); }};
    std::vector<http::Request> requests;
    http::Response response;
    HttpsWireOptions options_for_wire;
    std::unique_ptr<http::Server> server;
    std::unique_ptr<HttpsWire> wire;
    boost::asio::cancellation_signal stop_signal;
    boost::asio::io_context context{1};
};

TEST_F(HttpsWireTest, SendsMethodTargetBodyAndHeaders) {
    options_for_wire.user_agent = "dayfly/1.2";
    auto const reply = exchange({.action = Action::UpdateMachine,
                                 .app = "shop",
                                 .id = "1857",
                                 .method = "POST",
                                 .target = "/v1/apps/shop/machines/1857?a=%20b",
                                 .body = R"({"config":{}})",
                                 .lease_nonce = "5c35"});
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(reply->status, 200);
    ASSERT_EQ(requests.size(), 1u);
    EXPECT_EQ(requests[0].method, "POST");
    EXPECT_EQ(requests[0].target, "/v1/apps/shop/machines/1857?a=%20b");
    EXPECT_EQ(requests[0].body, R"({"config":{}})");
    EXPECT_EQ(header("authorization"), "FlyV1 fm2_a") << "the machines host refuses mixtures";
    EXPECT_EQ(header("user-agent"), "dayfly/1.2");
    EXPECT_EQ(header("content-type"), "application/json");
    EXPECT_EQ(header("fly-machine-lease-nonce"), "5c35");
}

TEST_F(HttpsWireTest, SendsNoHeaderWithoutAReason) {
    ASSERT_TRUE(exchange({.action = Action::GetApp, .app = "shop", .target = "/v1/apps/shop"}));
    EXPECT_EQ(header("content-type"), "(none)");
    EXPECT_EQ(header("fly-machine-lease-nonce"), "(none)");
    EXPECT_EQ(header("cookie"), "(none)");
}

TEST_F(HttpsWireTest, GivesGraphQlAllTokens) {
    ASSERT_TRUE(exchange({.action = Action::GraphQlQuery, .method = "POST", .target = "/graphql", .body = "{}"}));
    EXPECT_EQ(header("authorization"), "FlyV1 fm2_a,fo1_user");
}

TEST_F(HttpsWireTest, AsksThePlatformHostForLogs) {
    ASSERT_TRUE(exchange({.action = Action::GetLogs, .app = "shop", .target = "/api/v1/apps/shop/logs"}));
    EXPECT_EQ(header("authorization"), "FlyV1 fm2_a,fo1_user");
    EXPECT_EQ(header("cookie"), "(none)");
}

TEST_F(HttpsWireTest, ReadsRequestIdAndRetryAfter) {
    response.status = 429;
    response.body = R"({"error":"rate limit exceeded"})";
    response.headers.add("fly-request-id", "01JNRQ9V-yyz");
    response.headers.add("Retry-After", "7");
    auto const reply = exchange({.action = Action::GetApp, .app = "shop", .target = "/v1/apps/shop"});
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 429);
    EXPECT_EQ(reply->body, R"({"error":"rate limit exceeded"})");
    EXPECT_EQ(reply->request_id, "01JNRQ9V-yyz");
    EXPECT_EQ(reply->retry_after, std::chrono::seconds(7));
}

TEST_F(HttpsWireTest, ReturnsTheAffinityCookieToItsApp) {
    response.headers.add("Set-Cookie", "other=1; Path=/");
    response.headers.add("Set-Cookie", "fly_flaps_affinity=node-1; Path=/v1/apps/shop");
    ASSERT_TRUE(exchange({.action = Action::CreateApp, .app = "shop", .method = "POST", .target = "/v1/apps", .body = "{}"}));
    ASSERT_TRUE(exchange({.action = Action::GetApp, .app = "shop", .target = "/v1/apps/shop"}));
    EXPECT_EQ(header("cookie"), "fly_flaps_affinity=node-1");
    ASSERT_TRUE(exchange({.action = Action::GetApp, .app = "other", .target = "/v1/apps/other"}));
    EXPECT_EQ(header("cookie"), "(none)");
}

TEST_F(HttpsWireTest, TellsAnAnswerThatNeverCameAmbiguous) {
    response.delivery = http::Delivery::Dropped;
    auto const reply =
        exchange({.action = Action::CreateApp, .app = "shop", .method = "POST", .target = "/v1/apps", .body = "{}"});
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().kind, ErrorKind::Ambiguous);
    EXPECT_EQ(requests.size(), 1u) << "a write is never repeated";
}

TEST_F(HttpsWireTest, TellsAClosedPortUnavailable) {
    options_for_wire.endpoints.machines.port = "1";
    auto const reply =
        exchange({.action = Action::CreateApp, .app = "shop", .method = "POST", .target = "/v1/apps", .body = "{}"});
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().kind, ErrorKind::Unavailable);
}

TEST_F(HttpsWireTest, LogsBodiesOnlyOnRequestAndMasked) {
    fly::Call const call{.action = Action::UpdateSecrets,
                         .app = "shop",
                         .method = "POST",
                         .target = "/v1/apps/shop/secrets",
                         .body = R"({"values":{"KEY":"hunter2"}})"};
    response.body = R"({"secrets":[{"name":"KEY","digest":"9d","value":"hunter2"}]})";
    ASSERT_TRUE(exchange(call));
    EXPECT_TRUE(lines.empty());
    options_for_wire.log_bodies = true;
    wire.reset();
    ASSERT_TRUE(exchange(call));
    ASSERT_EQ(lines.size(), 2u);
    for (auto const& line : lines) {
        EXPECT_NE(line.find("KEY"), std::string::npos) << line;
        EXPECT_EQ(line.find("hunter2"), std::string::npos) << line;
        EXPECT_EQ(line.find("fm2_a"), std::string::npos) << line;
    }
}

TEST_F(HttpsWireTest, SpeaksTlsToACertificateItTrustsAndToNoOther) {
    stop();
    auto const certificate = http::make_self_signed();
    ASSERT_TRUE(certificate);
    start({.certificate_pem = certificate->certificate_pem, .private_key_pem = certificate->private_key_pem});
    options_for_wire.endpoints.machines = {.tls = true, .host = "localhost", .port = std::to_string(server->port())};
    fly::Call const call{.action = Action::GetApp, .app = "shop", .target = "/v1/apps/shop"};
    auto const refused = exchange(call);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Unavailable);
    EXPECT_TRUE(requests.empty()) << "the token must not leave before the certificate is known good";

    auto pattern = (std::filesystem::temp_directory_path() / "dayfly-ca-XXXXXX").string();
    std::filesystem::path const folder = ::mkdtemp(pattern.data());
    std::ofstream(folder / "ca.pem") << certificate->certificate_pem;
    options_for_wire.client.ca_file = (folder / "ca.pem").string();
    wire.reset();
    auto const trusted = exchange(call);
    EXPECT_TRUE(trusted) << trusted.error().message;
    std::filesystem::remove_all(folder);
}

/// A Fly that takes one token alone.
class OneTokenWire : public HttpsWireTest {
protected:
    void SetUp() override {
        start({});
        options_for_wire.token = Secret("fm2_old");
    }
    Task<http::Response> answer(http::Request request) override {
        auto const* given = request.headers.find("Authorization");
        bool const valid = given != nullptr && *given == accepted;
        requests.push_back(std::move(request));
        co_return http::Response{.status = valid ? 200 : 401};
    }
    int status() {
        auto const reply = exchange({.action = Action::CreateApp, .app = "shop", .method = "POST", .target = "/v1/apps"});
        return reply ? reply->status : 0;
    }

    std::string accepted = "FlyV1 fm2_new";
    Result<Secret> in_file = Secret("fm2_old");
};

TEST_F(OneTokenWire, TakesTheFilesNewTokenAfterA401AndSendsTheCallOnceMore) {
    options_for_wire.renewed_token = [this] { return in_file; };
    EXPECT_EQ(status(), 401);
    EXPECT_EQ(requests.size(), 1u) << "the file holds the token that was refused";
    in_file = Secret("fm2_new");
    EXPECT_EQ(status(), 200);
    EXPECT_EQ(requests.size(), 3u);
    EXPECT_EQ(status(), 200);
    EXPECT_EQ(requests.size(), 4u) << "the new token is kept";
}

TEST_F(OneTokenWire, SendsACallNoThirdTime) {
    options_for_wire.renewed_token = [] { return Result<Secret>(Secret("fm2_wrong")); };
    EXPECT_EQ(status(), 401);
    EXPECT_EQ(requests.size(), 2u);
}

TEST_F(OneTokenWire, KeepsItsTokenWhenTheFileIsEmptyOrGone) {
    accepted = "FlyV1 fm2_other";
    options_for_wire.renewed_token = [this] { return in_file; };
    in_file = Secret("");
    EXPECT_EQ(status(), 401);
    in_file = failure(ErrorKind::NotFound, "the file is gone");
    EXPECT_EQ(status(), 401);
    accepted = "FlyV1 fm2_old";
    EXPECT_EQ(status(), 200);
    EXPECT_EQ(requests.size(), 3u);
}

TEST_F(OneTokenWire, LeavesA401AloneWithoutAFile) {
    EXPECT_EQ(status(), 401);
    EXPECT_EQ(requests.size(), 1u);
}

TEST_F(OneTokenWire, ShowsNeitherTokenInTheLog) {
    options_for_wire.log_bodies = true;
    options_for_wire.renewed_token = [] { return Result<Secret>(Secret("fm2_new")); };
    EXPECT_EQ(status(), 200);
    ASSERT_FALSE(lines.empty());
    for (auto const& line : lines) EXPECT_EQ(line.find("fm2_"), std::string::npos) << line;
}

}  // namespace
}  // namespace dayfly::fly_rest
