// See child_process.h.
#include "tests/support/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace dayfly::test {
namespace {

/// A file in memory: it takes any amount without anybody reading, and can be looked at while the child writes.
int memory_file(std::string const& content) {
    int const file = ::memfd_create("dayfly-test", MFD_CLOEXEC);
    if (file < 0 || ::write(file, content.data(), content.size()) != static_cast<ssize_t>(content.size())) {
        throw std::runtime_error("memfd_create failed");
    }
    ::lseek(file, 0, SEEK_SET);
    return file;
}

[[noreturn]] void become(Command const& command, int input, int output, std::vector<char*> const& arguments,
                         std::vector<char*> const& environment) {
    ::setpgid(0, 0);
    ::dup2(input, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    if (::chdir(command.directory.c_str()) != 0) ::_exit(126);
    ::execvpe(arguments.front(), arguments.data(), environment.data());
    ::_exit(127);
}

}  // namespace

std::map<std::string, std::string> plain_environment() {
    return {{"PATH", std::getenv("PATH")}, {"HOME", "/nonexistent"}, {"LANG", "C.UTF-8"}};
}

ChildProcess::ChildProcess(Command const& command) {
    std::vector<std::string> pairs;
    for (auto const& [name, value] : command.environment) pairs.push_back(name + "=" + value);
    std::vector<char*> arguments;
    std::vector<char*> environment;
    for (auto const& argument : command.arguments) arguments.push_back(const_cast<char*>(argument.c_str()));
    for (auto& pair : pairs) environment.push_back(pair.data());
    arguments.push_back(nullptr);
    environment.push_back(nullptr);
    auto const path = command.environment.find("PATH");
    int const input = memory_file(command.input);
    output_ = memory_file({});
    // Appending, so that several writers and our own reading do not share a position.
    ::fcntl(output_, F_SETFL, O_APPEND);
    pid_ = ::fork();
    if (pid_ == 0) {
        if (path != command.environment.end()) ::setenv("PATH", path->second.c_str(), 1);
        become(command, input, output_, arguments, environment);
    }
    ::close(input);
    if (pid_ < 0) throw std::runtime_error("fork failed");
    ::setpgid(pid_, pid_);
}

ChildProcess::~ChildProcess() {
    if (!code_) {
        ::kill(-pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    ::close(output_);
}

void ChildProcess::send(int signal) const { ::kill(pid_, signal); }

std::optional<int> ChildProcess::wait(std::chrono::milliseconds limit) {
    if (code_) return code_;
    int const handle = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
    if (handle < 0) throw std::runtime_error("pidfd_open failed");
    pollfd watched{.fd = handle, .events = POLLIN, .revents = 0};
    bool const ended = ::poll(&watched, 1, static_cast<int>(limit.count())) == 1;
    ::close(handle);
    if (!ended) return std::nullopt;
    int status = 0;
    ::waitpid(pid_, &status, 0);
    code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return code_;
}

std::string ChildProcess::output() const {
    std::string text;
    char part[65536];
    for (off_t at = 0;;) {
        auto const got = ::pread(output_, part, sizeof part, at);
        if (got <= 0) return text;
        text.append(part, static_cast<std::size_t>(got));
        at += got;
    }
}

Finished run(Command const& command) {
    ChildProcess child(command);
    auto const code = child.wait();
    if (!code) throw std::runtime_error(command.arguments.front() + " does not end: " + child.output());
    return {.code = *code, .output = child.output()};
}

TemporaryDirectory::TemporaryDirectory() {
    auto pattern = (std::filesystem::temp_directory_path() / "dayfly-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void write_text(std::filesystem::path const& file, std::string const& text) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
}

std::string read_text(std::filesystem::path const& file) {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

}  // namespace dayfly::test
