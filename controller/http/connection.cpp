// Asio sockets and Asio's TLS stream over them: the only file that instantiates the latter.
#include "controller/http/connection.h"

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace dayfly::http {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto result_token = asio::as_tuple(asio::use_awaitable);

std::unexpected<Error> broken(std::string_view doing, boost::system::error_code error) {
    return failure(ErrorKind::Unavailable, fmt::format("{}: {}", doing, error.message()));
}

}  // namespace

struct Connection::State {
    tcp::socket socket;
    std::optional<asio::ssl::stream<tcp::socket&>> tls = {};

    Task<Result<void>> handshake(asio::ssl::stream_base::handshake_type side) {
        if (!tls) co_return Result<void>();
        auto const [error] = co_await tls->async_handshake(side, result_token);
        if (!error) co_return Result<void>();
        auto const reason = verification_problem(tls->native_handle());
        if (reason.empty()) co_return broken("TLS", error);
        co_return failure(ErrorKind::Unavailable, fmt::format("TLS: the certificate is refused: {}", reason));
    }
};

Connection::Connection(tcp::socket socket, ssl_st* session)
    : state_(std::make_unique<State>(State{.socket = std::move(socket)})) {
    if (session != nullptr) state_->tls.emplace(state_->socket, session);
}

Connection::~Connection() = default;

Task<Result<void>> Connection::handshake_as_client() { return state_->handshake(asio::ssl::stream_base::client); }
Task<Result<void>> Connection::handshake_as_server() { return state_->handshake(asio::ssl::stream_base::server); }

Task<Result<std::size_t>> Connection::read_some(std::span<char> into) {
    auto const buffer = asio::buffer(into.data(), into.size());
    boost::system::error_code error;
    std::size_t size = 0;
    if (state_->tls) {
        std::tie(error, size) = co_await state_->tls->async_read_some(buffer, result_token);
    } else {
        std::tie(error, size) = co_await state_->socket.async_read_some(buffer, result_token);
    }
    if (error == asio::error::eof) co_return std::size_t{0};
    if (error) co_return broken("read", error);
    co_return size;
}

Task<Result<void>> Connection::write(std::string_view bytes) {
    auto const buffer = asio::buffer(bytes.data(), bytes.size());
    boost::system::error_code error;
    std::size_t size = 0;
    if (state_->tls) {
        std::tie(error, size) = co_await asio::async_write(*state_->tls, buffer, result_token);
    } else {
        std::tie(error, size) = co_await asio::async_write(state_->socket, buffer, result_token);
    }
    if (error) co_return broken("write", error);
    co_return Result<void>();
}

bool Connection::still_idle() {
    if (!state_->socket.is_open()) return false;
    char byte = 0;
    auto const size = ::recv(state_->socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void Connection::stop_reading() {
    boost::system::error_code ignored;
    state_->socket.shutdown(tcp::socket::shutdown_receive, ignored);
}

Task<Result<void>> Connection::finish() {
    boost::system::error_code ignored;
    if (state_->tls) co_await state_->tls->async_shutdown(result_token);
    state_->socket.shutdown(tcp::socket::shutdown_send, ignored);
    std::array<char, 4096> unread;
    while (true) {
        auto const [error, size] = co_await state_->socket.async_read_some(asio::buffer(unread), result_token);
        if (error) co_return Result<void>();
    }
}

void Connection::close() {
    boost::system::error_code ignored;
    state_->socket.close(ignored);
}

Task<Result<tcp::socket>> connect_socket(tcp::endpoint endpoint) {
    tcp::socket socket(co_await asio::this_coro::executor);
    auto const [error] = co_await socket.async_connect(endpoint, result_token);
    if (error) co_return broken(fmt::format("connect to {}:{}", endpoint.address().to_string(), endpoint.port()), error);
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    co_return std::move(socket);
}

}  // namespace dayfly::http
