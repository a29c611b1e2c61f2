// The server against clients that misbehave, and its faults on purpose.
#include "controller/http/server.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include "tests/unit/http/loopback.h"

namespace dayfly::http::test {
namespace {

using asio::ip::tcp;

class ServerTest : public Loopback {
protected:
    /// Everything the server says to `text` until it closes.
    std::string say(std::string text) {
        auto socket = connect();
        return await([](tcp::socket& to, std::string words) -> Task<std::string> {
            co_await write_text(to, std::move(words));
            co_return co_await read_all(to);
        }(socket, std::move(text)));
    }
    void serve_plain(ServerOptions options = {}, Handler handler = echo) {
        serve(std::move(handler), std::move(options), false);
    }
};

TEST_F(ServerTest, TellsWhichAddressItCannotHave) {
    serve_plain();
    Server second(clock_, Log::none(), {.port = server_->port()}, echo);
    auto const listening = second.listen();
    ASSERT_FALSE(listening);
    EXPECT_EQ(listening.error().kind, ErrorKind::Unavailable);
    EXPECT_NE(listening.error().message.find("127.0.0.1:" + std::to_string(server_->port())), std::string::npos);
}

TEST_F(ServerTest, RefusesACertificateThatIsNone) {
    Server server(clock_, Log::none(), {.certificate_pem = "no", .private_key_pem = "no"}, echo);
    EXPECT_EQ(server.listen().error().kind, ErrorKind::InvalidInput);
}

TEST_F(ServerTest, RefusesAKeyOfAnotherCertificate) {
    auto const other = make_self_signed().value();
    Server server(clock_, Log::none(),
                  {.certificate_pem = certificate().certificate_pem, .private_key_pem = other.private_key_pem}, echo);
    EXPECT_EQ(server.listen().error().kind, ErrorKind::InvalidInput);
}

TEST_F(ServerTest, AnswersSeveralRequestsThatCameAtOnceInTheirOrder) {
    serve_plain();
    auto const said =
        say("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nPOST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
            "GET /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    auto const first = said.find("GET /1 ");
    auto const second = said.find("POST /2 abc");
    auto const third = said.find("GET /3 ");
    ASSERT_NE(third, std::string::npos) << said;
    EXPECT_LT(first, second);
    EXPECT_LT(second, third);
}

TEST_F(ServerTest, GivesLeaveForABodyThatWaitsForIt) {
    serve_plain();
    auto socket = connect();
    auto const said = await([](tcp::socket& to) -> Task<std::string> {
        co_await write_text(
            to, "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n");
        auto interim = co_await read_header(to);
        co_await write_text(to, "hi");
        co_return interim + co_await read_all(to);
    }(socket));
    EXPECT_TRUE(said.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")) << said;
    EXPECT_TRUE(said.ends_with("POST / hi")) << said;
}

TEST_F(ServerTest, ClosesAfterAnHttp10Request) {
    serve_plain();
    EXPECT_TRUE(say("GET /old HTTP/1.0\r\n\r\n").ends_with("GET /old "));
}

struct Bad {
    char const* name;
    std::string request;
    char const* status;
};
class BadRequest : public ServerTest, public ::testing::WithParamInterface<Bad> {};

TEST_P(BadRequest, IsRefusedAndTheConnectionClosed) {
    bool handled = false;
    serve_plain({.max_body = 10}, [&](Request) -> Task<Response> {
        handled = true;
        co_return Response{};
    });
    auto const said = say(GetParam().request);
    EXPECT_TRUE(said.starts_with(std::string("HTTP/1.1 ") + GetParam().status)) << said;
    EXPECT_FALSE(handled);
}

INSTANTIATE_TEST_SUITE_P(
    Clients, BadRequest,
    ::testing::Values(Bad{"Garbage", "\x16\x03\x01\x02hello\r\n\r\n", "400"}, Bad{"NoHost", "GET / HTTP/1.1\r\n\r\n", "400"},
                      Bad{"TwoHosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
                      Bad{"AbsoluteTarget", "GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
                      Bad{"TwoFramings",
                          "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                          "400"},
                      Bad{"SpaceBeforeColon", "GET / HTTP/1.1\r\nHost : x\r\n\r\n", "400"},
                      Bad{"NegativeLength", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", "400"},
                      Bad{"Version", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", "505"},
                      Bad{"LongBody", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n01234567890", "413"},
                      Bad{"LongChunks",
                          "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n0\r\n\r\n",
                          "413"},
                      Bad{"LongHeader", "GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n", "431"}),
    [](auto const& tested) { return tested.param.name; });

TEST_F(ServerTest, ARefusedUploadStillReadsItsAnswer) {
    serve_plain({.max_body = 1000});
    auto const answer = send(client(), {.method = "POST", .body = std::string(3u << 20, 'x')});
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 413);
}

TEST_F(ServerTest, EndsARequestThatDrips) {
    serve_plain({.read_limit = 50ms});
    auto socket = connect();
    auto const began = std::chrono::steady_clock::now();
    bool closed = false;
    bool dripped = false;
    asio::co_spawn(
        context_,
        [](tcp::socket& to, Clock& clock, bool const& done) -> Task<void> {
            co_await write_text(to, "GET / HTTP/1.1\r\n");
            for (int i = 0; i < 1000 && !done; ++i) {
                co_await write_text(to, "X-Drip: x\r\n");
                co_await clock.sleep_for(5ms);
            }
        }(socket, clock_, closed),
        [&](std::exception_ptr) { dripped = true; });
    auto const said = await([](tcp::socket& to) -> Task<std::string> { co_return co_await read_header(to); }(socket));
    closed = true;
    EXPECT_TRUE(said.starts_with("HTTP/1.1 408 ")) << said;
    EXPECT_LT(std::chrono::steady_clock::now() - began, 3s);
    run_until([&] { return dripped; });
}

TEST_F(ServerTest, ClosesAConnectionThatNeverAsks) {
    serve_plain({.idle_limit = 30ms});
    EXPECT_EQ(say(""), "");
}

TEST_F(ServerTest, EndsAHandshakeThatNeverComes) {
    serve(echo, {.read_limit = 30ms});
    EXPECT_EQ(say(""), "");
}

TEST_F(ServerTest, EndsAClientThatNeverReads) {
    serve_plain({.write_limit = 50ms},
                [](Request) -> Task<Response> { co_return Response{.body = std::string(32u << 20, 'x')}; });
    auto socket = connect();
    auto const sent = await([](tcp::socket& to, Clock& clock) -> Task<std::string> {
        co_await write_text(to, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        co_await clock.sleep_for(200ms);
        co_return co_await read_all(to);
    }(socket, clock_));
    EXPECT_LT(sent.size(), 32u << 20);
    EXPECT_GT(sent.size(), 0u);
}

TEST_F(ServerTest, ClosesConnectionsOverItsLimit) {
    serve_plain({.max_connections = 2});
    auto first = connect();
    auto second = connect();
    EXPECT_EQ(say("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "");
    first.close();
    second.close();
    run_until([this] { return !say("GET / HTTP/1.0\r\n\r\n").empty(); });
}

TEST_F(ServerTest, CopesWithAClientThatLeavesALongPoll) {
    int entered = 0;
    int left = 0;
    serve_plain({}, [&](Request) -> Task<Response> {
        ++entered;
        co_await clock_.sleep_for(30ms);
        ++left;
        co_return Response{.body = std::string(1u << 20, 'x')};
    });
    for (int i = 0; i < 5; ++i) {
        auto socket = connect();
        asio::write(socket, asio::buffer(std::string("GET / HTTP/1.1\r\nHost: x\r\n\r\n")));
        run_until([&] { return entered == i + 1; });
        socket.close();
    }
    run_until([&] { return left == 5; });
    EXPECT_EQ(send(client(), {}).value().status, 200);
}

TEST_F(ServerTest, CutsAHandlerThatOutlivesTheGraceAtTheEnd) {
    bool entered = false;
    bool unwound = false;
    serve_plain({}, [&](Request) -> Task<Response> {
        struct Mark {
            bool& flag;
            ~Mark() { flag = true; }
        } const mark{unwound};
        entered = true;
        co_await clock_.sleep_for(1h);
        co_return Response{};
    });
    auto socket = connect();
    asio::write(socket, asio::buffer(std::string("GET / HTTP/1.1\r\nHost: x\r\n\r\n")));
    run_until([&] { return entered; });
    auto const began = std::chrono::steady_clock::now();
    stop_server();
    EXPECT_TRUE(unwound);
    auto const took = std::chrono::steady_clock::now() - began;
    EXPECT_GE(took, 1900ms);
    EXPECT_LT(took, 5s);
}

TEST_F(ServerTest, EndsAtOnceWhenOnlyIdleConnectionsAreLeft) {
    serve(echo);
    ASSERT_TRUE(send(client(), {}));
    auto socket = connect();
    auto const began = std::chrono::steady_clock::now();
    stop_server();
    EXPECT_LT(std::chrono::steady_clock::now() - began, 1s);
}

class Fault : public Loopback, public ::testing::WithParamInterface<bool> {};
INSTANTIATE_TEST_SUITE_P(PlainAndTls, Fault, ::testing::Bool(),
                         [](auto const& tested) { return tested.param ? "Tls" : "Plain"; });

TEST_P(Fault, ATruncatedAnswerIsAmbiguous) {
    std::string body = "0123456789";
    serve([&](Request) -> Task<Response> { co_return Response{.body = body, .delivery = Delivery::Truncated}; }, {},
          GetParam());
    for (auto const* text : {"0123456789", ""}) {
        body = text;
        for (auto const* method : {"GET", "POST"}) {
            auto const answer = send(client(), {.method = method});
            ASSERT_FALSE(answer);
            EXPECT_EQ(answer.error().kind, ErrorKind::Ambiguous) << answer.error().message;
        }
    }
}

TEST_P(Fault, ADroppedAnswerIsAmbiguousForAPost) {
    int handled = 0;
    serve(
        [&](Request request) -> Task<Response> {
            ++handled;
            co_return Response{.delivery = request.method == "POST" ? Delivery::Dropped : Delivery::Whole};
        },
        {}, GetParam());
    auto& to = client();
    ASSERT_TRUE(send(to, {}));
    auto const answer = send(to, {.method = "POST"});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::Ambiguous);
    EXPECT_EQ(handled, 2);
}

TEST_P(Fault, AGetOnAKeptConnectionSurvivesOneDrop) {
    int handled = 0;
    serve(
        [&](Request) -> Task<Response> {
            co_return Response{.delivery = ++handled == 2 ? Delivery::Dropped : Delivery::Whole};
        },
        {}, GetParam());
    auto& to = client();
    ASSERT_TRUE(send(to, {}));
    auto const answer = send(to, {});
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(handled, 3);
    EXPECT_EQ(to.connections_opened(), 2u);
}

}  // namespace
}  // namespace dayfly::http::test
