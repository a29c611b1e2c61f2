// A FakeGithub on virtual time and a client in front of it.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "controller/github/client.h"
#include "tests/support/fake_github.h"
#include "tests/support/virtual_clock.h"

namespace dayfly::github {

using namespace std::chrono_literals;
using test::commit_of;
using test::FakeGithub;

/// Keeps what it was told.
struct HeardObserver final : Observer {
    std::vector<std::string> results;
    int held = 0;
    int remaining = -1;
    void requested(std::string_view result, std::chrono::duration<double>) override { results.emplace_back(result); }
    void held_back() override { ++held; }
    void budget(int, int left, WallTime) override { remaining = left; }
};

class GithubTest : public ::testing::Test {
protected:
    GithubTest() {
        github_.tokens["t0ken"] = {"acme/shop"};
        auto& shop = github_.repositories["acme/shop"];
        shop.id = 1;
        shop.branches["main"] = commit_of("a");
        shop.files[commit_of("a")] = {{"README.md", "hello"}};
    }

    Client& client(ClientOptions options = {}) {
        return *(client_ = std::make_unique<Client>(
                     clock_, transport_,
                     std::make_unique<TokenCredentials>([this]() -> Result<Secret> { return Secret(token_); }), observer_,
                     options));
    }
    template <class T>
    T run(Task<T> task) {
        return test::run_task(context_, clock_, std::move(task));
    }
    Result<Json> get_json(std::string target) { return run(client_->get_json("acme/shop", std::move(target))); }

    test::VirtualClock clock_;
    FakeGithub github_{clock_};
    test::FakeGithubTransport transport_{clock_, github_};
    HeardObserver observer_;
    std::string token_ = "t0ken";
    std::unique_ptr<Client> client_;
    boost::asio::io_context context_{1};
};

}  // namespace dayfly::github
