// See controller_process.h.
#include "tests/bench/controller_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace dayfly::bench {

namespace asio = boost::asio;

ControllerProcess::ControllerProcess(asio::io_context& context, Clock& clock, std::vector<std::string> arguments)
    : clock_(clock), log_(context) {
    arguments.insert(arguments.begin(), DAYFLY_BINARY);
    std::vector<char*> pointers;
    for (auto& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);

    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    int const failed = posix_spawn(&pid_, DAYFLY_BINARY, &actions, nullptr, pointers.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (failed != 0) throw std::runtime_error("the program does not start: " DAYFLY_BINARY);
    log_.assign(ends[0]);
    asio::co_spawn(context, read_log(), asio::detached);
}

ControllerProcess::~ControllerProcess() { stop(); }

void ControllerProcess::stop() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

Task<void> ControllerProcess::read_log() {
    std::string text;
    std::array<char, 65'536> chunk{};
    for (;;) {
        auto const [error, size] = co_await log_.async_read_some(asio::buffer(chunk), asio::as_tuple(asio::use_awaitable));
        // By then this object is gone.
        if (error == asio::error::operation_aborted) co_return;
        if (error) break;
        text.append(chunk.data(), size);
        std::size_t begin = 0;
        for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
            take_line(text.substr(begin, end - begin));
            begin = end + 1;
        }
        text.erase(0, begin);
    }
    ended_ = true;
}

void ControllerProcess::take_line(std::string const& line) {
    if (line.find("\"message\":\"ready\"") != std::string::npos) {
        ++ready_;
        last_ready_at_ = clock_.now();
    }
    bool const complains = line.find("\"level\":\"info\"") == std::string::npos;
    if (complains && first_complaint_.empty()) first_complaint_ = line;
}

std::size_t ControllerProcess::status_field(std::string const& name) const {
    std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
    for (std::string word; status >> word;) {
        std::size_t value = 0;
        if (word == name && status >> value) return value;
    }
    return 0;
}

std::chrono::nanoseconds ControllerProcess::processor_time() const {
    std::ifstream file("/proc/" + std::to_string(pid_) + "/schedstat");
    std::chrono::nanoseconds::rep on_processor = 0;
    if (file >> on_processor) return std::chrono::nanoseconds(on_processor);
    return {};
}

}  // namespace dayfly::bench
