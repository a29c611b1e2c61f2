// The system's own non-blocking calls and OpenSSL's, tried until they go through, with Asio only to wait in between.
#include "controller/http/connection.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include <fmt/format.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "controller/http/socket_bio.h"

namespace dayfly::http {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto result_token = asio::as_tuple(asio::use_awaitable);

/// How one try went.
struct Attempt {
    std::size_t size = 0;                             ///< bytes that went through
    std::optional<tcp::socket::wait_type> wait = {};  ///< nothing went yet: try again after this
    std::string problem = {};
};

Attempt attempt_of(ssize_t size, tcp::socket::wait_type wait) {
    if (size >= 0) return {.size = static_cast<std::size_t>(size)};
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {.wait = wait};
    return {.problem = std::strerror(errno)};
}

/// What OpenSSL means by `result`, the answer of its last operation on `tls`.
Attempt attempt_of(SSL* tls, int result) {
    if (result > 0) return {.size = static_cast<std::size_t>(result)};
    int const system = errno;
    switch (SSL_get_error(tls, result)) {
        case SSL_ERROR_WANT_READ: return {.wait = tcp::socket::wait_read};
        case SSL_ERROR_WANT_WRITE: return {.wait = tcp::socket::wait_write};
        case SSL_ERROR_ZERO_RETURN: return {};
        case SSL_ERROR_SYSCALL: return {.problem = system == 0 ? "the peer is gone" : std::strerror(system)};
        default: break;
    }
    auto const* const reason = ERR_reason_error_string(ERR_get_error());
    return {.problem = reason == nullptr ? "unknown reason" : reason};
}

}  // namespace

struct Connection::State {
    struct Free {
        void operator()(SSL* session) const { SSL_free(session); }
    };
    tcp::socket socket;
    std::unique_ptr<SSL, Free> tls = {};

    [[nodiscard]] int handle() { return socket.native_handle(); }

    Attempt receive(std::string& input) {
        std::array<char, 16u << 10> chunk;
        auto const got = tls ? attempt_of(tls.get(), (ERR_clear_error(), SSL_read(tls.get(), chunk.data(), chunk.size())))
                             : attempt_of(::recv(handle(), chunk.data(), chunk.size(), 0), tcp::socket::wait_read);
        input.append(chunk.data(), got.size);
        return got;
    }

    Attempt send(std::string_view bytes) {
        if (!tls) return attempt_of(::send(handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL), tcp::socket::wait_write);
        ERR_clear_error();
        return attempt_of(tls.get(),
                          SSL_write(tls.get(), bytes.data(), static_cast<int>(std::min(bytes.size(), most_at_once))));
    }

    Attempt shake() {
        ERR_clear_error();
        return attempt_of(tls.get(), SSL_do_handshake(tls.get()));
    }

    /// Repeats `attempt` until it went through or failed. A closed socket ends the wait.
    template <class Try>
    Task<Result<std::size_t>> complete(std::string_view doing, Try attempt) {
        while (true) {
            auto const tried = attempt();
            if (!tried.problem.empty()) co_return failure(ErrorKind::Unavailable, fmt::format("{}: {}", doing, tried.problem));
            if (!tried.wait) co_return tried.size;
            auto const [error] = co_await socket.async_wait(*tried.wait, result_token);
            if (error) co_return failure(ErrorKind::Unavailable, fmt::format("{}: {}", doing, error.message()));
        }
    }

    Task<Result<void>> handshake() {
        if (!tls) co_return Result<void>();
        auto const shaken = co_await complete("TLS", [this] { return shake(); });
        if (shaken && *shaken > 0) co_return Result<void>();
        if (shaken) co_return failure(ErrorKind::Unavailable, "TLS: the peer has closed the connection");
        auto const reason = verification_problem(tls.get());
        if (reason.empty()) co_return std::unexpected(shaken.error());
        co_return failure(ErrorKind::Unavailable, fmt::format("TLS: the certificate is refused: {}", reason));
    }

private:
    static constexpr std::size_t most_at_once = 1u << 20;
};

Connection::Connection(tcp::socket socket, ssl_st* session)
    : state_(std::make_unique<State>(State{.socket = std::move(socket), .tls = std::unique_ptr<SSL, State::Free>(session)})) {
    boost::system::error_code ignored;
    state_->socket.native_non_blocking(true, ignored);
    if (session != nullptr) attach_socket(session, state_->socket);
}

Connection::~Connection() = default;

Task<Result<void>> Connection::handshake_as_client() {
    if (state_->tls) SSL_set_connect_state(state_->tls.get());
    return state_->handshake();
}

Task<Result<void>> Connection::handshake_as_server() {
    if (state_->tls) SSL_set_accept_state(state_->tls.get());
    return state_->handshake();
}

Task<Result<std::size_t>> Connection::read_some(std::string& input) {
    return state_->complete("read", [state = state_.get(), &input] { return state->receive(input); });
}

Task<Result<void>> Connection::write(std::string_view bytes) {
    while (!bytes.empty()) {
        auto const sent = co_await state_->complete("write", [this, bytes] { return state_->send(bytes); });
        if (!sent) co_return std::unexpected(sent.error());
        if (*sent == 0) co_return failure(ErrorKind::Unavailable, "write: the peer has closed the connection");
        bytes.remove_prefix(*sent);
    }
    co_return Result<void>();
}

bool Connection::still_idle() {
    if (!state_->socket.is_open()) return false;
    if (state_->tls && SSL_pending(state_->tls.get()) > 0) return false;
    char byte = 0;
    auto const size = ::recv(state_->handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void Connection::stop_reading() {
    boost::system::error_code ignored;
    state_->socket.shutdown(tcp::socket::shutdown_receive, ignored);
}

Task<Result<void>> Connection::finish() {
    boost::system::error_code ignored;
    if (state_->tls) {
        ERR_clear_error();
        SSL_shutdown(state_->tls.get());
    }
    state_->socket.shutdown(tcp::socket::shutdown_send, ignored);
    while (true) {
        auto const unread = co_await state_->complete("finish", [this] {
            std::array<char, 4096> bytes;
            return attempt_of(::recv(state_->handle(), bytes.data(), bytes.size(), 0), tcp::socket::wait_read);
        });
        if (!unread || *unread == 0) co_return Result<void>();
    }
}

void Connection::close() {
    boost::system::error_code ignored;
    state_->socket.close(ignored);
}

Task<Result<tcp::socket>> connect_socket(tcp::endpoint endpoint) {
    tcp::socket socket(co_await asio::this_coro::executor);
    auto const [error] = co_await socket.async_connect(endpoint, result_token);
    if (error) {
        co_return failure(ErrorKind::Unavailable, fmt::format("connect to {}:{}: {}", endpoint.address().to_string(),
                                                              endpoint.port(), error.message()));
    }
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    co_return std::move(socket);
}

}  // namespace dayfly::http
