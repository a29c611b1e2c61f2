// The client against peers that misbehave: each failure must say what may have happened.
#include "controller/http/client.h"

#include "tests/unit/http/loopback.h"

namespace dayfly::http::test {
namespace {

using asio::ip::tcp;

class ClientTest : public Loopback {
protected:
    Client& client_of(Origin origin, ClientOptions options = {}) {
        return client_.emplace(clock_, std::move(origin), std::move(options));
    }

    /// The answer of a server that reads a request, writes `text` and closes.
    Result<Response> answer_to(std::string text, Request request = {}, ClientOptions options = {}) {
        RawServer server(context_, [text](tcp::socket socket) -> Task<void> {
            co_await read_header(socket);
            co_await write_text(socket, text);
        });
        auto answer = send(client_of(server.origin(), std::move(options)), std::move(request));
        server.close();
        context_.poll();
        return answer;
    }
};

TEST_F(ClientTest, RefusesACertificateOfAnUnknownAuthority) {
    serve(echo);
    auto& to = client_of(origin());
    auto const answer = send(to, {.method = "POST"});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::Unavailable);
    EXPECT_NE(answer.error().message.find("certificate"), std::string::npos) << answer.error().message;
}

TEST_F(ClientTest, RefusesACertificateForAnotherHost) {
    // The certificate names 127.0.0.1, not 127.0.0.2, which reaches the same server.
    serve(echo, {.host = "0.0.0.0"});
    auto other = origin();
    other.host = "127.0.0.2";
    auto const answer = send(client_of(other, {.ca_file = certificate_file()}), {});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::Unavailable);
    EXPECT_NE(answer.error().message.find("mismatch"), std::string::npos) << answer.error().message;
}

TEST_F(ClientTest, AcceptsTheCertificateUnderItsName) {
    serve(echo);
    auto other = origin();
    other.host = "localhost";
    EXPECT_TRUE(send(client_of(other, {.ca_file = certificate_file()}), {}));
}

TEST_F(ClientTest, TellsThatTheAuthorityFileIsMissing) {
    auto const answer = send(client_of({.host = "127.0.0.1", .port = "1"}, {.ca_file = "/does/not/exist.pem"}), {});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::Unavailable);
    EXPECT_NE(answer.error().message.find("/does/not/exist.pem"), std::string::npos);
}

TEST_F(ClientTest, FindsARefusedConnectionUnavailable) {
    std::string port;
    {
        tcp::acceptor acceptor(context_, {asio::ip::address_v4::loopback(), 0});
        port = std::to_string(acceptor.local_endpoint().port());
    }
    auto const answer = send(client_of({.tls = false, .host = "localhost", .port = port}), {.method = "POST"});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::Unavailable);
}

TEST_F(ClientTest, FindsANameThatDoesNotExistUnavailable) {
    auto const answer = send(client_of({.tls = false, .host = "nowhere.invalid", .port = "80"}), {});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::Unavailable) << answer.error().message;
}

TEST_F(ClientTest, GivesUpAHandshakeThatNeverComes) {
    RawServer server(context_, [](tcp::socket socket) -> Task<void> { co_await read_all(socket); });
    auto to = server.origin();
    to.tls = true;
    auto const answer = send(client_of(to, {.connect_timeout = 50ms}), {.method = "POST"});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::Unavailable) << answer.error().message;
    server.close();
    context_.poll();
}

TEST_F(ClientTest, FindsAnAnswerThatNeverCameAmbiguousAtItsDeadline) {
    RawServer server(context_, [](tcp::socket socket) -> Task<void> { co_await read_all(socket); });
    for (auto const* method : {"POST", "GET"}) {
        auto const answer = send(client_of(server.origin()), {.method = method}, 50ms);
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().kind, ErrorKind::Ambiguous) << answer.error().message;
    }
    EXPECT_EQ(server.accepted(), 2);
    server.close();
    context_.poll();
}

TEST_F(ClientTest, BoundsAnAnswerThatDripsForEver) {
    RawServer server(context_, [this](tcp::socket socket) -> Task<void> {
        co_await write_text(socket, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
        for (int i = 0; i < 1000 && socket.is_open(); ++i) {
            co_await write_text(socket, "x");
            co_await clock_.sleep_for(5ms);
        }
    });
    auto const answer = send(client_of(server.origin()), {}, 60ms);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::Ambiguous);
    server.close();
}

TEST_F(ClientTest, ReadsAChunkedBody) {
    auto const answer =
        answer_to("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nchunky\r\n5;x=y\r\n body\r\n0\r\n\r\n");
    EXPECT_EQ(answer.value().body, "chunky body");
}

TEST_F(ClientTest, ReadsABodyThatEndsWithTheConnection) {
    EXPECT_EQ(answer_to("HTTP/1.0 200 OK\r\n\r\nall of it").value().body, "all of it");
}

TEST_F(ClientTest, PassesOverInterimAnswers) {
    auto const answer =
        answer_to("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok");
    EXPECT_EQ(answer.value().status, 202);
    EXPECT_EQ(answer.value().body, "ok");
}

class BrokenAnswer : public ClientTest, public ::testing::WithParamInterface<char const*> {};

