// Client and server together, plain and under TLS: what goes in comes out, on as few connections as can be.
#include <boost/asio/experimental/awaitable_operators.hpp>

#include "tests/unit/http/loopback.h"

namespace dayfly::http::test {
namespace {

using ::testing::WithParamInterface;

/// The parameter: under TLS.
class Exchange : public Loopback, public WithParamInterface<bool> {
protected:
    void start(Handler handler = echo, ServerOptions options = {}) {
        serve(std::move(handler), std::move(options), GetParam());
    }
};

INSTANTIATE_TEST_SUITE_P(PlainAndTls, Exchange, ::testing::Bool(),
                         [](auto const& tested) { return tested.param ? "Tls" : "Plain"; });

TEST_P(Exchange, CarriesMethodTargetHeadersAndBody) {
    start([](Request request) -> Task<Response> {
        Response response{.status = 201, .body = request.method + request.target + request.body};
        response.headers.add("X-Echo", *request.headers.find("x-question"));
        response.headers.add("X-Agent", *request.headers.find("user-agent"));
        response.headers.add("X-Host", *request.headers.find("host"));
        co_return response;
    });
    Request request{.method = "PUT", .target = "/a?b=c", .body = "text"};
    request.headers.add("X-Question", "why");
    auto const answer = send(client(), request).value();
    EXPECT_EQ(answer.status, 201);
    EXPECT_EQ(answer.body, "PUT/a?b=ctext");
    EXPECT_EQ(*answer.headers.find("X-Echo"), "why");
    EXPECT_TRUE(answer.headers.find("X-Agent")->starts_with("dayfly/"));
    EXPECT_EQ(*answer.headers.find("X-Host"), "127.0.0.1:" + origin().port);
}

TEST_P(Exchange, ServesAThousandRequestsOnOneConnection) {
    start();
    auto& to = client();
    for (int i = 0; i < 1000; ++i) {
        auto const answer = send(to, {.target = "/" + std::to_string(i)});
        ASSERT_TRUE(answer) << answer.error().message;
        ASSERT_EQ(answer->body, "GET /" + std::to_string(i) + " ");
    }
    EXPECT_EQ(to.connections_opened(), 1u);
}

TEST_P(Exchange, ServesTwoHundredRequestsAtOnceAndThenReusesTheirConnections) {
    start();
    auto& to = client();
    int good = 0;
    int ended = 0;
    for (int round = 1; round <= 2; ++round) {
        for (int i = 0; i < 200; ++i) {
            asio::co_spawn(context_, to.send({.target = "/x"}, 9s), [&](std::exception_ptr, Result<Response> answer) {
                ++ended;
                good += answer && answer->status == 200 ? 1 : 0;
            });
        }
        run_until([&] { return ended == 200 * round; });
    }
    EXPECT_EQ(good, 400);
    EXPECT_GE(to.connections_opened(), 200u);
    // max_idle of the first 200 stay for the second round.
    EXPECT_LE(to.connections_opened(), 200u + 200u - ClientOptions{}.max_idle);
}

TEST_P(Exchange, CarriesBodiesOfMegabytesBothWays) {
    start([](Request request) -> Task<Response> { co_return Response{.body = std::move(request.body)}; });
    std::string body(5u << 20, 'x');
    for (std::size_t i = 0; i < body.size(); i += 997) body[i] = static_cast<char>('a' + i % 26);
    auto const answer = send(client(), {.method = "POST", .body = body}, 9s).value();
    EXPECT_TRUE(answer.body == body);
}

TEST_P(Exchange, KeepsTheConnectionAfterAnswersWithoutBody) {
    start([](Request request) -> Task<Response> {
        if (request.target == "/204") co_return Response{.status = 204};
        if (request.target == "/304") co_return Response{.status = 304};
        co_return Response{.body = "twelve bytes"};
    });
    auto& to = client();
    EXPECT_EQ(send(to, {.target = "/204"}).value().status, 204);
    EXPECT_EQ(send(to, {.target = "/304"}).value().status, 304);
    auto const head = send(to, {.method = "HEAD"}).value();
    EXPECT_EQ(*head.headers.find("Content-Length"), "12");
    EXPECT_EQ(head.body, "");
    EXPECT_EQ(send(to, {}).value().body, "twelve bytes");
    EXPECT_EQ(to.connections_opened(), 1u);
}

TEST_P(Exchange, ALongHandlerHoldsNobodyUp) {
    start([this](Request request) -> Task<Response> {
        if (request.target == "/wait") co_await clock_.sleep_for(60s);
        co_return Response{.body = request.target};
    });
    auto& to = client();
    bool waiting_ended = false;
    asio::co_spawn(context_, to.send({.target = "/wait"}, 70s),
                   [&](std::exception_ptr, Result<Response>) { waiting_ended = true; });
    EXPECT_EQ(send(to, {.target = "/now"}).value().body, "/now");
    EXPECT_FALSE(waiting_ended);
    stop_server();
    run_until([&] { return waiting_ended; });
}

TEST_P(Exchange, AServerThatEndsLetsAHandlerFinish) {
    bool started = false;
    start([&](Request) -> Task<Response> {
        started = true;
        co_await clock_.sleep_for(50ms);
        co_return Response{.body = "finished"};
    });
    std::optional<Result<Response>> answer;
    asio::co_spawn(context_, client().send({}, 5s), [&](std::exception_ptr, Result<Response> got) { answer = std::move(got); });
    run_until([&] { return started; });
    stop_server();
    run_until([&] { return answer.has_value(); });
    ASSERT_TRUE(*answer) << answer->error().message;
    EXPECT_EQ((*answer)->body, "finished");
}

TEST_P(Exchange, AServerThatHasEndedRefusesConnections) {
    start();
    auto& to = client();
    ASSERT_TRUE(send(to, {}));
    stop_server();
    auto const answer = send(to, {.method = "POST"});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::Unavailable) << answer.error().message;
}

TEST_P(Exchange, ACancelledSendClosesItsConnection) {
    bool started = false;
    start([&](Request) -> Task<Response> {
        started = true;
        co_await clock_.sleep_for(200ms);
        co_return Response{};
    });
    auto& to = client();
    asio::cancellation_signal cancel;
    bool ended = false;
    asio::co_spawn(context_, to.send({.method = "POST"}, 5s),
                   asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr, Result<Response> answer) {
                       ended = true;
                       EXPECT_FALSE(answer);
                   }));
    run_until([&] { return started; });
    cancel.emit(asio::cancellation_type::terminal);
    run_until([&] { return ended; });
    ASSERT_TRUE(send(to, {}));
    EXPECT_EQ(to.connections_opened(), 2u);
}

