// Machines of the simulated Fly as real processes: real programs, real signals, real requests through the proxy. The programs
// are one or two lines of shell and Node; what boots a repository has tests of its own.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <functional>

#include "controller/base/digest.h"
#include "controller/fly_local/local_fly.h"

namespace dayfly::fly_local {
namespace {

namespace asio = boost::asio;
using fly_sim::Answer;
using fly_sim::Json;
using fly_sim::Pending;
using namespace std::chrono_literals;

fly_sim::CloudOptions quick_cloud() {
    fly_sim::CloudOptions options;
    options.rate_limits.enabled = false;
    auto& timings = options.timings;
    for (auto* const time : {&timings.boot, &timings.start, &timings.stop, &timings.suspend, &timings.replace, &timings.destroy,
                             &timings.volume_release, &timings.startable_after}) {
        *time = 20ms;
    }
    return options;
}

constexpr char serve[] =
    "exec node -e 'require(\"http\").createServer((q, s) => s.end(\"hello \" + q.url)).listen(process.env.PORT)'";

/// Each test is run with bubblewrap and with plain processes.
class Machines : public testing::TestWithParam<Isolation> {
public:
    using Visit = std::function<Task<void>(Machines&)>;

    void run(Visit visit) {
        cloud_.emplace(quick_cloud());
        if (GetParam() == Isolation::Bubblewrap && !try_bubblewrap("/usr/bin:/bin")) {
            FAIL() << "bubblewrap does not work here; `./dev deps` installs it";
        }
        LocalFlyOptions options{.runs = Runs::All, .allow_plain = true, .use_bubblewrap = GetParam() == Isolation::Bubblewrap};
        options.proxy.port = 0;
        options.proxy.wait_limit = 3s;
        local_.emplace(context_.get_executor(), clock_, Log::none(), *cloud_, time_, std::move(options));
        auto const opened = local_->open();
        ASSERT_TRUE(opened) << opened.error().message;
        asio::cancellation_signal stop;
        std::exception_ptr failed;
        asio::co_spawn(context_, local_->run(), asio::bind_cancellation_slot(stop.slot(), [](std::exception_ptr) {}));
        asio::co_spawn(context_, visit(*this), [&](std::exception_ptr error) {
            failed = error;
            stop.emit(asio::cancellation_type::all);
        });
        context_.run();
        local_.reset();
        if (failed) std::rethrow_exception(failed);
    }

    Task<Answer> ask(std::string method, std::string target, Json body = nullptr) {
        http::Request request{.method = std::move(method), .target = std::move(target)};
        request.headers.add("authorization", "Bearer test-token");
        if (!body.is_null()) request.body = body.dump();
        auto outcome = cloud_->handle(request, time_.now(), time_.wall());
        while (auto const* const pending = std::get_if<Pending>(&outcome)) {
            auto const waiting = *pending;
            co_await clock_.sleep_until(std::min(waiting.recheck, time_.now() + 20ms));
            outcome = cloud_->resume(waiting, time_.now(), time_.wall());
        }
        co_return std::get<Answer>(outcome);
    }
    static std::string at(std::string const& id, std::string const& rest = "") { return "/v1/apps/shop/machines/" + id + rest; }

