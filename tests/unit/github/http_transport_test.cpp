// The client against a GitHub behind a real socket: TLS, an enterprise server's path, and a server that goes away.
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>

#include "controller/github/client.h"
#include "controller/http/server.h"
#include "tests/support/fake_github.h"

namespace dayfly::github {
namespace {

class HttpTransportTest : public ::testing::Test {
protected:
    HttpTransportTest() {
        auto name = (std::filesystem::temp_directory_path() / "dayfly-github-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        auto const made = http::make_self_signed();
        std::ofstream(folder_ / "ca.pem") << made->certificate_pem;
        server_ = std::make_unique<http::Server>(
            clock_, Log::none(),
            http::ServerOptions{.certificate_pem = made->certificate_pem, .private_key_pem = made->private_key_pem},
            [this](http::Request request) -> Task<http::Response> {
                auto response = co_await github_.answer(std::move(request));
                co_return response ? std::move(*response) : http::Response{.delivery = http::Delivery::Dropped};
            });
        EXPECT_TRUE(server_->listen());
        boost::asio::co_spawn(context_, server_->run(),
                              boost::asio::bind_cancellation_slot(stop_.slot(), [this](std::exception_ptr) { ended_ = true; }));
        github_.base = "https://127.0.0.1:" + std::to_string(server_->port()) + "/api/v3";
        github_.prefix = "/api/v3";
        github_.tokens["t0ken"] = {"acme/shop"};
        auto& shop = github_.repositories["acme/shop"];
        shop.id = 1;
        shop.is_private = true;
        for (int i = 0; i < 150; ++i) shop.branches["b" + std::to_string(i)] = test::commit_of("a");
        transport_ = std::make_unique<HttpTransport>(clock_, parse_base(github_.base).value(),
                                                     HttpTransportOptions{.ca_file = (folder_ / "ca.pem").string()});
        client_ = std::make_unique<Client>(
            clock_, *transport_, std::make_unique<TokenCredentials>([]() -> Result<Secret> { return Secret("t0ken"); }),
            observer_);
    }
    ~HttpTransportTest() override {
        stop();
        std::filesystem::remove_all(folder_);
    }
    void stop() {
        stop_.emit(boost::asio::cancellation_type::all);
        context_.restart();
        while (!ended_ && context_.run_one_for(std::chrono::seconds(5)) > 0) {
        }
    }
    template <class T>
    T run(Task<T> task) {
        std::optional<T> result;
        boost::asio::co_spawn(context_, std::move(task), [&](std::exception_ptr error, T value) {
            if (error) std::rethrow_exception(error);
            result.emplace(std::move(value));
        });
        context_.restart();
        while (!result && context_.run_one_for(std::chrono::seconds(10)) > 0) {
        }
        if (!result) throw std::runtime_error("nothing happened within 10 s");
        return std::move(*result);
    }

    SystemClock clock_;
    test::FakeGithub github_{clock_};
    std::filesystem::path folder_;
    std::unique_ptr<http::Server> server_;
    Observer observer_;
    std::unique_ptr<HttpTransport> transport_;
    std::unique_ptr<Client> client_;
    bool ended_ = false;
    boost::asio::cancellation_signal stop_;
    boost::asio::io_context context_{1};
};

TEST_F(HttpTransportTest, ReadsPagesOfAPrivateRepositoryAndThenAsksConditionally) {
    auto const first = run(client_->get_pages("acme/shop", "/repos/acme/shop/branches?per_page=100"));
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ(first->items.size(), 150u);
    auto const second = run(client_->get_pages("acme/shop", "/repos/acme/shop/branches?per_page=100"));
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_TRUE(second->unchanged);
    EXPECT_EQ(github_.not_modified, 2);
    EXPECT_EQ(github_.counted, 2);
}

TEST_F(HttpTransportTest, FollowsARenameBelowThePath) {
    github_.repositories["acme/store"] = github_.repositories["acme/shop"];
    github_.tokens["t0ken"].insert("acme/store");
    github_.repositories["acme/shop"].moved_to = "acme/store";
    auto const read = run(client_->get_json("acme/shop", "/repos/acme/shop"));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(text_at(*read, "full_name"), "acme/store");
}

TEST_F(HttpTransportTest, SaysThatTheHostIsUnreachableWhenItIs) {
    ASSERT_TRUE(run(client_->get_json("acme/shop", "/repos/acme/shop")));
    github_.fault = test::FakeGithub::Fault::Down;
    auto const dropped = run(client_->get_json("acme/shop", "/repos/acme/shop"));
    ASSERT_FALSE(dropped);
    EXPECT_EQ(dropped.error().kind, ErrorKind::Unavailable);
    stop();
    auto const refused = run(client_->get_json("acme/shop", "/repos/acme/shop"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Unavailable);
}

}  // namespace
}  // namespace dayfly::github