TEST_P(Exchange, AHandlerThatThrowsIsAnsweredFiveHundred) {
    start([](Request request) -> Task<Response> {
        if (request.target == "/bug") throw std::logic_error("a bug");
        co_return Response{};
    });
    auto& to = client();
    EXPECT_EQ(send(to, {.target = "/bug"}).value().status, 500);
    EXPECT_EQ(send(to, {}).value().status, 200);
}

TEST_P(Exchange, TheEventLoopMayEndBeforeClientAndServer) {
    SystemClock clock;
    auto const pem = certificate();
    ServerOptions options;
    if (GetParam()) {
        options.certificate_pem = pem.certificate_pem;
        options.private_key_pem = pem.private_key_pem;
    }
    Server other(clock, Log::none(), std::move(options), echo);
    ASSERT_TRUE(other.listen());
    Client to(clock, {.tls = GetParam(), .host = "127.0.0.1", .port = std::to_string(other.port())},
              {.ca_file = GetParam() ? certificate_file() : ""});
    asio::io_context context{1};
    bool ended = false;
    asio::co_spawn(context, other.run(), [](std::exception_ptr) {});
    asio::co_spawn(context, to.send({}, 5s), [&](std::exception_ptr, Result<Response> answer) { ended = answer.has_value(); });
    while (!ended) context.run_one();
    // An idle connection on both sides, and the accept loop, are torn down here with the loop.
}

}  // namespace
}  // namespace dayfly::http::test
