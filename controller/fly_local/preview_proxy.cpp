#include "controller/fly_local/preview_proxy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <utility>

#include "controller/base/deadline.h"
#include "controller/fly_local/checks.h"

namespace dayfly::fly_local {

namespace asio = boost::asio;
using asio::ip::tcp;
using fly_sim::Backend;

namespace {

constexpr std::size_t chunk_size = 16u << 10;
constexpr milliseconds look_again{100};
constexpr milliseconds quick{500};
constexpr std::chrono::hours longest_connection{24};

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

std::string escaped(std::string_view text) {
    std::string out;
    for (char const c : text) {
        switch (c) {
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '&': out += "&amp;"; break;
            case '"': out += "&quot;"; break;
            default: out += c;
        }
    }
    return out;
}

Task<Result<std::string>> read_until_empty_line(tcp::socket& socket) {
    std::string text;
    std::array<char, 4096> chunk;
    while (text.find("\r\n\r\n") == std::string::npos) {
        if (text.size() >= RequestHead::largest) co_return failure(ErrorKind::InvalidInput, "the request's head is too large");
        auto const [error, size] = co_await socket.async_read_some(asio::buffer(chunk), as_result);
        if (error) co_return failure(ErrorKind::Unavailable, error.message());
        text.append(chunk.data(), size);
    }
    co_return text;
}

Task<Result<bool>> write_all(tcp::socket& socket, std::string text) {
    auto const [error, size] = co_await asio::async_write(socket, asio::buffer(text), as_result);
    if (error) co_return failure(ErrorKind::Unavailable, error.message());
    co_return true;
}

/// Until `from` ends. `status` becomes that of a response that comes this way.
Task<void> relay(Clock& clock, tcp::socket& from, tcp::socket& to, Instant& last_byte, int& status) {
    std::array<char, chunk_size> chunk;
    for (;;) {
        auto const [error, size] = co_await from.async_read_some(asio::buffer(chunk), as_result);
        if (error) break;
        last_byte = clock.now();
        if (status == 0) status = status_of(std::string_view(chunk.data(), size));
        if (!co_await write_all(to, std::string(chunk.data(), size))) break;
    }
}

/// The client's side. Its end is told to the machine, and ends nothing: the answer may still be on its way.
Task<void> relay_request(Clock& clock, tcp::socket& client, tcp::socket& machine, Instant& last_byte) {
    int none = 0;
    co_await relay(clock, client, machine, last_byte, none);
    boost::system::error_code ignored;
    machine.shutdown(tcp::socket::shutdown_send, ignored);
    co_await clock.sleep_for(longest_connection);
}

Task<void> until_idle(Clock& clock, Instant const& last_byte, milliseconds limit) {
    while (clock.now() < last_byte + limit) {
        co_await clock.sleep_until(last_byte + limit);
        if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none) co_return;
    }
}

}  // namespace

struct PreviewProxy::Page {
    int status = 503;
    std::string title;
    std::string text;
    bool again = false;  ///< may be better in a moment: the browser asks again by itself
};

struct PreviewProxy::Chosen {
    std::string machine;
    std::uint16_t port = 0;
};

struct PreviewProxy::Connection {
    tcp::socket socket;
    std::string client;
    std::string rest = {};  ///< read beyond the head
    Instant last_byte{};
    std::string app = {};  ///< once it is known
};

PreviewProxy::PreviewProxy(asio::any_io_executor executor, Clock& clock, Log& log, fly_sim::Cloud& cloud,
                           fly_sim::CloudTime const& time, LocalMachines const& machines, PreviewProxyOptions options)
    : clock_(clock),
      log_(log),
      cloud_(cloud),
      time_(time),
      machines_(machines),
      options_(std::move(options)),
      connections_(std::move(executor), [this](std::exception_ptr const& thrown) {
          try {
              std::rethrow_exception(thrown);
          } catch (std::exception const& error) {
              log_.error("a preview connection has failed", {{"reason", error.what()}});
          }
      }) {}

Result<void> PreviewProxy::listen() { return listener_.open(options_.host, options_.port); }

std::string PreviewProxy::url_of(std::string const& app) const {
    return fmt::format("http://{}.localhost:{}/", app, listener_.port());
}

Task<void> PreviewProxy::accept() {
    auto acceptor = listener_.acceptor(co_await asio::this_coro::executor);
    if (!acceptor) {
        log_.error("preview proxy", {{"reason", acceptor.error().message}});
        co_return;
    }
    auto const cancelled = [](auto const& state) { return state.cancelled() != asio::cancellation_type::none; };
    while (!cancelled(co_await asio::this_coro::cancellation_state)) {
        auto [error, socket] = co_await acceptor->async_accept(as_result);
        if (error == asio::error::operation_aborted) continue;
        if (error) {
            log_.warn("preview proxy cannot accept", {{"reason", error.message()}});
            co_await clock_.sleep_for(look_again);
        } else if (connections_.size() < options_.max_connections) {
            connections_.spawn(serve(std::move(socket)));
        }
    }
}

Task<void> PreviewProxy::run() {
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await accept();
    listener_.close();
    connections_.cancel();
    // Nothing bounds this wait: what is still referred to must not be left behind.
    while (co_await connections_.join(clock_, clock_.now() + seconds(5)) > 0) connections_.cancel();
}

Task<void> PreviewProxy::serve(tcp::socket socket) {
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    auto const from = socket.remote_endpoint(ignored);
    Connection connection{.socket = std::move(socket), .client = from.address().to_string()};
    co_await answer(connection);
}

