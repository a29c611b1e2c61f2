#include "tests/unit/http/loopback.h"

#include <unistd.h>

#include <fstream>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace dayfly::http::test {

using asio::ip::tcp;

namespace {

constexpr auto result_token = asio::as_tuple(asio::use_awaitable);

/// Removed when the program ends.
struct TemporaryFile {
    std::string path = (std::string(::testing::TempDir()) + "dayfly-http-" + std::to_string(::getpid()) + ".pem");
    explicit TemporaryFile(std::string const& text) { std::ofstream(path) << text; }
    ~TemporaryFile() { ::unlink(path.c_str()); }
};

}  // namespace

SelfSigned const& certificate() {
    static auto const made = make_self_signed().value();
    return made;
}

std::string const& certificate_file() {
    static TemporaryFile const file(certificate().certificate_pem);
    return file.path;
}

RawServer::RawServer(asio::io_context& context, Script script)
    : acceptor_(context, {asio::ip::address_v4::loopback(), 0}), script_(std::move(script)) {
    asio::co_spawn(context, accept(), asio::detached);
}

Origin RawServer::origin() const {
    return {.tls = false, .host = "127.0.0.1", .port = std::to_string(acceptor_.local_endpoint().port())};
}

Task<void> RawServer::accept() {
    auto const executor = acceptor_.get_executor();
    while (true) {
        auto [error, socket] = co_await acceptor_.async_accept(result_token);
        if (error) co_return;
        ++accepted_;
        asio::co_spawn(executor, script_(std::move(socket)), asio::detached);
    }
}

Task<std::string> read_header(tcp::socket& socket) {
    std::string text;
    co_await asio::async_read_until(socket, asio::dynamic_buffer(text), "\r\n\r\n", result_token);
    co_return text;
}

Task<void> write_text(tcp::socket& socket, std::string text) {
    co_await asio::async_write(socket, asio::buffer(text), result_token);
}

Task<std::string> read_all(tcp::socket& socket) {
    std::string text;
    co_await asio::async_read(socket, asio::dynamic_buffer(text), result_token);
    co_return text;
}

void Loopback::TearDown() {
    stop_server();
    client_.reset();
}

void Loopback::serve(Handler handler, ServerOptions options, bool tls) {
    tls_ = tls;
    if (tls) {
        options.certificate_pem = certificate().certificate_pem;
        options.private_key_pem = certificate().private_key_pem;
    }
    server_.emplace(clock_, Log::none(), std::move(options), std::move(handler));
    ASSERT_TRUE(server_->listen());
    server_ended_ = false;
    asio::co_spawn(context_, server_->run(), asio::bind_cancellation_slot(stop_.slot(), [this](std::exception_ptr error) {
                       EXPECT_FALSE(error);
                       server_ended_ = true;
                   }));
}

void Loopback::stop_server() {
    stop_.emit(asio::cancellation_type::terminal);
    run_until([this] { return server_ended_; });
}

Client& Loopback::client(ClientOptions options) {
    if (tls_ && options.ca_file.empty()) options.ca_file = certificate_file();
    return client_.emplace(clock_, origin(), std::move(options));
}

tcp::socket Loopback::connect() {
    tcp::socket socket(context_);
    socket.connect({asio::ip::address_v4::loopback(), server_->port()});
    return socket;
}

void Loopback::run_until(std::function<bool()> const& done) {
    auto const limit = std::chrono::steady_clock::now() + 10s;
    context_.restart();
    while (!done()) {
        if (std::chrono::steady_clock::now() > limit) throw std::runtime_error("nothing more happened within 10 s");
        context_.run_one_for(100ms);
        if (context_.stopped()) context_.restart();
    }
}

Task<Response> echo(Request request) {
    Response response{.body = request.method + " " + request.target + " " + request.body};
    response.headers.add("Content-Type", "text/plain");
    co_return response;
}

}  // namespace dayfly::http::test
