// What `GET /metrics` answers for a controller that really works: formats, codings, and nothing left of what is gone.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <sstream>
#include <string>

#include "controller/server/controller_server.h"
#include "specs/load.h"
#include "tests/simulation/world.h"

namespace dayfly::test {
namespace {

using std::chrono::minutes;

struct Scrape : testing::Test {
    static constexpr std::size_t max_shown = 200;

    metrics::Catalogue catalogue{
        {.version = "1.2.3", .revision = {}, .fly_actions = {"create_app"}, .state = {.environments = max_shown}}};
    // The observer wants the world's clock; nobody tells it anything before a process is started.
    World world{{.observer = &observer}};
    server::MetricsObserver observer{catalogue, world.clock()};

    /// One request to the server of the running controller.
    http::Response get(http::Headers headers = {}) {
        catalogue.set_state_reader([this] { return server::state_of(world.controller()); });
        server::ControllerServer surface(world.controller(), {}, catalogue, world.clock(), {});
        http::Response answer;
        boost::asio::io_context context(1);
        boost::asio::co_spawn(context, surface.handle({.method = "GET", .target = "/metrics", .headers = std::move(headers)}),
                              [&answer](std::exception_ptr const& error, http::Response response) {
                                  EXPECT_FALSE(error);
                                  answer = std::move(response);
                              });
        context.run();
        return answer;
    }

    void want(int count) {
        std::vector<specs::PreviewEnvironment> all;
        auto one = specs::load(image_yaml("env"), "test.yaml", {}).environments.at(0);
        for (int i = 0; i < count; ++i) {
            one.key.name = "env-" + std::to_string(i);
            all.push_back(one);
        }
        world.want(std::move(all));
    }

