// See git_http_server.h.
#include "tests/support/git_http_server.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <stdexcept>

#include "controller/base/digest.h"
#include "tests/support/git_http_backend.h"

namespace dayfly::test {
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
    auto const* given = request.headers.find("Authorization");
    auto const authorization = given == nullptr ? std::string() : *given;
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
    if (http::path_of(request.target).ends_with("/git-upload-pack")) ++packs_;
    co_return git_http_backend(root_, request);
}

}  // namespace dayfly::test