TEST_P(BrokenAnswer, IsAmbiguous) {
    for (auto const* method : {"GET", "POST"}) {
        auto const answer = answer_to(GetParam(), {.method = method});
        ASSERT_FALSE(answer) << GetParam();
        EXPECT_EQ(answer.error().kind, ErrorKind::Ambiguous) << answer.error().message;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Peers, BrokenAnswer,
    ::testing::Values("",                                                                        // dropped
                      "HTTP/1.1 200 OK\r\nContent-Len",                                          // in the header
                      "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",                       // in the body
                      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nchunky\r\n",    // between chunks
                      "SSH-2.0-OpenSSH_9.2\r\n\r\n",                                             // another protocol
                      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 5\r\n\r\nabcde",  // two lengths
                      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"));

TEST_F(ClientTest, RefusesABodyOverItsLimit) {
    auto const sized = answer_to("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n01234567890", {}, {.max_body = 10});
    ASSERT_FALSE(sized);
    EXPECT_EQ(sized.error().kind, ErrorKind::Ambiguous);
    EXPECT_FALSE(answer_to("HTTP/1.1 200 OK\r\n\r\n01234567890", {}, {.max_body = 10}));
    EXPECT_FALSE(answer_to("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n012345\r\n5\r\n67890\r\n0\r\n\r\n", {},
                           {.max_body = 10}));
    EXPECT_TRUE(answer_to("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789", {}, {.max_body = 10}));
}

TEST_F(ClientTest, RefusesAnEndlessHeader) { EXPECT_FALSE(answer_to("HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x'))); }

TEST_F(ClientTest, RefusesToBreakItsOwnFraming) {
    Request split{};
    split.headers.add("X-Token", "secret\r\nX-Injected: 1");
    for (auto const& request : {split, Request{.target = "/a b"}, Request{.target = "x"}, Request{.method = "GET /"}}) {
        auto const answer = send(client_of({.tls = false, .host = "127.0.0.1", .port = "1"}), request);
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().kind, ErrorKind::InvalidInput);
        EXPECT_EQ(answer.error().message.find("secret"), std::string::npos);
    }
}

TEST_F(ClientTest, ObeysConnectionClose) {
    RawServer server(context_, [](tcp::socket socket) -> Task<void> {
        co_await read_header(socket);
        co_await write_text(socket, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        co_await read_all(socket);
    });
    auto& to = client_of(server.origin());
    ASSERT_TRUE(send(to, {}));
    ASSERT_TRUE(send(to, {}));
    EXPECT_EQ(to.connections_opened(), 2u);
    server.close();
    context_.poll();
}

TEST_F(ClientTest, ReplacesAnIdleConnectionThatTheServerHasClosed) {
    bool closed = false;
    RawServer server(context_, [&](tcp::socket socket) -> Task<void> {
        co_await read_header(socket);
        co_await write_text(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        socket.close();
        closed = true;
    });
    auto& to = client_of(server.origin());
    for (int i = 1; i <= 3; ++i) {
        closed = false;
        // Not even a POST is lost: the end of the connection is seen before anything is written to it.
        auto const answer = send(to, {.method = "POST"});
        ASSERT_TRUE(answer) << answer.error().message;
        run_until([&] { return closed; });
        EXPECT_EQ(to.connections_opened(), static_cast<std::size_t>(i));
    }
    server.close();
    context_.poll();
}

/// A server that answers once on each connection, and closes when it gets a second request there.
RawServer::Script once_per_connection(int& requests) {
    return [&requests](tcp::socket socket) -> Task<void> {
        co_await read_header(socket);
        ++requests;
        co_await write_text(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        auto const second = co_await read_header(socket);
        requests += second.empty() ? 0 : 1;
    };
}

TEST_F(ClientTest, RepeatsAGetOnceWhenItsKeptConnectionIsClosedUnderIt) {
    int requests = 0;
    RawServer server(context_, once_per_connection(requests));
    auto& to = client_of(server.origin());
    ASSERT_TRUE(send(to, {}));
    auto const answer = send(to, {});
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(to.connections_opened(), 2u);
    EXPECT_EQ(requests, 3);
    server.close();
}

TEST_F(ClientTest, NeverRepeatsAPost) {
    int requests = 0;
    RawServer server(context_, once_per_connection(requests));
    auto& to = client_of(server.origin());
    ASSERT_TRUE(send(to, {}));
    auto const answer = send(to, {.method = "POST"});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::Ambiguous);
    EXPECT_EQ(to.connections_opened(), 1u);
    EXPECT_EQ(requests, 2);
    server.close();
}

TEST_F(ClientTest, ForgetsConnectionsThatWereIdleForTooLong) {
    serve(echo, {}, false);
    auto& to = client({.idle_limit = 1ms});
    ASSERT_TRUE(send(to, {}));
    bool slept = false;
    asio::co_spawn(context_, clock_.sleep_for(5ms), [&](std::exception_ptr) { slept = true; });
    run_until([&] { return slept; });
    ASSERT_TRUE(send(to, {}));
    EXPECT_EQ(to.connections_opened(), 2u);
}

}  // namespace
}  // namespace dayfly::http::test
