// A real endpoint source between a server that answers nonsense and a controller that has everything running: nothing may be
// deleted until an answer says in so many words that something is gone, and then exactly that.
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <stdexcept>

#include "controller/http/server.h"
#include "controller/source/endpoint_source.h"
#include "tests/simulation/world.h"

namespace dayfly::test {
namespace {

namespace asio = boost::asio;

using Names = std::vector<std::string>;

std::string item(std::string const& name) {
    return R"({"apiVersion":"dayfly.dev/v1alpha1","kind":"PreviewEnvironment","metadata":{"name":")" + name +
           R"("},"spec":{"source":{"image":"ghcr.io/acme/shop:1"}}})";
}

http::Response answer_of(std::string type, std::string body) {
    http::Response response{.body = std::move(body)};
    response.headers.add("Content-Type", std::move(type));
    return response;
}

http::Response list(Names const& names, std::string const& claim, std::string items = {}) {
    for (auto const& name : names) items += (items.empty() ? "" : ",") + item(name);
    return answer_of("application/json", R"({"items":[)" + items + "]" + claim + "}");
}

http::Response complete(Names const& names) {
    return list(names, R"(,"complete":true,"count":)" + std::to_string(names.size()));
}

http::Response with(http::Response response, std::string name, std::string value) {
    response.headers.add(std::move(name), std::move(value));
    return response;
}

http::Response cut(http::Response response) {
    response.delivery = http::Delivery::Truncated;
    return response;
}

/// A server of one answer and the source that asks it, on real time. What the source publishes goes to the world.
class Endpoint {
public:
    Endpoint() {
        if (auto const listening = server_.listen(); !listening) throw std::runtime_error(listening.error().message);
        source_.emplace(clock_, random_, Log::none(),
                        source::EndpointOptions{.url = "http://127.0.0.1:" + std::to_string(server_.port()) + "/envs",
                                                .fetch = {.time_limit = std::chrono::seconds(5)},
                                                .interval = milliseconds(1)});
        asio::co_spawn(
            context_, server_.run(),
            asio::bind_cancellation_slot(stop_server_.slot(), [this](std::exception_ptr const&) { server_ended_ = true; }));
    }
    ~Endpoint() {
        stop_source_.emit(asio::cancellation_type::terminal);
        EXPECT_TRUE(until([this] { return source_ended_; }));
        stop_server_.emit(asio::cancellation_type::terminal);
        EXPECT_TRUE(until([this] { return server_ended_; }));
    }
    Endpoint(Endpoint const&) = delete;
    Endpoint& operator=(Endpoint const&) = delete;

    [[nodiscard]] std::string const& name() const { return source_->name(); }
    void start(World& world) {
        source_ended_ = false;
        auto const publish = [this, &world](std::shared_ptr<source::Snapshot const> const& snapshot, bool) {
            last_ = snapshot;
            world.want_snapshot(*snapshot);
        };
        asio::co_spawn(context_, source_->run(publish),
                       asio::bind_cancellation_slot(stop_source_.slot(), [this](std::exception_ptr const& error) {
                           EXPECT_FALSE(error);
                           source_ended_ = true;
                       }));
    }
    /// Until the source has been answered like that and has made something of it.
    [[nodiscard]] bool answer(http::Response response) {
        answer_ = std::move(response);
        auto const before = answered_;
        return until([&] { return answered_ > before && ended_looks() > ended_before_; });
    }
    [[nodiscard]] source::Snapshot const& last() const { return *last_; }
    [[nodiscard]] source::SourceStatus const& status() const { return source_->status(); }

private:
    [[nodiscard]] std::uint64_t ended_looks() const {
        auto const& status = source_->status();
        return status.published + status.unchanged + status.errors;
    }
    bool until(std::function<bool()> const& done) {
        auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!done()) {
            if (std::chrono::steady_clock::now() >= end) return false;
            context_.restart();
            // After a failure the source would wait for longer.
            if (context_.run_one_for(milliseconds(20)) == 0) source_->poke();
        }
        return true;
    }
    Task<http::Response> serve() {
        ++answered_;
        ended_before_ = ended_looks();
        co_return answer_;
    }

    SystemClock clock_;
    Random random_{1};
    http::Response answer_;
    std::uint64_t answered_ = 0;
    std::uint64_t ended_before_ = 0;  ///< looks, when the latest question came
    std::shared_ptr<source::Snapshot const> last_;
    http::Server server_{clock_, Log::none(), {}, [this](http::Request const&) { return serve(); }};
    std::optional<source::EndpointSource> source_;
    bool server_ended_ = false;
    bool source_ended_ = true;
    asio::cancellation_signal stop_server_;
    asio::cancellation_signal stop_source_;
    asio::io_context context_{1};
};

