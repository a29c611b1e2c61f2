// The order of reading, answering and closing, with a limit on each wait for the client.
#include "controller/http/session.h"

#include <exception>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include "controller/http/bounded.h"

namespace dayfly::http {

namespace asio = boost::asio;

namespace {

constexpr std::size_t max_header = 16u << 10;
/// How long a client may take to notice that it was refused before the connection is cut.
constexpr std::chrono::seconds farewell{1};

Response plain_text(int status, std::string_view text) {
    Response response{.status = status, .body = fmt::format("{}\n", text)};
    response.headers.add("Content-Type", "text/plain; charset=utf-8");
    return response;
}

/// The bytes of an answer that breaks off: all of the header and half of the body, or half of the header when there is no body.
std::string truncated(std::string text) {
    auto const header = text.find("\r\n\r\n") + 4;
    text.resize(text.size() > header ? header + (text.size() - header) / 2 : header / 2);
    return text;
}

}  // namespace

Session::Session(Service& service, asio::ip::tcp::socket socket)
    : service_(service), connection_(std::move(socket), service.tls ? service.tls->server_session() : nullptr) {}

Task<void> Session::run() {
    auto const shaken = co_await bounded(
        service_.clock, service_.options.read_limit, "TLS handshake", [this] { connection_.close(); },
        connection_.handshake_as_server());
    if (!shaken) {
        service_.log.debug("connection refused", {{"reason", shaken.error().message}});
        co_return;
    }
    bool keep_alive = true;
    while (keep_alive && !service_.ending) {
        auto request = co_await next_request(keep_alive);
        if (!request) co_return;
        busy_ = true;
        bool const to_head = request->method == "HEAD";
        auto response = co_await answer(std::move(*request));
        keep_alive = keep_alive && !service_.ending;
        keep_alive = co_await deliver(std::move(response), {.to_head = to_head, .keep_alive = keep_alive});
        busy_ = false;
    }
}

/// Nothing when the connection is over; a client whose request is refused has been told.
Task<std::optional<Request>> Session::next_request(bool& keep_alive) {
    auto const& options = service_.options;
    if (input_.empty()) {
        auto const size = co_await bounded(
            service_.clock, options.idle_limit, "idle", [this] { connection_.close(); }, connection_.read_some(input_));
        if (!size || *size == 0) co_return std::nullopt;
    }
    RequestReader reader({.max_header = max_header, .max_body = options.max_body});
    std::optional<Rejection> rejection;
    auto whole = take_in(reader, rejection);
    if (whole && !*whole) {
        auto const rest = co_await bounded(
            service_.clock, options.read_limit, "request", [this] { connection_.stop_reading(); },
            read_rest(reader, rejection));
        if (rest) whole = *rest;
        if (!rest && rest.error().kind == ErrorKind::TimedOut)
            rejection = {.status = 408, .message = "the request took too long"};
        if (!rest && !rejection) co_return std::nullopt;
    }
    if (rejection) {
        co_await reject(std::move(*rejection));
        co_return std::nullopt;
    }
    if (!whole || !*whole) co_return std::nullopt;
    auto request = reader.take();
    keep_alive = reader.keep_alive();
    co_return request;
}

/// True: the request is whole; false: more is needed; nothing: it is refused.
std::optional<bool> Session::take_in(RequestReader& reader, std::optional<Rejection>& rejection) {
    auto const whole = reader.read(input_);
    if (whole) return *whole;
    rejection = whole.error();
    return std::nullopt;
}

/// False when the request is refused or the client went away in the middle of it.
Task<Result<bool>> Session::read_rest(RequestReader& reader, std::optional<Rejection>& rejection) {
    while (true) {
        if (reader.wants_continue()) {
            if (auto const written = co_await connection_.write("HTTP/1.1 100 Continue\r\n\r\n"); !written) {
                co_return std::unexpected(written.error());
            }
        }
        auto const size = co_await connection_.read_some(input_);
        if (!size) co_return std::unexpected(size.error());
        if (*size == 0) co_return false;
        auto const whole = take_in(reader, rejection);
        if (!whole || *whole) co_return whole.value_or(false);
    }
}

Task<void> Session::reject(Rejection rejection) {
    auto const text = write_response(plain_text(rejection.status, rejection.message), {.keep_alive = false});
    if (auto const written = co_await write(text); !written) co_return;
    co_await bounded(service_.clock, farewell, "farewell", [this] { connection_.close(); }, connection_.finish());
}

Task<Response> Session::answer(Request request) {
    auto const path = std::string(path_of(request.target));
    std::exception_ptr thrown;
    std::string reason = "unknown exception";
    try {
        co_return co_await service_.handler(std::move(request));
    } catch (std::exception const& error) {
        thrown = std::current_exception();
        reason = error.what();
    } catch (...) {
        thrown = std::current_exception();
    }
    bool const cancelled = (co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none;
    if (cancelled) std::rethrow_exception(thrown);
    service_.log.error("an HTTP handler has thrown", {{"path", path}, {"reason", reason}});
    co_return plain_text(500, "internal error");
}

/// True when the connection is fit for another request.
Task<bool> Session::deliver(Response response, ResponseFraming framing) {
    if (response.delivery == Delivery::Dropped) co_return false;
    bool const whole = response.delivery == Delivery::Whole;
    auto text = write_response(response, framing);
    auto const written = co_await write(whole ? std::move(text) : truncated(std::move(text)));
    if (!written || !whole) co_return false;
    if (!framing.keep_alive) {
        co_await bounded(service_.clock, farewell, "farewell", [this] { connection_.close(); }, connection_.finish());
    }
    co_return framing.keep_alive;
}

Task<Result<void>> Session::write(std::string text) {
    co_return co_await bounded(
        service_.clock, service_.options.write_limit, "response", [this] { connection_.close(); }, connection_.write(text));
}

}  // namespace dayfly::http
