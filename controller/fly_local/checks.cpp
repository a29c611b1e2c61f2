#include "controller/fly_local/checks.h"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "controller/base/deadline.h"
#include "controller/base/time_text.h"
#include "controller/fly_local/local_machines.h"
#include "controller/http/client.h"

namespace dayfly::fly_local {

namespace asio = boost::asio;
using fly_sim::Json;

namespace {

constexpr std::size_t output_kept = 200;
constexpr std::size_t largest_page = 16u << 20;

CheckSpec read_check(Json const& check, int port) {
    CheckSpec spec{.type = check.value("type", "tcp"), .port = check.value("port", port)};
    spec.method = check.value("method", spec.method);
    spec.path = check.value("path", spec.path);
    if (auto const interval = parse_duration(check.value("interval", "")); interval && interval->count() > 0) {
        spec.interval = std::chrono::duration_cast<milliseconds>(*interval);
    }
    if (auto const timeout = parse_duration(check.value("timeout", "")); timeout && timeout->count() > 0) {
        spec.timeout = std::chrono::duration_cast<milliseconds>(*timeout);
    }
    return spec;
}

Task<Result<bool>> try_connect(std::uint16_t port) {
    asio::ip::tcp::socket socket(co_await asio::this_coro::executor);
    asio::ip::tcp::endpoint const endpoint(asio::ip::make_address(machine_address), port);
    auto const [error] = co_await socket.async_connect(endpoint, asio::as_tuple(asio::use_awaitable));
    co_return !error;
}

}  // namespace

std::vector<CheckSpec> checks_of(Json const& config) {
    std::vector<CheckSpec> all;
    for (auto const& service : config.value("services", Json::array())) {
        for (auto const& check : service.value("checks", Json::array())) {
            all.push_back(read_check(check, service.value("internal_port", 0)));
        }
    }
    for (auto const& [name, check] : config.value("checks", Json::object()).items()) all.push_back(read_check(check, 0));
    return all;
}

Task<bool> is_listening(Clock& clock, std::uint16_t port, milliseconds limit) {
    auto const reached = co_await with_deadline(clock, limit, "connect", try_connect(port));
    co_return reached && *reached;
}

Task<CheckOutcome> make_check(Clock& clock, CheckSpec check, std::uint16_t port) {
    if (check.type != "http") {
        bool const there = co_await is_listening(clock, port, check.timeout);
        co_return CheckOutcome{.passing = there, .output = there ? "Success" : "connect: connection refused"};
    }
    http::Client client(clock, {.tls = false, .host = machine_address, .port = std::to_string(port)},
                        {.connect_timeout = check.timeout, .max_body = largest_page});
    auto const answer = co_await client.send({.method = check.method, .target = check.path}, check.timeout);
    if (!answer) {
        bool const refused = answer.error().kind == ErrorKind::Unavailable;
        co_return CheckOutcome{.output = refused ? "connect: connection refused"
                                                 : "net/http: request canceled (Client.Timeout exceeded)"};
    }
    co_return CheckOutcome{.passing = answer->status / 100 == 2,
                           .output = fmt::format("HTTP {} {}: {} Output: \"{}\"", check.method, check.path, answer->status,
                                                 answer->body.substr(0, output_kept))};
}

}  // namespace dayfly::fly_local
