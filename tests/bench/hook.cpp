// How soon Fly hears of a push: the real program between a GitHub that sends its hook and a Fly that notes the update call.
#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "controller/base/digest.h"
#include "controller/http/client.h"
#include "controller/http/server.h"
#include "tests/bench/fleet_run.h"
#include "tests/bench/summary.h"
#include "tests/bench/world.h"
#include "tests/support/child_process.h"
#include "tests/support/fake_github_feedback.h"

namespace dayfly::bench {
namespace {

namespace asio = boost::asio;
using Milliseconds = std::chrono::duration<double, std::milli>;

std::string repository_of(std::size_t number) { return "acme/shop-" + std::to_string(number); }

std::string spec_of(std::size_t number) {
    return fmt::format(
        "---\napiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata: {{ name: shop-{} }}\nspec:\n"
        "  source: {{ git: {{ repository: {}, pullRequest: 42 }} }}\n  volume: null\n",
        number, repository_of(number));
}

/// What boot.sh reports of an app that listens.
constexpr char up[] =
    "dayfly-boot 1\nnow 1790000110\nstage start\nport 3000 all\nclone 1790000100 1790000101 0\n"
    "install 1790000101 1790000102 0\nbuild 1790000102 1790000103 0\nstart 1790000103 - -\nend\n";

/// A port that nobody listens on at the moment.
std::uint16_t free_port(Clock& clock) {
    http::Server server(clock, Log::none(), {}, [](http::Request) -> Task<http::Response> { co_return http::Response{}; });
    if (auto listening = server.listen(); !listening) throw std::runtime_error(listening.error().message);
    return server.port();
}

/// GitHub on a thread of its own: it must not wait for Fly's, which the measurement's own thread serves.
class GithubSide {
public:
    GithubSide(std::size_t repositories, std::uint16_t controller)
        : server_(clock_, Log::none(), {}, [this](http::Request request) { return answer(std::move(request)); }),
          controller_(clock_, {.tls = false, .host = "127.0.0.1", .port = std::to_string(controller)}, {}) {
        if (auto listening = server_.listen(); !listening) throw std::runtime_error(listening.error().message);
        github_.base = url();
        github_.rate_limit = 1'000'000;
        for (std::size_t number = 0; number < repositories; ++number) {
            github_.tokens["t0ken"].insert(repository_of(number));
            github_.repositories[repository_of(number)].id = static_cast<std::int64_t>(number) + 1;
            move(number, test::commit_of("a"));
        }
        asio::co_spawn(context_, server_.run(), asio::detached);
        thread_ = std::thread([this] { context_.run(); });
    }
    ~GithubSide() {
        context_.stop();
        thread_.join();
    }
    GithubSide(GithubSide const&) = delete;
    GithubSide& operator=(GithubSide const&) = delete;

    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }

    /// The pull request has another commit, and the hook goes out; returns when it does.
    Instant push(std::size_t number, std::string const& commit) {
        return asio::co_spawn(context_, send(number, commit), asio::use_future).get();
    }

private:
    Task<http::Response> answer(http::Request request) {
        auto response = co_await github_.answer(std::move(request));
        co_return response ? std::move(*response) : http::Response{.delivery = http::Delivery::Dropped};
    }
    void move(std::size_t number, std::string const& commit) {
        auto& repository = github_.repositories.at(repository_of(number));
        repository.pulls[42].head_commit = commit;
        ++repository.pulls[42].updated;
        repository.files[commit] = {{"README.md", "hello"}};
    }
    Task<Instant> send(std::size_t number, std::string commit) {
        move(number, commit);
        http::Request request{.method = "POST", .target = "/hooks/github"};
        request.body = fmt::format(R"({{"repository":{{"full_name":"{}"}}}})", repository_of(number));
        request.headers.add("Content-Type", "application/json");
        request.headers.add("X-GitHub-Event", "push");
        request.headers.add("X-GitHub-Delivery", std::to_string(++deliveries_));
        request.headers.add("X-Hub-Signature-256", "sha256=" + hmac_sha256_hex("s3cret", request.body));
        auto const sent = clock_.now();
        auto const response = co_await controller_.send(std::move(request), seconds(10));
        if (!response || response->status != 202)
            throw std::runtime_error("the hook was not taken: " + (response ? response->body : response.error().message));
        co_return sent;
    }

    SystemClock clock_;
    test::FakeGithub github_{clock_};
    test::FakeGithubFeedback feedback_{github_};
    asio::io_context context_{1};
    http::Server server_;
    http::Client controller_;
    std::size_t deliveries_ = 0;
    std::thread thread_;
};

}  // namespace

void hook(std::size_t pushes) {
    // Each waits for its turn long enough that the machine before is up and Fly's pace for one machine does not count.
    constexpr std::size_t environments = 20;
    test::TemporaryDirectory directory;
    auto const& path = directory.path();
    std::filesystem::create_directory(path / "git");
    for (std::size_t number = 0; number < environments; ++number)
        test::write_text(path / "git" / fmt::format("{}.yaml", number), spec_of(number));
    test::write_text(path / "token", "t0ken\n");
    test::write_text(path / "secret", "s3cret\n");

    World world({});
    world.cloud().options().exec_stdout = up;
    auto const port = free_port(world.clock());
    GithubSide github(environments, port);
    world.start({"--source=dir:" + (path / "git").string(), "--github-url=" + github.url(),
                 "--github-token-file=" + (path / "token").string(), "--webhook-secret-file=" + (path / "secret").string(),
                 "--listen=127.0.0.1:" + std::to_string(port)});
    // The first answer of its program tells of each that it is up.
    world.run(std::chrono::minutes(5), [&] { return world.cloud().journal().count("exec_machine") >= environments; });
    world.run_for(seconds(70));  // past the list lag and the young apps

    std::vector<double> taken;
    for (std::size_t push = 0; push < pushes; ++push) {
        world.run_for(milliseconds(1500 + push * 293 % 700));
        world.cloud().reset_journal();
        auto const sent = github.push(push % environments, test::commit_of(fmt::format("{:x}", 0xb000 + push)));
        std::optional<Instant> update;
        world.run(seconds(30), [&] {
            for (auto const& entry : world.cloud().journal().entries()) {
                if (!update && entry.action == "update_machine") update = entry.at;
            }
            return update.has_value();
        });
        taken.push_back(Milliseconds(*update - sent).count());
    }
    tell(fmt::format("hook to update call, {} environments", environments), text_of(summarize(std::move(taken)), "ms"));
}

}  // namespace dayfly::bench
