// See api_client.h.
#include "controller/cli/api_client.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "controller/base/clock.h"
#include "controller/base/file.h"
#include "controller/http/client.h"

namespace dayfly::cli {
namespace {

ErrorKind kind_of(int status) {
    switch (status) {
        case 400: return ErrorKind::InvalidInput;
        case 401: return ErrorKind::Unauthenticated;
        case 403: return ErrorKind::Forbidden;
        case 404: return ErrorKind::NotFound;
        case 409: return ErrorKind::Refused;
        default: return status >= 500 ? ErrorKind::Unavailable : ErrorKind::Unknown;
    }
}

}  // namespace

void pause(std::chrono::milliseconds time) {
    boost::asio::io_context context(1);
    SystemClock clock;
    boost::asio::co_spawn(context, clock.sleep_for(time), boost::asio::detached);
    context.run();
}

Result<http::Response> send_to_controller(Settings const& settings, std::string const& method, std::string const& path) {
    auto url = http::parse_url(settings.server);
    if (!url) return failure(std::move(url.error()), "--server " + settings.server);
    http::Request request{.method = method, .target = path};
    request.headers.add("Accept", "application/json");
    if (!settings.api_token_file.empty()) {
        auto token = read_file(settings.api_token_file, 64u << 10);
        if (!token)
            return failure(token.error().kind == ErrorKind::NotFound ? ErrorKind::NotFound : ErrorKind::Unknown,
                           "--api-token-file " + token.error().message);
        while (token->ends_with('\n')) token->pop_back();
        request.headers.add("Authorization", "Bearer " + *token);
    }
    boost::asio::io_context context(1);
    SystemClock clock;
    http::Client client(clock, url->origin, {});
    Result<http::Response> response = failure(ErrorKind::Unknown, "nothing was asked");
    boost::asio::co_spawn(context, client.send(std::move(request), std::chrono::seconds(10)),
                          [&](std::exception_ptr error, Result<http::Response> value) {
                              if (!error) response = std::move(value);
                          });
    context.run();
    if (!response) {
        return failure(ErrorKind::Unavailable, "no controller answers at " + settings.server + ": " + response.error().message,
                       "Start one with `dayfly controller`, or point --server (DAYFLY_SERVER) at yours.");
    }
    return response;
}

Result<nlohmann::ordered_json> ask_controller(Settings const& settings, std::string const& method, std::string const& path) {
    auto const response = send_to_controller(settings, method, path);
    if (!response) return std::unexpected(response.error());
    auto body = nlohmann::ordered_json::parse(response->body, nullptr, false);
    if (response->status >= 400) {
        std::string message = "the controller answered " + std::to_string(response->status);
        std::string hint;
        if (body.is_object() && body.contains("error") && body["error"].is_object()) {
            message = body["error"].value("message", message);
            hint = body["error"].value("hint", hint);
        }
        return failure(kind_of(response->status), message, hint);
    }
    if (body.is_discarded()) return failure(ErrorKind::Unavailable, settings.server + " does not answer like a controller");
    return body;
}

}  // namespace dayfly::cli
