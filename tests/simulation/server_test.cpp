// The controller's API as its callers meet it: over a real socket, in front of a controller that really works.
#include <gmock/gmock.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include "controller/base/digest.h"
#include "controller/http/client.h"
#include "controller/http/server.h"
#include "controller/server/controller_server.h"
#include "tests/simulation/scripted_runtime.h"
#include "tests/simulation/world.h"

namespace dayfly::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr char shop[] = "/api/v1/environments/default/shop";

struct Answer {
    int status = 0;
    nlohmann::json body;
};

class Surface : public testing::Test {
protected:
    static WorldOptions following() {
        WorldOptions options;
        options.controller.follow = true;
        return options;
    }

    void begin(std::string const& yaml) {
        world.want_yaml(yaml);
        world.start();
    }
    /// One request through a server of its own, on real time; the world stands still meanwhile.
    Answer ask(std::string const& method, std::string const& target, std::string body = {}) {
        server::ControllerServer surface(world.controller(), {}, catalogue, world.clock(), options);
        http::Server listener(real, Log::none(), {}, [&](http::Request request) { return surface.handle(std::move(request)); });
        EXPECT_TRUE(listener.listen());
        http::Client client(real, {.tls = false, .host = "127.0.0.1", .port = std::to_string(listener.port())}, {});
        http::Request request{.method = method, .target = target, .headers = headers, .body = std::move(body)};
        boost::asio::io_context context(1);
        boost::asio::cancellation_signal stop;
        boost::asio::co_spawn(context, listener.run(),
                              boost::asio::bind_cancellation_slot(stop.slot(), [](std::exception_ptr) {}));
        Answer answer;
        boost::asio::co_spawn(context, client.send(std::move(request), 5s),
                              [&](std::exception_ptr error, Result<http::Response> response) {
                                  EXPECT_TRUE(!error && response);
                                  if (response)
                                      answer = {response->status, nlohmann::json::parse(response->body, nullptr, false)};
                                  stop.emit(boost::asio::cancellation_type::all);
                              });
        context.run();
        return answer;
    }
    bool until(std::string const& state) {
        return world.run(5min, [&] { return world.environment("shop")->status.state == state; });
    }

    SystemClock real;
    metrics::Catalogue catalogue{{.version = "1.2.3", .revision = {}, .fly_actions = {"create_app"}}};
    World world{following()};
    server::ControllerServerOptions options;
    http::Headers headers;
};

TEST_F(Surface, EveryVerbOfAnEnvironmentDoesWhatItSays) {
    begin(image_yaml("shop", "  service: { port: 8080 }\n"));
    ASSERT_TRUE(world.converge()) << world.log();
    EXPECT_EQ(ask("GET", shop).body["status"]["state"], "Running");
    EXPECT_EQ(ask("HEAD", shop).status, 200);
    EXPECT_EQ(ask("HEAD", "/api/v1/environments").status, 200);
    EXPECT_EQ(ask("HEAD", "/api/v1/environments/default/nobody").status, 404);
    EXPECT_EQ(ask("POST", std::string(shop) + "/sleep").status, 202);
    EXPECT_TRUE(until("Sleeping")) << world.log();
    EXPECT_EQ(ask("POST", std::string(shop) + "/wake").status, 202);
    EXPECT_TRUE(until("Running")) << world.log();
    EXPECT_EQ(ask("POST", std::string(shop) + "/suspend").status, 202);
    EXPECT_TRUE(until("Suspended"));
    auto const refused = ask("POST", std::string(shop) + "/sleep");
    EXPECT_EQ(refused.status, 409);
    EXPECT_THAT(refused.body["error"]["hint"].get<std::string>(), HasSubstr("dayfly resume"));
    EXPECT_EQ(ask("POST", std::string(shop) + "/resume").status, 202);
    EXPECT_TRUE(until("Running"));
    EXPECT_EQ(ask("POST", std::string(shop) + "/reconcile").status, 202);

    auto const wanted = ask("DELETE", shop);
    EXPECT_EQ(wanted.status, 409);
    EXPECT_THAT(wanted.body["error"]["hint"].get<std::string>(), HasSubstr("test.yaml"));
    for (auto const* verb : {"/sleep", "/wake", "/suspend", "/resume", "/reconcile"})
        EXPECT_EQ(ask("POST", std::string("/api/v1/environments/default/nobody") + verb).status, 404) << verb;
    EXPECT_EQ(ask("DELETE", "/api/v1/environments/default/nobody").status, 404);
    EXPECT_EQ(ask("POST", std::string(shop) + "/explode").status, 404);
    EXPECT_EQ(ask("PUT", std::string(shop) + "/sleep").status, 405);

    auto const events = ask("GET", std::string(shop) + "/events").body["items"];
    std::vector<std::string> messages;
    for (auto const& event : events) messages.push_back(event["message"]);
    for (auto const* said : {"put to sleep: by hand", "woken: by hand", "resumed by hand"})
        EXPECT_THAT(messages, testing::Contains(said));
}

