// Git over HTTP as hosting services speak it: git's own http-backend behind a user name and a token.
#pragma once

#include <atomic>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "controller/base/clock.h"
#include "controller/http/server.h"

namespace dayfly::test {

/// Serves every repository below `root` to those who know `token` (empty: to everybody), in a thread of its own.
class GitHttpServer {
public:
    GitHttpServer(std::filesystem::path root, std::string token);
    ~GitHttpServer();
    GitHttpServer(GitHttpServer const&) = delete;
    GitHttpServer& operator=(GitHttpServer const&) = delete;

    /// "http://127.0.0.1:PORT"
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }
    /// Answers everything with a redirect to the same path there.
    void redirect_to(std::string other) { redirect_ = std::move(other); }
    /// The Authorization header of every request so far, decoded; "" for those without.
    [[nodiscard]] std::vector<std::string> presented() const;
    /// Requests for a pack so far.
    [[nodiscard]] int packs() const { return packs_; }

private:
    Task<http::Response> handle(http::Request request);

    std::filesystem::path root_;
    std::string token_;
    std::string redirect_;
    mutable std::mutex presented_guard_;
    std::vector<std::string> presented_;
    std::atomic<int> packs_ = 0;
    SystemClock clock_;
    boost::asio::io_context context_{1};
    boost::asio::cancellation_signal stop_;
    std::unique_ptr<http::Server> server_;
    std::thread thread_;
};

}  // namespace dayfly::test