Task<void> PreviewProxy::answer(Connection& connection) {
    auto text = co_await with_deadline(clock_, options_.head_limit, "head", read_until_empty_line(connection.socket));
    if (!text && text.error().kind == ErrorKind::Unavailable) co_return;
    if (!text) {
        bool const late = text.error().kind == ErrorKind::TimedOut;
        co_await send_page(connection,
                           {.status = late ? 408 : 431, .title = "No whole request came", .text = text.error().message});
        co_return;
    }
    auto const end = text->find("\r\n\r\n");
    connection.rest = text->substr(end + 4);
    auto const head = read_head(std::string_view(*text).substr(0, end));
    if (!head) {
        co_await send_page(connection, {.status = 400, .title = "This is no request", .text = head.error()});
        co_return;
    }
    auto const app = head->app();
    if (app.empty()) {
        co_await send_page(connection,
                           {.status = 502,
                            .title = "No environment is named",
                            .text = "Ask for http://APP.localhost and this port; `dayfly get` tells the addresses."});
        co_return;
    }
    auto chosen = co_await choose(app);
    if (chosen) {
        co_await forward(connection, *head, app, std::move(*chosen));
    } else {
        if (cloud_.backends(app)) connection.app = app;
        co_await send_page(connection, std::move(chosen.error()));
    }
}

Task<std::expected<PreviewProxy::Chosen, PreviewProxy::Page>> PreviewProxy::choose(std::string app) {
    auto const until = clock_.now() + options_.wait_limit;
    for (;;) {
        cloud_.advance(time_.now());
        auto const backends = cloud_.backends(app);
        if (!backends) {
            co_return std::unexpected(Page{502, "There is no app " + app, "It does not exist here, or not any more."});
        }
        if (backends->empty()) {
            co_return std::unexpected(
                Page{503, app + " serves nothing", "None of its machines has a service. It may still be on its way.", true});
        }
        if (std::ranges::none_of(*backends, &Backend::is_run)) {
            co_return std::unexpected(
                Page{502, app + " is only modelled",
                     "Its machines boot and sleep in the simulator's books, but no program of theirs is run here."});
        }
        Page why{503, app + " is starting", "Its machine is on its way.", true};
        bool waits = false;
        ++turn_;
        for (std::size_t i = 0; i < backends->size(); ++i) {
            auto const& backend = (*backends)[(turn_ + i) % backends->size()];
            auto const port = machines_.port_of(backend.machine, backend.port);
            if (backend.state == "started" && port) {
                if (co_await is_listening(clock_, *port, quick)) co_return Chosen{backend.machine, *port};
                why = {503, app + " does not listen yet",
                       fmt::format(
                           "Its program runs, but nothing accepts connections on its port {} (here: {}, as $PORT says). It "
                           "may still be installing, or it may listen on loopback only.",
                           backend.port, *port),
                       true};
                waits = true;
            } else if (backend.exit_code && *backend.exit_code != 0 && backend.state != "starting" &&
                       backend.state != "created") {
                why = {503, app + " has failed", fmt::format("Its program ended with exit code {}.", *backend.exit_code)};
            } else if ((backend.state == "stopped" || backend.state == "suspended") && !backend.autostart) {
                why = {503, app + " is asleep", "It does not start on a request."};
            } else {
                waits = true;
                cloud_.external().wake_machine(app, backend.machine);
            }
        }
        if (!waits || clock_.now() >= until) co_return std::unexpected(std::move(why));
        co_await clock_.sleep_for(look_again);
    }
}

Task<void> PreviewProxy::forward(Connection& connection, RequestHead const& head, std::string const& app, Chosen chosen) {
    using namespace asio::experimental::awaitable_operators;
    tcp::socket machine(co_await asio::this_coro::executor);
    tcp::endpoint const endpoint(asio::ip::make_address(machine_address), chosen.port);
    auto const [refused] = co_await machine.async_connect(endpoint, as_result);
    if (refused || !co_await write_all(machine, head.forwarded(connection.client) + connection.rest)) {
        connection.app = app;
        co_await send_page(connection, {502, app + " broke off", "Its machine took no request."});
        co_return;
    }
    cloud_.traffic().change_concurrency(app, chosen.machine, 1, time_.wall());
    connection.last_byte = clock_.now();
    int status = 0;
    co_await (relay(clock_, machine, connection.socket, connection.last_byte, status) ||
              relay_request(clock_, connection.socket, machine, connection.last_byte) ||
              until_idle(clock_, connection.last_byte, options_.idle_limit));
    cloud_.traffic().change_concurrency(app, chosen.machine, -1, time_.wall());
    cloud_.traffic().count_response(app, status == 0 ? 502 : status, time_.wall());
    if (status == 0) {
        co_await send_page(connection, {502, app + " broke off", "Its program closed the connection without an answer."});
    }
}

Task<void> PreviewProxy::send_page(Connection& connection, Page page) {
    if (!connection.app.empty()) cloud_.traffic().count_response(connection.app, page.status, time_.wall());
    auto const body = fmt::format(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title>{1}</head>\n"
        "<body style=\"font-family: sans-serif; margin: 4em\"><h1>{0}</h1><p>{2}</p></body></html>\n",
        escaped(page.title), page.again ? "<meta http-equiv=\"refresh\" content=\"2\">" : "", escaped(page.text));
    auto const answer = fmt::format(
        "HTTP/1.1 {} {}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n{}"
        "Connection: close\r\n\r\n{}",
        page.status,
        page.status == 503   ? "Service Unavailable"
        : page.status == 502 ? "Bad Gateway"
                             : "Bad Request",
        body.size(), page.again ? "Retry-After: 2\r\n" : "", body);
    co_await with_deadline(clock_, options_.head_limit, "page", write_all(connection.socket, answer));
    boost::system::error_code ignored;
    connection.socket.shutdown(tcp::socket::shutdown_send, ignored);
}

}  // namespace dayfly::fly_local