TEST_F(Surface, NothingIsChangedWithoutTheTokenOrFromAPageOfAnotherOrigin) {
    begin(image_yaml("shop", "  service: { port: 8080 }\n"));
    ASSERT_TRUE(world.converge()) << world.log();
    options.token = Secret("s3cret");
    auto const tries = [&](int status) {
        for (auto const* verb : {"/sleep", "/wake", "/suspend", "/resume", "/reconcile", "/approve?sha=1"})
            EXPECT_EQ(ask("POST", std::string(shop) + verb).status, status) << verb;
        EXPECT_EQ(ask("DELETE", shop).status, status);
        EXPECT_EQ(ask("POST", "/api/v1/deletions/x/approve").status, status);
    };
    tries(401);
    headers.add("Authorization", "Bearer wrong");
    tries(401);
    headers = {};
    headers.add("Authorization", "Bearer s3cret");
    headers.add("Origin", "https://evil.example");
    tries(403);
    headers = {};
    options.token = Secret();
    options.loopback_only = false;
    tries(403);
    EXPECT_EQ(ask("GET", shop).status, 200) << "reading is free";
    world.run_for(5min);
    EXPECT_EQ(world.environment("shop")->status.state, "Running");
    options.token = Secret("s3cret");
    headers.add("Authorization", "Bearer s3cret");
    EXPECT_EQ(ask("POST", std::string(shop) + "/sleep").status, 202);
}

TEST_F(Surface, WithoutATokenOnlyThisComputerUnderItsOwnNameWrites) {
    begin(image_yaml("shop", "  service: { port: 8080 }\n"));
    ASSERT_TRUE(world.converge()) << world.log();
    options.token = Secret();
    options.loopback_only = true;
    // A name of somebody else's that was given our address: the browser calls it the same origin.
    headers.add("Host", "evil.example:8080");
    headers.add("Origin", "http://evil.example:8080");
    EXPECT_EQ(ask("POST", std::string(shop) + "/sleep").status, 403);
    for (auto const* own : {"127.0.0.1:8080", "localhost:8080", "[::1]:8080"}) {
        headers = {};
        headers.add("Host", own);
        EXPECT_EQ(ask("POST", std::string(shop) + "/reconcile").status, 202) << own;
    }
}

TEST_F(Surface, TheLogOfEachStepIsReadOnFromWhereItWasLeft) {
    ScriptedRuntime runtime{world.cloud(), world.clock()};
    std::string more;
    runtime.play({.report = [&](std::int64_t) {
        return "dayfly-boot 1\nnow 1790000110\nstage build\nclone 1790000100 1790000105 0\ninstall 1790000105 1790000106 0\n"
               "build 1790000106 - -\nlog build\n|one\n|two\n" +
               more + "end\n";
    }});
    begin(
        "---\napiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata: { name: shop }\nspec:\n"
        "  source: { git: { repository: acme/shop, branch: main } }\n");
    world.run_for(5s);
    auto const log = [&](std::string const& rest) { return ask("GET", std::string(shop) + "/logs/" + rest); };
    EXPECT_EQ(log("build").body["lines"], nlohmann::json::array()) << "nothing yet is no error";
    world.controller().set_revision({.namespace_ = "default", .name = "shop"}, {.commit = std::string(40, 'a')});
    world.run_for(1min);
    auto const first = log("build").body;
    EXPECT_THAT(first["lines"].get<std::vector<std::string>>(), ElementsAre("one", "two"));
    more = "|three\n";
    world.run_for(1min);
    auto const next = log("build?next=" + first["next"].get<std::string>()).body;
    EXPECT_THAT(next["lines"].get<std::vector<std::string>>(), ElementsAre("three"));
    EXPECT_EQ(log("build").body["lines"].size(), 3u);
    EXPECT_EQ(log("build?next=nonsense").body["lines"].size(), 3u);
    EXPECT_EQ(log("clone").status, 200);
    auto const unknown = log("dance");
    EXPECT_EQ(unknown.status, 404);
    EXPECT_THAT(unknown.body["error"]["hint"].get<std::string>(), HasSubstr("clone, install, build, start or app"));
    EXPECT_EQ(ask("GET", "/api/v1/environments/default/nobody/logs/build").status, 404);
    EXPECT_EQ(ask("POST", std::string(shop) + "/logs/build").status, 404);
}

TEST_F(Surface, TheHookOfGithubNeedsItsSignatureAndNoToken) {
    begin(image_yaml("shop"));
    std::vector<std::string> looks;
    server::GithubHook hook(
        world.clock(), []() -> Result<std::vector<Secret>> { return std::vector{Secret("hook")}; },
        [&](std::string const& repository) {
            looks.push_back(repository);
            return true;
        },
        [](std::string_view) {});
    std::string const body = R"({"repository":{"full_name":"acme/shop"}})";
    headers.add("Content-Type", "application/json");
    headers.add("X-GitHub-Event", "push");
    headers.add("X-GitHub-Delivery", "1");
    auto const unsigned_headers = headers;
    headers.add("X-Hub-Signature-256", "sha256=" + hmac_sha256_hex("hook", body));
    EXPECT_EQ(ask("POST", "/hooks/github", body).status, 404) << "no hook is configured";
    options.github_hook = &hook;
    options.loopback_only = false;
    options.token = Secret("s3cret");
    EXPECT_EQ(ask("POST", "/hooks/github", body).status, 202);
    EXPECT_THAT(looks, ElementsAre("acme/shop"));
    EXPECT_EQ(ask("POST", "/hooks/github", body + " ").status, 401) << "the signature is over the bytes as they came";
    EXPECT_EQ(ask("GET", "/hooks/github").status, 405);
    headers = unsigned_headers;
    EXPECT_EQ(ask("POST", "/hooks/github", body).status, 401);
    EXPECT_EQ(looks.size(), 1u);
}

}  // namespace
}  // namespace dayfly::test
