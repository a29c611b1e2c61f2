// See git_http_server.h.
#include "tests/support/git_http_server.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <stdexcept>

#include "controller/base/digest.h"
#include "tests/support/child_process.h"

namespace dayfly::test {
namespace {

std::string header(http::Request const& request, std::string_view name) {
    auto const* value = request.headers.find(name);
    return value == nullptr ? std::string() : *value;
}

/// The CGI answer as HTTP: headers, an empty line, the body.
http::Response from_cgi(std::string const& output) {
    http::Response response;
    std::size_t at = 0;
    for (;;) {
        auto const end = output.find("\r\n", at);
        if (end == std::string::npos) throw std::runtime_error("git http-backend: " + output);
        auto const line = output.substr(at, end - at);
        at = end + 2;
        if (line.empty()) break;
        auto const colon = line.find(": ");
        auto const name = line.substr(0, colon);
        auto const value = line.substr(colon + 2);
        if (name == "Status") {
            response.status = std::stoi(value);
        } else {
            response.headers.add(name, value);
        }
    }
    response.body = output.substr(at);
    return response;
}

}  // namespace

GitHttpServer::GitHttpServer(std::filesystem::path root, std::string token)
    : root_(std::move(root)),
      token_(std::move(token)),
      server_(std::make_unique<http::Server>(clock_, Log::none(), http::ServerOptions{},
                                             [this](http::Request request) { return handle(std::move(request)); })) {
    if (auto bound = server_->listen(); !bound) throw std::runtime_error(bound.error().message);
    boost::asio::co_spawn(context_, server_->run(),
                          boost::asio::bind_cancellation_slot(stop_.slot(), [](std::exception_ptr) {}));
    thread_ = std::thread([this] { context_.run(); });
}

GitHttpServer::~GitHttpServer() {
    boost::asio::post(context_, [this] { stop_.emit(boost::asio::cancellation_type::terminal); });
    thread_.join();
}

std::vector<std::string> GitHttpServer::presented() const {
    std::scoped_lock const lock(presented_guard_);
    return presented_;
}

Task<http::Response> GitHttpServer::handle(http::Request request) {
    auto const authorization = header(request, "Authorization");
    {
        std::scoped_lock const lock(presented_guard_);
        presented_.push_back(authorization);
    }
    if (!redirect_.empty()) {
        http::Response response{.status = 301};
        response.headers.add("Location", redirect_ + request.target);
        co_return response;
    }
    if (!token_.empty() && authorization != "Basic " + base64("x-access-token:" + token_)) {
        http::Response response{.status = 401, .body = "who are you?\n"};
        response.headers.add("WWW-Authenticate", "Basic realm=\"git\"");
        co_return response;
    }
    auto const path = std::string(http::path_of(request.target));
    auto const question = request.target.find('?');
    if (path.ends_with("/git-upload-pack")) ++packs_;
    Command command{.arguments = {"git", "http-backend"}, .environment = plain_environment(), .input = request.body};
    command.environment.insert({{"GIT_PROJECT_ROOT", root_.string()},
                                {"GIT_HTTP_EXPORT_ALL", "1"},
                                {"GIT_CONFIG_COUNT", "1"},
                                {"GIT_CONFIG_KEY_0", "safe.directory"},
                                {"GIT_CONFIG_VALUE_0", "*"},
                                {"PATH_INFO", http::percent_decode(path)},
                                {"QUERY_STRING", question == std::string::npos ? "" : request.target.substr(question + 1)},
                                {"REQUEST_METHOD", request.method},
                                {"CONTENT_TYPE", header(request, "Content-Type")},
                                {"CONTENT_LENGTH", std::to_string(request.body.size())},
                                {"HTTP_CONTENT_ENCODING", header(request, "Content-Encoding")},
                                {"GIT_PROTOCOL", header(request, "Git-Protocol")}});
    co_return from_cgi(run(command).output);
}

}  // namespace dayfly::test
