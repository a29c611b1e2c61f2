// Real processes: children that run the program, and a fixture with a simulated Fly behind real TLS.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "controller/http/client.h"

namespace dayfly::test {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

inline std::string slurp(fs::path const& path) {
    std::ifstream in(path);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

class Child {
public:
    Child(std::vector<std::string> arguments, fs::path const& output, std::vector<std::string> const& environment) {
        pid_ = ::fork();
        if (pid_ != 0) return;
        auto* file = std::freopen(output.c_str(), "a", stdout);
        if (file == nullptr || ::dup2(::fileno(file), 2) < 0) ::_exit(126);
        for (auto const& variable : environment) ::putenv(const_cast<char*>(variable.c_str()));
        std::vector<char*> argv;
        std::string program = DAYFLY_BINARY;
        argv.push_back(program.data());
        for (auto& argument : arguments) argv.push_back(argument.data());
        argv.push_back(nullptr);
        ::execv(program.c_str(), argv.data());
        ::_exit(127);
    }
    ~Child() {
        if (pid_ > 0) end(SIGKILL);
    }
    Child(Child const&) = delete;
    Child& operator=(Child const&) = delete;

    int end(int signal) {
        ::kill(pid_, signal);
        return wait();
    }
    int wait() {
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

private:
    pid_t pid_ = -1;
};

class Processes : public testing::Test {
protected:
    fs::path folder_;
    std::unique_ptr<Child> simulator_;
    std::string url_;
    std::vector<std::string> environment_;

    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "dayfly-e2e-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
        fs::create_directory(folder_ / "specs");
        simulator_ = std::make_unique<Child>(
            std::vector<std::string>{"simulator", "--tls", "--listen", "127.0.0.1:0", "--org", "acme", "--certificate",
                                     (folder_ / "ca.pem").string(), "--no-rate-limits", "--latency", "5ms"},
            folder_ / "simulator.log", environment_);
        ASSERT_TRUE(eventually(10s, [&] { return slurp(folder_ / "simulator.log").find("export") != std::string::npos; }));
        auto const log = slurp(folder_ / "simulator.log");
        auto const at = log.find("https://");
        url_ = log.substr(at, log.find('\n', at) - at);
        environment_ = {"FLY_FLAPS_BASE_URL=" + url_, "FLY_API_BASE_URL=" + url_, "FLY_API_TOKEN=test-token", "FLY_ORG=acme",
                        "DAYFLY_FLY_CA_FILE=" + (folder_ / "ca.pem").string()};
    }
    void TearDown() override {
        simulator_.reset();
        fs::remove_all(folder_);
    }

    static bool eventually(std::chrono::seconds limit, auto const& holds) {
        auto const end = std::chrono::steady_clock::now() + limit;
        while (std::chrono::steady_clock::now() < end) {
            if (holds()) return true;
            std::this_thread::sleep_for(20ms);
        }
        return holds();
    }

    void write_spec(std::string const& name, std::string const& image = "nginx:1") {
        auto const path = folder_ / "specs" / (name + ".yaml");
        std::ofstream(path.string() + ".new")
            << "apiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata: { name: " << name
            << " }\nspec:\n  source: { image: \"" << image << "\" }\n  volume: { size: 1Gi, mountPath: /data }\n";
        fs::rename(path.string() + ".new", path);
    }

    /// Runs the program to its end; its standard output and its exit code.
    std::pair<std::string, int> dayfly(std::vector<std::string> arguments) {
        static int count = 0;
        auto const output = folder_ / ("output-" + std::to_string(++count));
        Child child(std::move(arguments), output, environment_);
        int const code = child.wait();
        return {slurp(output), code};
    }

    std::unique_ptr<Child> controller(std::vector<std::string> more = {}) {
        std::vector<std::string> arguments{
            "controller", "--source", "dir:" + (folder_ / "specs").string(), "--listen", "127.0.0.1:0", "--resync", "1s"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return std::make_unique<Child>(std::move(arguments), folder_ / "controller.log", environment_);
    }

    /// The plan's summary for the folder: what a person would ask to see whether all is well.
    bool nothing_to_do() {
        auto const [text, code] = dayfly({"plan", "-f", (folder_ / "specs").string(), "--detailed-exitcode"});
        return code == 0 && text.find("No changes") != std::string::npos;
    }

    /// Asks a server of ours; the body of its answer.
    std::string ask(std::string const& server, std::string const& method, std::string const& path, std::string body = {}) {
        auto const url = http::parse_url(server + path);
        boost::asio::io_context context(1);
        SystemClock clock;
        http::Client client(clock, url->origin, {.ca_file = (folder_ / "ca.pem").string()});
        std::string text;
        http::Request request{.method = method, .target = url->target, .body = std::move(body)};
        request.headers.add("Authorization", "Bearer test-token");
        request.headers.add("Content-Type", "application/json");
        boost::asio::co_spawn(
            context, client.send(std::move(request), 10s), [&](std::exception_ptr error, Result<http::Response> response) {
                text = error ? "the client threw" : !response ? response.error().message : std::move(response->body);
            });
        context.run();
        return text;
    }
    /// The apps that the simulated Fly really has.
    nlohmann::json apps() {
        auto const state = nlohmann::json::parse(ask(url_, "GET", "/_sim/state"));
        return state.value("apps", nlohmann::json::object());
    }
    void add_fault(nlohmann::json const& rule) {
        auto const answer = ask(url_, "POST", "/_sim/faults", rule.dump());
        EXPECT_NE(answer.find("number"), std::string::npos) << answer;
    }
    void clear_faults() { ask(url_, "DELETE", "/_sim/faults"); }
    /// Where a controller says that it listens, once it does.
    std::string server_of_controller() {
        std::string server;
        EXPECT_TRUE(eventually(20s, [&] {
            auto const log = slurp(folder_ / "controller.log");
            auto const at = log.find("listen=http");
            if (at == std::string::npos) return false;
            server = log.substr(at + 7, log.find('\n', at) - at - 7);
            return true;
        }));
        return server;
    }
};

}  // namespace dayfly::test
