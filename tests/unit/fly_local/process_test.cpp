// A program with all that it starts: what comes out, how it ends, and that nothing is left.
#include "controller/fly_local/process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>

#include "controller/base/clock.h"

namespace dayfly::fly_local {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

struct Result {
    Ended ended;
    std::string out;
    std::string err;
};

class Programs : public testing::Test {
protected:
    static Command shell(std::string const& script) {
        return {.words = {"sh", "-c", script}, .environment = {"PATH=/usr/bin:/bin"}};
    }
    std::unique_ptr<Process> start(Command const& command) {
        auto process = Process::start(context_.get_executor(), command);
        EXPECT_TRUE(process) << (process ? "" : process.error().message);
        return process ? std::move(*process) : nullptr;
    }
    /// `when_it_says`: called with each piece of output.
    Result finish(Process& process, std::function<void(std::string_view)> when_it_says = {}) {
        Result result;
        auto const output = [&](std::string_view bytes, bool is_error) {
            (is_error ? result.err : result.out) += bytes;
            if (when_it_says) when_it_says(bytes);
        };
        asio::co_spawn(context_, process.run(output), [&](std::exception_ptr error, Ended ended) {
            EXPECT_FALSE(error);
            result.ended = ended;
        });
        context_.restart();
        context_.run();
        return result;
    }
    Result run(Command const& command) {
        auto process = start(command);
        return process ? finish(*process) : Result{};
    }
    static bool exists(pid_t pid) { return ::kill(pid, 0) == 0; }
    static pid_t number_in(std::string const& text) {
        pid_t number = 0;
        std::from_chars(text.data(), text.data() + text.size(), number);
        return number;
    }

    asio::io_context context_{1};
};

TEST_F(Programs, TellWhatTheyWriteAndHowTheyEnd) {
    auto const result = run(shell("echo out; echo err >&2; exit 23"));
    EXPECT_EQ(result.out, "out\n");
    EXPECT_EQ(result.err, "err\n");
    EXPECT_EQ(result.ended.code, 23);
    EXPECT_EQ(result.ended.signal, 0);
}

TEST_F(Programs, SeeTheirOwnEnvironmentInputAndFolderAndNoDescriptorOfOurs) {
    auto command =
        shell("env | grep -v -e '^PWD=' -e '^_=' -e '^SHLVL=' -e '^OLDPWD=' | sort; cat; pwd; ls /proc/self/fd | wc -l");
    command.environment.emplace_back("NAME=a b$(c)");
    command.input = "input\n";
    command.directory = "/usr";
    auto const result = run(command);
    // Three standard ones, and the one with which ls reads the folder.
    EXPECT_EQ(result.out, "NAME=a b$(c)\nPATH=/usr/bin:/bin\ninput\n/usr\n4\n");
}

TEST_F(Programs, ThatAreNotThereFailAtTheStart) {
    auto const missing = Process::start(context_.get_executor(), {.words = {"/no/such/program"}, .environment = {}});
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().kind, ErrorKind::Unavailable);
    EXPECT_EQ(missing.error().message, "/no/such/program: execute: No such file or directory");
}

TEST_F(Programs, ThatLeaveSomethingBehindLeaveNothing) {
    // The child has a session of its own and has lost its parent.
    auto const result = run(shell("setsid sh -c 'echo $$; exec sleep 600' & sleep 0.3; exit 0"));
    auto const pid = number_in(result.out);
    ASSERT_GT(pid, 0);
    EXPECT_FALSE(exists(pid));
}

TEST_F(Programs, AreAskedToEndByASignalAndTellItsNumberWhenItKillsThem) {
    auto process = start(shell("echo ready; exec sleep 600"));
    auto const result = finish(*process, [&](std::string_view) { process->signal(SIGTERM); });
    EXPECT_EQ(result.ended.code, 128 + SIGTERM);
    EXPECT_EQ(result.ended.signal, SIGTERM);
    auto polite = start(shell("trap 'exit 7' INT; echo ready; while :; do sleep 0.05; done"));
    EXPECT_EQ(finish(*polite, [&](std::string_view) { polite->signal(SIGINT); }).ended.code, 7);
}

TEST_F(Programs, StopAndGoOnAsATree) {
    auto process = start(shell("setsid sh -c 'while :; do echo tick; sleep 0.02; done'"));
    int ticks = 0;
    auto const result = finish(*process, [&](std::string_view) {
        if (++ticks != 3) return;
        process->signal_all(SIGSTOP);
        // Longer than many ticks; what was written before is still to be read.
        ::usleep(200'000);
        process->signal_all(SIGCONT);
        process->end();
    });
    EXPECT_LT(std::ranges::count(result.out, '\n'), 8);
}

TEST_F(Programs, EndWithTheirOwner) {
    auto process = start(shell("trap '' TERM INT; setsid sh -c 'trap \"\" TERM; echo $$; while :; do sleep 1; done' & wait"));
    std::string out;
    finish(*process, [&](std::string_view bytes) {
        out += bytes;
        process->end();
    });
    EXPECT_FALSE(exists(number_in(out)));
    auto second = start(shell("exec sleep 600"));
    second.reset();
}

TEST_F(Programs, DieWithUsWhenWeAreKilled) {
    // Somebody else starts a program as we do, and is killed.
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    auto const other = ::fork();
    if (other == 0) {
        asio::io_context context(1);
        auto process = Process::start(context.get_executor(), shell("echo $$; exec sleep 600"));
        if (!process) ::_exit(1);
        asio::co_spawn(context, (*process)->run([&](std::string_view bytes, bool) {
            [[maybe_unused]] auto const told = ::write(pipe[1], bytes.data(), bytes.size());
        }),
                       asio::detached);
        context.run();
        ::_exit(0);
    }
    std::array<char, 32> text{};
    ASSERT_GT(::read(pipe[0], text.data(), text.size() - 1), 0);
    auto const pid = number_in(text.data());
    ASSERT_TRUE(exists(pid));
    ::kill(other, SIGKILL);
    ::waitpid(other, nullptr, 0);
    for (int i = 0; i < 500 && exists(pid); ++i) ::usleep(10'000);
    EXPECT_FALSE(exists(pid));
    ::close(pipe[0]);
    ::close(pipe[1]);
}

}  // namespace
}  // namespace dayfly::fly_local