    /// The id of a machine that runs a shell script; `more` is merged into its config.
    Task<std::string> launch(std::string script, Json more = Json::object(), std::string app = "shop") {
        co_await ask("POST", "/v1/apps", {{"name", app}, {"org_slug", "personal"}});
        Json config{{"image", "node:22"},
                    {"guest", {{"cpu_kind", "shared"}, {"cpus", 1}, {"memory_mb", 256}}},
                    {"env", {{"PORT", "3000"}, {"WHERE", "/dayfly/here"}}},
                    {"files", {{{"guest_path", "/dayfly/run.sh"}, {"raw_value", base64(script)}}}},
                    {"init", {{"exec", {"/bin/sh", "/dayfly/run.sh"}}}},
                    {"restart", {{"policy", "no"}}},
                    {"services", {{{"protocol", "tcp"}, {"internal_port", 3000}, {"autostart", true}}}}};
        config.merge_patch(more);
        auto const made = co_await ask("POST", "/v1/apps/" + app + "/machines", {{"config", config}, {"region", "fra"}});
        EXPECT_EQ(made.status(), 200) << made.response.body;
        co_return made.json().value("id", "");
    }
    Task<bool> reaches(std::string id, std::string state) {
        auto const answer = co_await ask("GET", at(id, "/wait?timeout=10&state=" + state));
        co_return answer.status() == 200;
    }
    Task<Json> machine(std::string id) { co_return (co_await ask("GET", at(id))).json(); }
    Task<Json> exit_event(std::string id) {
        auto const shown = co_await machine(id);
        for (auto const& event : shown["events"]) {
            if (event["type"] == "exit") co_return event["request"]["exit_event"];
        }
        co_return Json();
    }
    Task<std::string> log() {
        std::string text;
        auto const page = (co_await ask("GET", "/api/v1/apps/shop/logs")).json();
        for (auto const& line : page["data"]) text += line["attributes"]["message"].get<std::string>() + "\n";
        co_return text;
    }
    /// Waits until the log holds `text`.
    Task<bool> says(std::string text) {
        for (int i = 0; i < 250; ++i) {
            if ((co_await log()).find(text) != std::string::npos) co_return true;
            co_await clock_.sleep_for(20ms);
        }
        co_return false;
    }
    /// What the command printed.
    Task<std::string> output_of(std::string id, Json command, int expected_code = 0) {
        auto const answer = co_await ask("POST", at(id, "/exec"), {{"command", command}});
        EXPECT_EQ(answer.json().value("exit_code", -1), expected_code) << answer.response.body;
        co_return answer.json().value("stdout", "");
    }
    /// The whole response to one request through the proxy.
    Task<std::string> fetch(std::string path, std::string app = "shop") {
        asio::ip::tcp::socket socket(co_await asio::this_coro::executor);
        auto const url = local_->url_for(app);
        std::uint16_t port = 0;
        auto const colon = url.rfind(':');
        std::from_chars(url.data() + colon + 1, url.data() + url.size(), port);
        co_await socket.async_connect({asio::ip::make_address("127.0.0.1"), port}, asio::use_awaitable);
        std::string const request = "GET " + path + " HTTP/1.1\r\nHost: " + app + ".localhost\r\n\r\n";
        co_await asio::async_write(socket, asio::buffer(request), asio::use_awaitable);
        std::string response;
        co_await asio::async_read(socket, asio::dynamic_buffer(response), asio::as_tuple(asio::use_awaitable));
        co_return response;
    }
    static bool exists(std::string const& pid) {
        int number = 0;
        std::from_chars(pid.data(), pid.data() + pid.size(), number);
        return number > 0 && ::kill(number, 0) == 0;
    }

