// What `GET /metrics` answers for a controller that really works: formats, codings, and nothing left of what is gone.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <sstream>
#include <string>

#include "controller/server/controller_server.h"
#include "tests/simulation/world.h"

namespace dayfly::test {
namespace {

using std::chrono::minutes;

struct Scrape : testing::Test {
    World world;
    metrics::Catalogue catalogue{{.version = "1.2.3", .revision = {}, .fly_actions = {"create_app"}}};

    /// One request to the server of the running controller.
    http::Response get(http::Headers headers = {}) {
        catalogue.set_state_reader([this] { return server::state_of(world.controller()); });
        server::ControllerServer surface(world.controller(), {}, catalogue, world.clock(), {});
        http::Response answer;
        boost::asio::io_context context(1);
        boost::asio::co_spawn(context, surface.handle({.method = "GET", .target = "/metrics", .headers = std::move(headers)}),
                              [&answer](std::exception_ptr error, http::Response response) {
                                  EXPECT_FALSE(error);
                                  answer = std::move(response);
                              });
        context.run();
        return answer;
    }

    void want(int count) {
        std::string yaml;
        for (int i = 0; i < count; ++i) yaml += "---\n" + image_yaml("env-" + std::to_string(i));
        if (count == 0) {
            world.want({});
        } else {
            world.want_yaml(yaml);
        }
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
    EXPECT_EQ(series_in(get().body), base + 3u * 40u) << "info, last success and cost of each";

    want(0);
    world.run_for(minutes(2));
    ASSERT_TRUE(world.controller().held());
    EXPECT_NE(get().body.find("dayfly_deletes_held{reason=\"mass_delete\"} 40\n"), std::string::npos);
    EXPECT_NE(get().body.find("dayfly_owned_resources{kind=\"app\",state=\"orphan\"} 40\n"), std::string::npos);
    ASSERT_TRUE(world.controller().approve_deletes(world.controller().held()->verdict.id));
    ASSERT_TRUE(world.until_gone());
    world.run_for(minutes(2));
    EXPECT_EQ(series_in(get().body), base);
}

}  // namespace
}  // namespace dayfly::test