TEST(WipedEndpoint, DeletesNothingUntilACompleteAnswerLacksIt) {
    Names const all{"a", "b", "c", "d"};
    Endpoint endpoint;
    WorldOptions options;
    options.sources = {endpoint.name()};
    World world(options);
    world.start();
    endpoint.start(world);
    ASSERT_TRUE(endpoint.answer(complete(all)));
    ASSERT_TRUE(world.converge()) << world.log();
    world.run_for(std::chrono::minutes(2));
    auto const app = [&](std::string const& name) { return world.environment(name)->app; };
    std::set<std::string> left{app("a"), app("c"), app("d")};
    world.cloud().reset_journal();
    auto const expect_all = [&] {
        EXPECT_EQ(world.apps().size(), all.size()) << world.log();
        EXPECT_EQ(world.cloud().writes(), 0u) << world.log();
        EXPECT_FALSE(world.controller().held()) << "the endpoint did not say that anything is gone";
        EXPECT_FALSE(endpoint.last().complete);
    };

    struct Doubtful {
        char const* name;
        http::Response response;
    };
    for (auto const& [name, response] : {
             Doubtful{"ServerError", {.status = 500}},
             Doubtful{"NotFound", {.status = 404}},
             Doubtful{"ErrorPage", answer_of("text/html", "<html><body>502 Bad Gateway</body></html>")},
             Doubtful{"ErrorPageAsText", answer_of("text/plain", "upstream connect error")},
             Doubtful{"EmptyBody", answer_of("application/yaml", "")},
             Doubtful{"EmptyObject", answer_of("application/json", "{}")},
             Doubtful{"BareList", answer_of("application/json", "[]")},
             Doubtful{"CutOff", cut(complete({"a", "b", "c"}))},
             Doubtful{"Dropped", {.delivery = http::Delivery::Dropped}},
             Doubtful{"EmptyListWithoutClaim", list({}, "")},
             Doubtful{"ShorterListWithoutClaim", list({"a", "c"}, "")},
             Doubtful{"SaysIncomplete", list({"a"}, R"(,"complete":false)")},
             Doubtful{"CountsMore", list({"a", "c"}, R"(,"complete":true,"count":4)")},
             Doubtful{"CountsLess", list({"a", "c"}, R"(,"complete":true,"count":0)")},
             Doubtful{"HeaderAgainstBody", with(list({"a"}, R"(,"complete":false)"), "Dayfly-Complete", "1")},
             Doubtful{"ItemWithoutAName", list({"a", "c"}, R"(,"complete":true,"count":3)", "{}")},
         }) {
        SCOPED_TRACE(name);
        ASSERT_TRUE(endpoint.answer(response));
        world.run_for(std::chrono::minutes(15));
        expect_all();
    }
    // And a process that knows nothing of better days, while the endpoint is down.
    ASSERT_TRUE(endpoint.answer(complete(all)));
    ASSERT_TRUE(endpoint.answer({.status = 503}));
    world.kill();
    world.start();
    world.run_for(std::chrono::hours(2));
    expect_all();

    ASSERT_TRUE(endpoint.answer(complete({"a", "c", "d"})));
    ASSERT_TRUE(world.run(std::chrono::minutes(10), [&] { return world.apps().size() < all.size(); })) << world.log();
    world.run_for(std::chrono::hours(1));
    std::set<std::string> found;
    for (auto const& [id, state] : world.apps().items()) found.insert(state.value("name", id));
    EXPECT_EQ(found, left) << world.log();
    EXPECT_EQ(world.environment("b"), nullptr);
}

}  // namespace
}  // namespace dayfly::test