    asio::io_context context_{1};
    SystemClock clock_;
    fly_sim::CloudTime time_{clock_};
    std::optional<fly_sim::Cloud> cloud_;
    std::optional<LocalFly> local_;
};

TEST_P(Machines, AnswerThroughTheProxyOnAPortOfTheirOwn) {
    run([](Machines& m) -> Task<void> {
        auto const id = co_await m.launch(serve);
        auto const response = co_await m.fetch("/a?b=c");
        EXPECT_TRUE(response.starts_with("HTTP/1.1 200")) << response;
        EXPECT_NE(response.find("hello /a?b=c"), std::string::npos) << response;
        EXPECT_NE(co_await m.output_of(id, {"printenv", "PORT"}), "3000\n") << "it is this computer's port that counts";
        auto const metrics =
            co_await m.ask("GET", "/prometheus/personal/api/v1/query?query=sum(fly_edge_http_responses_count)");
        EXPECT_EQ(metrics.json()["data"]["result"][0]["value"][1], "1");
    });
}

TEST_P(Machines, SeeTheirOwnDiskAndEnvironmentOnly) {
    ::setenv("DAYFLY_TEST_OF_THE_HOST", "seen", 1);
    run([](Machines& m) -> Task<void> {
        auto const volume = (co_await m.ask("POST", "/v1/apps", {{"name", "shop"}, {"org_slug", "personal"}})).status();
        EXPECT_EQ(volume, 201);
        auto const made = co_await m.ask("POST", "/v1/apps/shop/volumes",
                                         {{"name", "data"},
                                          {"region", "fra"},
                                          {"size_gb", 1},
                                          {"compute", {{"cpu_kind", "shared"}, {"cpus", 1}, {"memory_mb", 256}}}});
        Json const mounts{{{"volume", made.json()["id"]}, {"path", "/workspace"}}};
        co_await m.ask("POST", "/v1/apps/shop/secrets", {{"values", {{"KEY", "secret value"}}}});
        auto const id =
            co_await m.launch("env; echo once >> \"$SPACE/kept\"; cp \"$0\" \"$HOME/lost\"; echo ready; exec sleep 60",
                              {{"mounts", mounts}, {"env", {{"SPACE", "/workspace"}}}});
        EXPECT_TRUE(co_await m.says("ready"));
        auto const text = co_await m.log();
        EXPECT_NE(text.find("KEY=secret value\n"), std::string::npos);
        EXPECT_NE(text.find("FLY_APP_NAME=shop\n"), std::string::npos);
        EXPECT_EQ(text.find("DAYFLY_TEST_OF_THE_HOST"), std::string::npos);
        // A restart keeps the volume and resets the root.
        co_await m.ask("POST", at(id, "/stop"));
        EXPECT_TRUE(co_await m.reaches(id, "stopped"));
        co_await m.clock_.sleep_for(50ms);
        co_await m.ask("POST", at(id, "/start"));
        EXPECT_TRUE(co_await m.reaches(id, "started"));
        std::string kept;
        for (int i = 0; i < 100 && kept != "once\nonce\n"; ++i)
            kept = co_await m.output_of(id, {"/bin/sh", "-c", "cat \"$SPACE/kept\""});
        EXPECT_EQ(kept, "once\nonce\n");
    });
}

TEST_P(Machines, ExecRunsInTheMachineAndIsBoundedInTimeAndLength) {
    run([](Machines& m) -> Task<void> {
        auto const id = co_await m.launch("echo mine > \"$WHERE\"; echo ready; exec sleep 60");
        EXPECT_TRUE(co_await m.says("ready"));
        EXPECT_EQ(co_await m.output_of(id, {"cat", "/dayfly/here"}), "mine\n");
        EXPECT_EQ(co_await m.output_of(id, {"/bin/sh", "-c", "echo out; exit 3"}, 3), "out\n");
        co_await m.output_of(id, {"/no/such/program"}, m.GetParam() == Isolation::Plain ? 127 : 1);
        auto const loud = co_await m.output_of(id, {"/bin/sh", "-c", "head -c 1000000 /dev/zero"});
        EXPECT_EQ(loud.size(), 256u << 10);
        auto const answer = co_await m.ask("POST", at(id, "/exec"), {{"command", {"sleep", "60"}}, {"timeout", 1}});
        EXPECT_EQ(answer.status(), 408);
        co_await m.ask("POST", at(id, "/stop"), {{"signal", "SIGKILL"}});
        EXPECT_TRUE(co_await m.reaches(id, "stopped"));
        EXPECT_EQ((co_await m.ask("POST", at(id, "/exec"), {{"command", {"ls"}}})).status(), 412);
    });
}

TEST_P(Machines, TellHowTheyEnded) {
    run([](Machines& m) -> Task<void> {
        auto const id = co_await m.launch("echo going; exit 23", {{"restart", {{"policy", "on-failure"}, {"max_retries", 1}}}});
        EXPECT_TRUE(co_await m.says("max restart count of 1"));
        auto const exit = co_await m.exit_event(id);
        EXPECT_EQ(exit["exit_code"], 23);
        EXPECT_EQ(exit["oom_killed"], false);
        EXPECT_EQ(exit["requested_stop"], false);
        EXPECT_EQ(exit["restarting"], false);
        auto const text = co_await m.log();
        EXPECT_NE(text.find("going\n"), std::string::npos);
        EXPECT_NE(text.find("Main child exited normally with code: 23"), std::string::npos);
        auto const response = co_await m.fetch("/");
        EXPECT_TRUE(response.starts_with("HTTP/1.1 503")) << response;
        EXPECT_NE(response.find("ended with exit code 23"), std::string::npos) << response;
    });
}

TEST_P(Machines, StopEndsTheWholeTreeAfterItsTimeIsUp) {
    run([](Machines& m) -> Task<void> {
        auto const id = co_await m.launch(
            "trap '' INT TERM; setsid sh -c 'trap \"\" INT TERM; echo child; while :; do sleep 1; done' & while :; do sleep 1; "
            "done",
            {{"stop_config", {{"timeout", "200ms"}}}});
        EXPECT_TRUE(co_await m.says("child"));
        co_await m.ask("POST", at(id, "/stop"));
        EXPECT_TRUE(co_await m.reaches(id, "stopped"));
        auto const exit = co_await m.exit_event(id);
        EXPECT_EQ(exit["exit_code"], 137);
        EXPECT_EQ(exit["requested_stop"], true);
    });
}

TEST_P(Machines, ASleepingMachineWakesOnARequest) {
    run([](Machines& m) -> Task<void> {
        auto const id = co_await m.launch(serve);
        EXPECT_TRUE((co_await m.fetch("/")).starts_with("HTTP/1.1 200"));
        for (auto const* const sleep : {"/stop", "/suspend"}) {
            co_await m.ask("POST", at(id, sleep));
            EXPECT_TRUE(co_await m.reaches(id, sleep == std::string("/stop") ? "stopped" : "suspended"));
            auto const response = co_await m.fetch("/woken");
            EXPECT_NE(response.find("hello /woken"), std::string::npos) << sleep << response;
            auto const shown = co_await m.machine(id);
            EXPECT_EQ(shown["state"], "started");
        }
        auto const events = (co_await m.machine(id))["events"];
        EXPECT_TRUE(std::ranges::any_of(events, [](Json const& event) { return event["source"] == "proxy"; }));
    });
}

TEST_P(Machines, ChecksAreMadeAgainstTheRealPort) {
    run([](Machines& m) -> Task<void> {
        Json const check{{"type", "http"}, {"path", "/"}, {"interval", "1s"}, {"timeout", "1s"}, {"grace_period", "10s"}};
        Json const service{{"protocol", "tcp"}, {"internal_port", 3000}, {"checks", {check}}};
        auto const good = co_await m.launch(serve, {{"services", {service}}});
        // A server that listens on loopback only is as unreachable as it would be at Fly.
        auto const bad = co_await m.launch(
            "exec node -e 'require(\"http\").createServer((q, s) => s.end()).listen(process.env.PORT, \"127.0.0.1\", () => "
            "console.log(\"up\"))'",
            {{"services", {service}}});
        EXPECT_TRUE(co_await m.says("up"));
        std::string status;
        for (int i = 0; i < 100 && status != "passing"; ++i) {
            co_await m.clock_.sleep_for(50ms);
            status = (co_await m.machine(good))["checks"][0]["status"];
        }
        EXPECT_EQ(status, "passing");
        auto const seen = (co_await m.machine(bad))["checks"][0];
        EXPECT_EQ(seen["status"], "critical");
        EXPECT_EQ(seen["output"], "connect: connection refused");
    });
}

TEST_P(Machines, TheProxySaysWhatIsWrong) {
    run([](Machines& m) -> Task<void> {
        auto response = co_await m.fetch("/", "nobody");
        EXPECT_TRUE(response.starts_with("HTTP/1.1 502")) << response;
        EXPECT_NE(response.find("There is no app nobody"), std::string::npos);
        co_await m.launch("echo deaf; exec sleep 60");
        response = co_await m.fetch("/");
        EXPECT_TRUE(response.starts_with("HTTP/1.1 503")) << response;
        EXPECT_NE(response.find("nothing accepts connections on its port 3000"), std::string::npos) << response;
        co_await m.launch("exec node -e 'require(\"net\").createServer(s => s.destroy()).listen(process.env.PORT)'",
                          Json::object(), "rude");
        response = co_await m.fetch("/", "rude");
        EXPECT_NE(response.find("closed the connection without an answer"), std::string::npos) << response;
    });
}

TEST_P(Machines, AnUpdateReplacesTheProgram) {
    run([](Machines& m) -> Task<void> {
        auto const id = co_await m.launch("echo version $VERSION; exec sleep 60", {{"env", {{"VERSION", "1"}}}});
        EXPECT_TRUE(co_await m.says("version 1"));
        auto config = (co_await m.machine(id))["config"];
        config["env"]["VERSION"] = "2";
        EXPECT_EQ((co_await m.ask("POST", at(id), {{"config", config}})).status(), 200);
        EXPECT_TRUE(co_await m.says("version 2"));
        EXPECT_EQ((co_await m.exit_event(id))["restarting"], false);
    });
}

INSTANTIATE_TEST_SUITE_P(Isolated, Machines, testing::Values(Isolation::Bubblewrap, Isolation::Plain), [](auto const& info) {
    return info.param == Isolation::Bubblewrap ? std::string("Bubblewrap") : std::string("Plain");
});

}  // namespace
}  // namespace dayfly::fly_local
