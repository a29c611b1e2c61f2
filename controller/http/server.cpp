// The server's line: listen, accept, serve each connection in a coroutine of its own, and leave none behind at the end.
#include "controller/http/server.h"

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "controller/base/signal.h"
#include "controller/http/listener.h"
#include "controller/http/session.h"

namespace dayfly::http {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

/// What handlers in progress are given when the server ends.
constexpr std::chrono::seconds grace{2};
/// A pause when the system has no more file descriptors, instead of asking it again at once.
constexpr std::chrono::milliseconds accept_pause{100};

Task<bool> is_cancelled() {
    co_return (co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none;
}

}  // namespace

struct Server::State {
    Service service;
    Listener listener = {};
    std::uint16_t port = 0;

    struct Entry;
    std::vector<Entry*> entries = {};  ///< in no order
    Signal left = {};                  ///< an entry has gone

    void serve(tcp::socket socket, asio::any_io_executor const& executor);
    Task<void> accept_until_cancelled();
    Task<void> wait_until_empty(Instant when);
    Task<void> end_all();
};

/// A running session. It is owned by its coroutine alone, because its socket must not outlive the event loop, as a server may.
struct Server::State::Entry {
    State& state;
    Session session;
    asio::cancellation_signal stop = {};

    Entry(State& owner, tcp::socket socket) : state(owner), session(owner.service, std::move(socket)) {
        state.entries.push_back(this);
    }
    ~Entry() { leave(); }
    Entry(Entry const&) = delete;
    Entry& operator=(Entry const&) = delete;

    void leave() { std::erase(state.entries, this); }
};

void Server::State::serve(tcp::socket socket, asio::any_io_executor const& executor) {
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    auto const entry = std::make_shared<Entry>(*this, std::move(socket));
    auto const run = [](std::shared_ptr<Entry> self) -> Task<void> { co_await self->session.run(); };
    asio::co_spawn(executor, run(entry),
                   asio::bind_cancellation_slot(entry->stop.slot(), [this, entry](std::exception_ptr thrown) {
                       // Told from here, not by the destructor: that one also runs when the event loop is torn down.
                       entry->leave();
                       left.notify();
                       // A session that was cut off unwinds by an exception; any other one is a bug worth a line.
                       if (!thrown || service.ending) return;
                       try {
                           std::rethrow_exception(thrown);
                       } catch (std::exception const& error) {
                           service.log.error("an HTTP session has failed", {{"reason", error.what()}});
                       }
                   }));
}

Task<void> Server::State::accept_until_cancelled() {
    auto const executor = co_await asio::this_coro::executor;
    auto acceptor = listener.acceptor(executor);
    if (!acceptor) {
        service.log.error("HTTP server", {{"reason", acceptor.error().message}});
        co_return;
    }
    while (!co_await is_cancelled()) {
        auto [error, socket] = co_await acceptor->async_accept(asio::as_tuple(asio::use_awaitable));
        if (error == asio::error::operation_aborted || error == asio::error::connection_aborted) continue;
        if (error) {
            service.log.warn("HTTP server cannot accept", {{"reason", error.message()}});
            co_await service.clock.sleep_for(accept_pause);
        } else if (entries.size() < service.options.max_connections) {
            serve(std::move(socket), executor);
        }
    }
}

/// Until `when` at the latest.
Task<void> Server::State::wait_until_empty(Instant when) {
    while (!entries.empty() && service.clock.now() < when) co_await left.wait_until(service.clock, when);
}

Task<void> Server::State::end_all() {
    for (auto* const entry : entries) {
        if (!entry->session.busy()) entry->session.close();
    }
    co_await wait_until_empty(service.clock.now() + grace);
    for (auto* const entry : entries) {
        entry->session.close();
        entry->stop.emit(asio::cancellation_type::terminal);
    }
    // Nothing bounds this wait: what is still referred to must not be left behind.
    while (!entries.empty()) co_await wait_until_empty(service.clock.now() + grace);
}

Server::Server(Clock& clock, Log& log, ServerOptions options, Handler handler)
    : state_(new State{.service = {.clock = clock, .log = log, .options = std::move(options), .handler = std::move(handler)}}) {
}

Server::~Server() = default;

Result<void> Server::listen() {
    auto& service = state_->service;
    auto const& options = service.options;
    if (!options.certificate_pem.empty()) {
        auto context = TlsContext::server(options.certificate_pem, options.private_key_pem);
        if (!context) return std::unexpected(context.error());
        service.tls = std::move(*context);
    }
    if (auto const opened = state_->listener.open(options.host, options.port); !opened) return opened;
    state_->port = state_->listener.port();
    return {};
}

std::uint16_t Server::port() const { return state_->port; }

Task<void> Server::run() {
    auto& state = *state_;
    // The end is work, too: a cancelled coroutine would otherwise throw at its next wait.
    bool const before = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    state.service.ending = false;
    co_await state.accept_until_cancelled();
    state.service.ending = true;
    state.listener.close();
    co_await state.end_all();
    co_await asio::this_coro::throw_if_cancelled(before);
}

}  // namespace dayfly::http
