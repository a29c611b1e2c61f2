// Real processes over real TLS: `dayfly simulator --tls` and `dayfly controller`, killed with kill -9 in the middle of their
// work.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/bare_repository.h"

namespace dayfly::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

std::string slurp(fs::path const& path) {
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
};

TEST_F(Processes, ConvergeOverTlsAndSayUnchangedTheSecondTime) {
    write_spec("one");
    auto const first = dayfly({"apply", "-f", (folder_ / "specs").string()});
    EXPECT_EQ(first.second, 0) << first.first;
    EXPECT_NE(first.first.find("ready"), std::string::npos) << first.first;
    auto const second = dayfly({"apply", "-f", (folder_ / "specs").string()});
    EXPECT_EQ(second.second, 0);
    EXPECT_NE(second.first.find("unchanged"), std::string::npos) << second.first;
    EXPECT_TRUE(nothing_to_do());
}

TEST_F(Processes, KilledAtAnyMomentTheNextOneFinishesWithoutADouble) {
    for (int i = 0; i < 4; ++i) write_spec("env-" + std::to_string(i));
    for (int round = 0; round < 12; ++round) {
        auto running = controller();
        std::this_thread::sleep_for(std::chrono::milliseconds(60 + 35 * round));
        EXPECT_EQ(running->end(SIGKILL), 128 + SIGKILL);
        if (round == 5) {
            for (int i = 0; i < 4; ++i) write_spec("env-" + std::to_string(i), "nginx:2");
        }
    }
    auto last = controller({"--until-ready"});
    EXPECT_EQ(last->wait(), 0) << slurp(folder_ / "controller.log");
    EXPECT_TRUE(nothing_to_do()) << slurp(folder_ / "controller.log");
    auto const [text, code] = dayfly({"plan", "-f", (folder_ / "specs").string(), "-o", "json"});
    EXPECT_TRUE(nlohmann::json::parse(text)["changes"].empty()) << text;
}

TEST_F(Processes, EndGracefullyAndTellWhatIsWrongWithAnExitCode) {
    write_spec("fine");
    auto running = controller();
    ASSERT_TRUE(eventually(20s, [&] {
        return slurp(folder_ / "controller.log").find("ready env=default/fine") != std::string::npos;
    })) << slurp(folder_ / "controller.log");
    EXPECT_EQ(running->end(SIGTERM), 0) << slurp(folder_ / "controller.log");

    std::ofstream(folder_ / "specs" / "wrong.yaml")
        << "apiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata: { name: wrong }\nspec: { sorce: {} }\n";
    auto const invalid = dayfly({"validate", "-f", (folder_ / "specs").string()});
    EXPECT_EQ(invalid.second, 3);
    EXPECT_NE(invalid.first.find("wrong.yaml:4:9: spec.sorce"), std::string::npos) << invalid.first;
    EXPECT_EQ(dayfly({"validate"}).second, 2);
    EXPECT_EQ(dayfly({"validate", "-f", "/nowhere/at/all"}).second, 4);
    EXPECT_EQ(dayfly({"get", "--server", "http://127.0.0.1:1"}).second, 8);
}

TEST_F(Processes, TheControllerAnswersItsOwnQuestions) {
    write_spec("shop");
    auto running = controller();
    ASSERT_TRUE(eventually(20s, [&] {
        return slurp(folder_ / "controller.log").find("ready env=default/shop") != std::string::npos;
    })) << slurp(folder_ / "controller.log");
    auto const log = slurp(folder_ / "controller.log");
    auto const at = log.find("listen=") + 7;
    auto const server = log.substr(at, log.find('\n', at) - at);
    auto const table = dayfly({"get", "--server", server});
    EXPECT_EQ(table.second, 0);
    EXPECT_NE(table.first.find("shop   True    Running"), std::string::npos) << table.first;
    EXPECT_NE(dayfly({"describe", "shop", "--server", server}).first.find("Conditions:"), std::string::npos);
    EXPECT_EQ(dayfly({"describe", "nobody", "--server", server}).second, 4);
    EXPECT_EQ(dayfly({"reconcile", "shop", "--server", server}).second, 0);
    EXPECT_EQ(dayfly({"approve-deletes", "nothing", "--server", server}).second, 4);
}

TEST_F(Processes, FollowABranchAndKeepWhatRunsWhenItIsDeleted) {
    BareRepository const repository;
    auto const first = repository.commit("first");
    repository.set("refs/heads/feature", first);
    std::ofstream(folder_ / "specs" / "shop.yaml")
        << "apiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata: { name: shop }\n"
        << "spec: { source: { git: { repository: \"file://" << repository.folder() << "\", branch: feature } } }\n";
    auto running = controller({"--allow-local-repositories", "--poll", "1s"});
    ASSERT_TRUE(eventually(20s, [&] {
        return slurp(folder_ / "controller.log").find("ready env=default/shop") != std::string::npos;
    })) << slurp(folder_ / "controller.log");
    auto const log = slurp(folder_ / "controller.log");
    auto const at = log.find("listen=") + 7;
    auto const server = log.substr(at, log.find('\n', at) - at);
    auto const shows = [&](std::string const& words) {
        return dayfly({"describe", "shop", "--server", server}).first.find(words) != std::string::npos;
    };
    EXPECT_TRUE(shows(first));

    auto const second = repository.commit("second", first);
    repository.set("refs/heads/feature", second);
    EXPECT_TRUE(eventually(20s, [&] { return shows(second); })) << slurp(folder_ / "controller.log");

    repository.git({"update-ref", "-d", "refs/heads/feature"});
    EXPECT_TRUE(eventually(20s, [&] { return shows("BranchNotFound"); })) << slurp(folder_ / "controller.log");
    EXPECT_TRUE(shows(second));
    EXPECT_FALSE(shows("Deleting"));
}

TEST_F(Processes, RefuseARepositoryOfThisMachineUnlessAllowed) {
    std::ofstream(folder_ / "specs" / "shop.yaml")
        << "apiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata: { name: shop }\n"
        << "spec: { source: { git: { repository: \"file:///etc\" } } }\n";
    auto running = controller();
    EXPECT_TRUE(eventually(20s, [&] {
        return slurp(folder_ / "controller.log").find("--allow-local-repositories") != std::string::npos;
    })) << slurp(folder_ / "controller.log");
}

}  // namespace
}  // namespace dayfly::test