    /// All of them are wanted no longer, and somebody approves that they go.
    bool remove_all() {
        want(0);
        world.run_for(minutes(2));
        return world.controller().held() && world.controller().approve_deletes(world.controller().held()->verdict.id) &&
               world.until_gone();
    }
};

std::size_t series_in(std::string const& text) {
    std::istringstream stream(text);
    std::size_t count = 0;
    for (std::string line; std::getline(stream, line);) count += line.starts_with('#') ? 0 : 1;
    return count;
}

std::string header(http::Response const& response, std::string_view name) {
    auto const* value = response.headers.find(name);
    return value == nullptr ? "" : *value;
}

TEST_F(Scrape, AnswersInTheFormatThatIsWantedMost) {
    want(1);
    world.start();
    ASSERT_TRUE(world.converge());

    auto const plain = get();
    EXPECT_EQ(plain.status, 200);
    EXPECT_EQ(header(plain, "Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_EQ(header(plain, "Content-Encoding"), "");
    EXPECT_NE(plain.body.find("dayfly_environment_info{environment_namespace=\"default\",environment_name=\"env-0\""),
              std::string::npos);

    http::Headers prometheus;
    prometheus.add("Accept", "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1");
    auto const open = get(prometheus);
    EXPECT_EQ(header(open, "Content-Type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    EXPECT_TRUE(open.body.ends_with("# EOF\n"));

    http::Headers browser;
    browser.add("Accept", "text/html,*/*;q=0.8");
    EXPECT_EQ(get(browser).body.find("# EOF"), std::string::npos);
}

TEST_F(Scrape, IsPackedForThoseWhoAsk) {
    world.start();
    http::Headers asks;
    asks.add("Accept-Encoding", "gzip");
    auto const packed = get(asks);
    EXPECT_EQ(header(packed, "Content-Encoding"), "gzip");
    EXPECT_EQ(header(packed, "Vary"), "Accept, Accept-Encoding");
    EXPECT_TRUE(packed.body.starts_with("\x1f\x8b"));
    EXPECT_LT(packed.body.size() * 5, get().body.size());
}

TEST_F(Scrape, HasNoSeriesOfEnvironmentsThatAreGone) {
    world.want({});
    world.start();
    world.run_for(minutes(1));
    auto const base = series_in(get().body);

    want(40);
    ASSERT_TRUE(world.converge());
    EXPECT_EQ(series_in(get().body), base + std::size_t{3} * 40) << "info, last success and cost of each";

    want(0);
    world.run_for(minutes(2));
    ASSERT_TRUE(world.controller().held());
    EXPECT_NE(get().body.find("dayfly_deletes_held{reason=\"mass_delete\"} 40\n"), std::string::npos);
    EXPECT_NE(get().body.find("dayfly_owned_resources{kind=\"app\",state=\"orphan\"} 40\n"), std::string::npos);
    ASSERT_TRUE(world.controller().approve_deletes(world.controller().held()->verdict.id));
    ASSERT_TRUE(world.until_gone());
    world.run_for(minutes(2));
    EXPECT_EQ(series_in(get().body), base);
    for (std::string const kind : {"app", "machine"}) {
        EXPECT_NE(get().body.find("dayfly_prune_total{kind=\"" + kind + "\",result=\"deleted\"} 40\n"), std::string::npos)
            << kind;
    }
}

TEST_F(Scrape, ComesBackToItsBaseAfterMoreEnvironmentsThanHaveSeries) {
    constexpr int many = 300;
    world.want({});
    world.start();
    world.run_for(minutes(1));
    auto const base = series_in(get().body);

    want(many);
    ASSERT_TRUE(world.converge());
    auto const text = get().body;
    EXPECT_EQ(series_in(text), base + 3u * max_shown + 1u) << "three of each that is shown, and one for the others";
    EXPECT_NE(text.find("environment_name=\"(others)\""), std::string::npos);

    ASSERT_TRUE(remove_all());
    world.run_for(minutes(2));
    EXPECT_EQ(series_in(get().body), base);
    EXPECT_EQ(world.cloud().count("delete_app"), static_cast<std::size_t>(many)) << "each once";
}

/// The value of a series, as the text has it; "" when there is none.
std::string value_of(std::string const& text, std::string const& series) {
    auto const at = text.find("\n" + series + " ");
    if (at == std::string::npos) return "";
    auto const begin = at + series.size() + 2;
    return text.substr(begin, text.find('\n', begin) - begin);
}

TEST_F(Scrape, ShowsAHeartThatBeatsThoughNothingHappens) {
    want(1);
    world.start();
    ASSERT_TRUE(world.converge());
    world.run_for(std::chrono::hours(3));
    auto const now = std::chrono::duration<double>(world.clock().wall().time_since_epoch()).count();
    for (std::string const stage : {"queue", "worker", "fly_reader"}) {
        auto const value = value_of(get().body, "dayfly_heartbeat_timestamp_seconds{stage=\"" + stage + "\"}");
        ASSERT_FALSE(value.empty()) << stage;
        EXPECT_NEAR(std::stod(value), now, 40) << stage;
    }
}

TEST_F(Scrape, TracesAPassFromItsExemplarToTheLog) {
    want(1);
    world.start();
    ASSERT_TRUE(world.converge());
    http::Headers open;
    open.add("Accept", "application/openmetrics-text");
    auto const text = get(open).body;
    std::string const label = "# {reconcile_id=\"";
    auto const series = text.find("dayfly_reconcile_total{trigger=\"spec\",result=\"requeue\"}");
    auto const at = text.find(label, series);
    ASSERT_LT(at, text.find('\n', series)) << "it has no exemplar";
    auto const id = text.substr(at + label.size(), text.find('"', at + label.size()) - at - label.size());
    EXPECT_NE(world.log().find("step=create_app"), std::string::npos);
    EXPECT_NE(world.log().find("reconcile_id=" + id), std::string::npos) << id;
}

TEST_F(Scrape, CountsAPassThatAPersonAskedForAsManual) {
    want(1);
    world.start();
    ASSERT_TRUE(world.converge());
    std::string const series = R"(dayfly_reconcile_total{trigger="manual",result="success"})";
    EXPECT_EQ(value_of(get().body, series), "0");
    ASSERT_TRUE(world.controller().reconcile_now({.namespace_ = "default", .name = "env-0"}));
    world.run_for(minutes(1));
    EXPECT_EQ(value_of(get().body, series), "1");
}

}  // namespace
}  // namespace dayfly::test
