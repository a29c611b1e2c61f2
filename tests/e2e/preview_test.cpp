// From a repository to an answer: the program itself, a real Git repository, a real installation, a real request. What the
// machine's own program does in each case has tests beside it; here the whole line is shown.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <thread>

#include "tests/support/child_process.h"
#include "tests/support/git_http_server.h"
#include "tests/support/git_repository.h"

namespace dayfly::test {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

bool eventually(std::chrono::seconds limit, auto const& holds) {
    auto const end = std::chrono::steady_clock::now() + limit;
    while (std::chrono::steady_clock::now() < end) {
        if (holds()) return true;
        std::this_thread::sleep_for(50ms);
    }
    return holds();
}

/// The files of the small application that the demo shows, too.
std::map<std::string, std::string> node_app() {
    std::map<std::string, std::string> files;
    fs::path const folder = fs::path(DAYFLY_SOURCE_DIR) / "tests/support/node_app";
    for (auto const& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) files[entry.path().lexically_relative(folder).string()] = read_text(entry.path());
    }
    return files;
}

class Preview : public testing::Test {
protected:
    void start(std::string const& repository) {
        fs::create_directories(directory_.path() / "specs");
        write_text(directory_.path() / "specs/hello.yaml",
                   "apiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata: { name: hello }\nspec:\n"
                   "  source: { git: { repository: \"" +
                       repository +
                       "\", branch: main } }\n"
                       "  runtime: { start: npm start }\n"
                       "  service: { port: 3000, health: { path: / } }\n");
        Command command{
            .arguments = {DAYFLY_BINARY, "controller", "--simulate", "--source",
                          "dir:" + (directory_.path() / "specs").string(), "--listen", "127.0.0.1:0", "--preview-listen",
                          "127.0.0.1:0", "--machines-dir", (directory_.path() / "machines").string()},
            .environment = plain_environment()};
        controller_ = std::make_unique<ChildProcess>(command);
        ASSERT_TRUE(eventually(60s, [&] { return controller_->output().find("ready env=default/hello") != std::string::npos; }))
            << controller_->output();
        auto const log = controller_->output();
        auto const at = log.find("url=http://hello-");
        ASSERT_NE(at, std::string::npos) << log;
        url_ = log.substr(at + 4, log.find_first_of(" \n", at) - at - 4);
        app_ = url_.substr(7, url_.find('.') - 7);
    }

    /// Runs a command of a person against the controller.
    [[nodiscard]] Finished dayfly(std::vector<std::string> arguments) const {
        auto const log = controller_->output();
        auto const at = log.find("listen=http") + 7;
        arguments.insert(arguments.begin(), DAYFLY_BINARY);
        arguments.insert(arguments.end(), {"--server", log.substr(at, log.find_first_of(" \n", at) - at)});
        return test::run({.arguments = std::move(arguments), .environment = plain_environment()});
    }

    /// The whole response through the proxy.
    [[nodiscard]] std::string fetch(std::string const& path) const {
        asio::io_context context(1);
        asio::ip::tcp::socket socket(context);
        std::uint16_t port = 0;
        auto const colon = url_.rfind(':');
        std::from_chars(url_.data() + colon + 1, url_.data() + url_.size(), port);
        socket.connect({asio::ip::make_address("127.0.0.1"), port});
        asio::write(socket, asio::buffer("GET " + path + " HTTP/1.1\r\nHost: " + app_ + ".localhost\r\n\r\n"));
        std::string response;
        boost::system::error_code end;
        asio::read(socket, asio::dynamic_buffer(response), end);
        return response;
    }

    /// How many processes there are of this environment's machines.
    [[nodiscard]] int processes() const {
        int count = 0;
        std::error_code error;
        for (fs::directory_iterator entry("/proc", error), end; !error && entry != end; entry.increment(error)) {
            auto const environment = read_text(entry->path() / "environ");
            count += environment.find("FLY_APP_NAME=" + app_ + '\0') != std::string::npos ? 1 : 0;
        }
        return count;
    }

    TemporaryDirectory directory_;
    std::unique_ptr<ChildProcess> controller_;
    std::string url_;
    std::string app_;
};

TEST_F(Preview, ARepositoryIsClonedInstalledBuiltAndServedAndEndsWithTheController) {
    GitRepository repository(directory_.path() / "hello");
    repository.commit(node_app());
    start(repository.url());
    auto const response = fetch("/");
    EXPECT_TRUE(response.starts_with("HTTP/1.1 200")) << response;
    EXPECT_NE(response.find("<h1>Hello from hello</h1>"), std::string::npos) << response;
    EXPECT_GT(processes(), 0);
    EXPECT_NE(dayfly({"logs", "hello", "--step", "install"}).output.find("dayfly: install: npm"), std::string::npos);
    EXPECT_NE(dayfly({"logs", "hello", "--step", "build"}).output.find("dayfly: build: npm run build"), std::string::npos);
    EXPECT_NE(dayfly({"logs", "hello"}).output.find("dayfly: start: npm start"), std::string::npos) << "all of it, from Fly";
    auto const last = dayfly({"logs", "hello", "--step", "install", "--tail", "1"}).output;
    EXPECT_EQ(std::ranges::count(last, '\n'), 1) << last;
    EXPECT_EQ(dayfly({"logs", "nobody"}).code, 4);
    EXPECT_EQ(dayfly({"logs", "hello", "--step", "dance"}).code, 2);
    controller_->send(SIGTERM);
    EXPECT_EQ(controller_->wait(), 0);
    EXPECT_EQ(processes(), 0);
}

TEST_F(Preview, AMachineThatStartsAgainTakesTheCloneOnItsVolume) {
    GitRepository repository(directory_.path() / "served/hello.git");
    repository.commit(node_app());
    GitHttpServer server(directory_.path() / "served", "");
    start(server.url() + "/hello.git/.git");
    auto const packs = server.packs();
    EXPECT_GT(packs, 0);
    // The program ends with a failure, so the machine starts again: with a new root, and the same volume.
    EXPECT_NE(fetch("/exit/3").find("bye"), std::string::npos);
    EXPECT_TRUE(eventually(20s, [&] { return fetch("/").starts_with("HTTP/1.1 200"); }));
    EXPECT_EQ(server.packs(), packs);
    // However the controller ends, nothing of its machines is left.
    controller_->send(SIGKILL);
    EXPECT_EQ(controller_->wait(), 128 + SIGKILL);
    EXPECT_TRUE(eventually(5s, [&] { return processes() == 0; }));
}

}  // namespace
}  // namespace dayfly::test
