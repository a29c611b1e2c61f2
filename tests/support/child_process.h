// A program run to its end, or until it is told to stop, with exactly the environment that it is given.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dayfly::test {

struct Command {
    std::vector<std::string> arguments;              ///< the program first; looked for in PATH of `environment`
    std::map<std::string, std::string> environment;  ///< all of it
    std::filesystem::path directory = "/";
    std::string input = {};  ///< its standard input
};

/// The variables that programs need to find each other, and nothing else of ours.
[[nodiscard]] std::map<std::string, std::string> plain_environment();

/// A running child. Ended with SIGKILL, together with its process group, when it goes out of scope.
class ChildProcess {
public:
    /// Throws std::runtime_error when it cannot be started.
    explicit ChildProcess(Command const& command);
    ~ChildProcess();
    ChildProcess(ChildProcess const&) = delete;
    ChildProcess& operator=(ChildProcess const&) = delete;

    [[nodiscard]] pid_t pid() const { return pid_; }
    void send(int signal) const;
    /// Its exit code, 128 + signal when a signal ended it; nothing when it still runs after `limit`.
    std::optional<int> wait(std::chrono::milliseconds limit = std::chrono::seconds(60));
    /// What it has written to standard output and standard error so far.
    [[nodiscard]] std::string output() const;

private:
    pid_t pid_ = -1;
    int output_ = -1;
    std::optional<int> code_;
};

struct Finished {
    int code = -1;
    std::string output;
};
/// Runs to the end. Throws std::runtime_error when that takes longer than a minute.
Finished run(Command const& command);

/// A directory of its own that goes with its scope.
class TemporaryDirectory {
public:
    TemporaryDirectory();
    ~TemporaryDirectory();
    TemporaryDirectory(TemporaryDirectory const&) = delete;
    TemporaryDirectory& operator=(TemporaryDirectory const&) = delete;
    [[nodiscard]] std::filesystem::path const& path() const { return path_; }

private:
    std::filesystem::path path_;
};

void write_text(std::filesystem::path const& file, std::string const& text);
/// "" when there is none.
[[nodiscard]] std::string read_text(std::filesystem::path const& file);

}  // namespace dayfly::test
