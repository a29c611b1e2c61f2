// The client's line: take or open a connection, write the request, read the answer, and say truthfully what is known after a
// failure.
#include "controller/http/client.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include "controller/http/bounded.h"
#include "controller/http/connection.h"
#include "controller/http/idle_pool.h"
#include "controller/http/resolver.h"
#include "controller/http/tls.h"
#include "controller/http/wire.h"

namespace dayfly::http {

namespace asio = boost::asio;

namespace {

/// What one exchange has come to so far, for judging a failure.
struct Progress {
    bool answer_begun = false;
    bool reusable = false;
};

/// For `co_await asio::this_coro::cancellation_state`, which never throws; waiting for a coroutine in its place would, when
/// cancelled.
bool cancelled(asio::cancellation_state const& state) { return state.cancelled() != asio::cancellation_type::none; }

bool may_repeat(std::string_view method) { return method == "GET" || method == "HEAD"; }

/// One request and its answer on an open connection. A server may answer and close before it has read the whole request, so an
/// answer is looked for even when writing failed.
Task<Result<Response>> exchange(Connection& connection, std::string const& request, ResponseReader& reader,
                                Progress& progress) {
    auto const written = co_await connection.write(request);
    if (cancelled(co_await asio::this_coro::cancellation_state)) co_return failure(ErrorKind::Cancelled, "cancelled");
    std::string input;
    while (true) {
        auto const size = co_await connection.read_some(input);
        if (!size) co_return std::unexpected(written ? size.error() : written.error());
        progress.answer_begun = progress.answer_begun || *size > 0;
        auto const whole = *size > 0 ? reader.read(input) : reader.end();
        if (!whole) co_return failure(ErrorKind::Unavailable, whole.error());
        if (!*whole && *size == 0)
            co_return failure(ErrorKind::Unavailable, "the connection was closed in the middle of the answer");
        if (*whole) {
            // Bytes after the answer belong to nothing: such a connection is not to be trusted.
            progress.reusable = written && *size > 0 && reader.keep_alive() && input.empty();
            co_return reader.take();
        }
    }
}

}  // namespace

struct Client::Pool {
    Clock& clock;
    Resolver resolver;
    Origin origin;
    IdlePool idle;
    ClientOptions options;
    std::optional<TlsContext> tls = {};
    std::size_t opened = 0;

    Task<Result<asio::ip::tcp::socket>> connect(Endpoints endpoints, Instant deadline);
    Task<Result<std::unique_ptr<Connection>>> open(Instant::duration limit);
};

/// Each address gets its share of the time that is left, so that one which never answers does not use up all of it.
Task<Result<asio::ip::tcp::socket>> Client::Pool::connect(Endpoints endpoints, Instant deadline) {
    Error last{.kind = ErrorKind::Unavailable, .message = "connect: no time was left"};
    for (std::size_t i = 0; i < endpoints.size(); ++i) {
        auto const share = (deadline - clock.now()) / static_cast<std::int64_t>(endpoints.size() - i);
        if (share <= Instant::duration::zero() || cancelled(co_await asio::this_coro::cancellation_state)) break;
        auto socket = co_await bounded(clock, share, "connect", [] {}, connect_socket(endpoints[i]));
        if (socket) co_return std::move(*socket);
        last = socket.error();
    }
    co_return std::unexpected(std::move(last));
}

/// A new connection, ready for its first request. Every failure means that nothing of a request has left.
Task<Result<std::unique_ptr<Connection>>> Client::Pool::open(Instant::duration limit) {
    auto const deadline = clock.now() + limit;
    // Not in the constructor: a CA file that is missing now may be there at the next attempt.
    if (origin.tls && !tls) {
        auto context = TlsContext::client(options.ca_file);
        if (!context) co_return std::unexpected(context.error());
        tls = std::move(*context);
    }
    auto endpoints = co_await bounded(clock, limit, "resolve", [] {}, resolver.resolve());
    if (!endpoints) co_return std::unexpected(endpoints.error());
    auto socket = co_await connect(std::move(*endpoints), deadline);
    if (!socket) co_return std::unexpected(socket.error());

    auto* const session = origin.tls ? tls->client_session(origin.host) : nullptr;
    if (origin.tls && session == nullptr) co_return failure(ErrorKind::Unavailable, "TLS: no session could be made");
    auto connection = std::make_unique<Connection>(std::move(*socket), session);
    ++opened;
    if (origin.tls) {
        auto const shaken = co_await bounded(
            clock, deadline - clock.now(), "TLS handshake", [&] { connection->close(); }, connection->handshake_as_client());
        if (!shaken) co_return std::unexpected(shaken.error());
    }
    co_return std::move(connection);
}

Client::Client(Clock& clock, Origin origin, ClientOptions options)
    : pool_(new Pool{.clock = clock,
                     .resolver = {clock, origin},
                     .origin = std::move(origin),
                     .idle = IdlePool({.connections = options.max_idle, .idle_time = options.idle_limit}),
                     .options = std::move(options)}) {}

Client::~Client() = default;

Origin const& Client::origin() const { return pool_->origin; }

std::size_t Client::connections_opened() const { return pool_->opened; }

Task<Result<Response>> Client::send(Request request, std::chrono::milliseconds limit) {
    auto& pool = *pool_;
    auto const deadline = pool.clock.now() + limit;
    auto const doing = fmt::format("{} {}{}", request.method, pool.origin.text(), path_of(request.target));
    auto const text = write_request(pool.origin, request);
    if (!text) co_return failure(text.error(), doing);

    // Twice at most: the second time on a connection that is new for certain.
    for (bool again = false;; again = true) {
        auto connection = again ? nullptr : pool.idle.take(pool.clock.now());
        bool const reused = connection != nullptr;
        if (!connection) {
            auto const left = std::min<Instant::duration>(pool.options.connect_timeout, deadline - pool.clock.now());
            auto opened = co_await pool.open(left);
            if (!opened) {
                opened.error().kind = ErrorKind::Unavailable;
                co_return failure(std::move(opened.error()), doing);
            }
            connection = std::move(*opened);
        }
        // A caller may have chosen not to be thrown out by cancellation; then it is for us to stop before anything is sent.
        if (cancelled(co_await asio::this_coro::cancellation_state)) {
            co_return failure(ErrorKind::Cancelled, doing + ": cancelled before it was sent");
        }
        ResponseReader reader(request.method == "HEAD", pool.options.max_body);
        Progress progress;
        auto answer = co_await bounded(
            pool.clock, deadline - pool.clock.now(), "answer", [&] { connection->close(); },
            exchange(*connection, *text, reader, progress));
        if (answer) {
            if (progress.reusable) {
                pool.idle.put(std::move(connection), co_await asio::this_coro::executor, pool.clock.now());
            }
            co_return std::move(*answer);
        }
        bool const given_up = cancelled(co_await asio::this_coro::cancellation_state);
        bool const was_stale = reused && !progress.answer_begun && answer.error().kind == ErrorKind::Unavailable;
        if (was_stale && !given_up && may_repeat(request.method)) continue;
        answer.error().kind = ErrorKind::Ambiguous;
        co_return failure(std::move(answer.error()), doing);
    }
}

}  // namespace dayfly::http
