// Real sockets over loopback for the tests of http/: an event loop, a server in it, and raw peers that break the rules.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <exception>
#include <functional>
#include <optional>
#include <string>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "controller/base/clock.h"
#include "controller/http/client.h"
#include "controller/http/server.h"

namespace dayfly::http::test {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// One certificate for the whole program: making a key takes a while.
SelfSigned const& certificate();
/// A file with the certificate in it, to be trusted by a client.
std::string const& certificate_file();

/// A server whose peer is written by hand: accepts connections one after another and lets `script` talk on each.
class RawServer {
public:
    using Script = std::function<Task<void>(asio::ip::tcp::socket)>;
    RawServer(asio::io_context& context, Script script);
    [[nodiscard]] Origin origin() const;
    [[nodiscard]] int accepted() const { return accepted_; }
    void close() { acceptor_.close(); }

private:
    Task<void> accept();

    asio::ip::tcp::acceptor acceptor_;
    Script script_;
    int accepted_ = 0;
};

/// Reads up to the empty line behind a request's header.
Task<std::string> read_header(asio::ip::tcp::socket& socket);
Task<void> write_text(asio::ip::tcp::socket& socket, std::string text);
/// Everything until the peer closes.
Task<std::string> read_all(asio::ip::tcp::socket& socket);

/// The fixture: whatever it serves, the server ends with it and leaves no coroutine behind.
class Loopback : public ::testing::Test {
protected:
    Loopback() = default;
    void TearDown() override;

    /// Starts a server, TLS unless said otherwise.
    void serve(Handler handler, ServerOptions options = {}, bool tls = true);
    /// Cancels the server and waits until it has ended.
    void stop_server();
    /// A client of the served origin that trusts its certificate.
    Client& client(ClientOptions options = {});
    [[nodiscard]] Origin origin() const { return {.tls = tls_, .host = "127.0.0.1", .port = std::to_string(server_->port())}; }
    /// A plain connection to the server.
    asio::ip::tcp::socket connect();

    /// Runs the loop until the task has ended.
    template <class T>
    T await(Task<T> task) {
        std::optional<T> result;
        std::exception_ptr thrown;
        bool ended = false;
        asio::co_spawn(context_, std::move(task), [&](std::exception_ptr error, T value) {
            if (!error) result.emplace(std::move(value));
            thrown = std::move(error);
            ended = true;
        });
        run_until([&] { return ended; });
        if (thrown) std::rethrow_exception(thrown);
        return std::move(*result);
    }
    /// Runs the loop until `done`; fails the test after ten seconds.
    void run_until(std::function<bool()> const& done);
    Result<Response> send(Client& to, Request request, std::chrono::milliseconds limit = 5s) {
        return await(to.send(std::move(request), limit));
    }

    SystemClock clock_;
    std::optional<Server> server_;
    std::optional<Client> client_;
    bool tls_ = true;
    bool server_ended_ = true;
    asio::cancellation_signal stop_;
    asio::io_context context_{1};
};

/// Answers "<method> <target> <body>".
Task<Response> echo(Request request);

}  // namespace dayfly::http::test
