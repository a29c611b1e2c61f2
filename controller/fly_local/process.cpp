#include "controller/fly_local/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "controller/fly_local/supervisor.h"

namespace dayfly::fly_local {

namespace asio = boost::asio;

namespace {

std::unexpected<Error> refused(Command const& command, std::string const& doing, int reason) {
    auto const name = command.words.empty() ? std::string("no program") : command.words.front();
    return failure(ErrorKind::Unavailable, name + ": " + doing + ": " + std::strerror(reason));
}

/// A descriptor that closes itself, out of the way of the low numbers.
class Owned {
public:
    Owned() = default;
    explicit Owned(int descriptor) {
        if (descriptor < 0) return;
        descriptor_ = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 10);
        ::close(descriptor);
    }
    Owned(Owned&& other) noexcept : descriptor_(other.release()) {}
    Owned& operator=(Owned&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    ~Owned() { close(); }

    [[nodiscard]] int get() const { return descriptor_; }
    int release() { return std::exchange(descriptor_, -1); }
    void close() {
        if (descriptor_ >= 0) ::close(release());
    }

private:
    int descriptor_ = -1;
};

struct Pipe {
    Owned from;
    Owned to;
};

Pipe make_pipe() {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {};
    return {Owned(ends[0]), Owned(ends[1])};
}

Owned input_of(std::string const& text) {
    if (text.empty()) return Owned(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    auto file = Owned(::memfd_create("input", MFD_CLOEXEC));
    for (std::size_t done = 0; done < text.size();) {
        auto const wrote = ::write(file.get(), text.data() + done, text.size() - done);
        if (wrote <= 0) return {};
        done += static_cast<std::size_t>(wrote);
    }
    ::lseek(file.get(), 0, SEEK_SET);
    return file;
}

std::string found_program(Command const& command) {
    auto const& name = command.words.front();
    if (name.find('/') != std::string::npos) return name;
    for (auto const& variable : command.environment) {
        if (!variable.starts_with("PATH=")) continue;
        for (std::size_t at = 5; at <= variable.size();) {
            auto const end = std::min(variable.find(':', at), variable.size());
            auto const candidate = variable.substr(at, end - at) + "/" + name;
            if (::access(candidate.c_str(), X_OK) == 0) return candidate;
            at = end + 1;
        }
    }
    return name;
}

std::vector<char*> pointers(std::vector<std::string> const& texts) {
    std::vector<char*> all;
    all.reserve(texts.size() + 1);
    for (auto const& text : texts) all.push_back(const_cast<char*>(text.c_str()));
    all.push_back(nullptr);
    return all;
}

constexpr std::size_t chunk_size = 16u << 10;
constexpr std::size_t most_processes = 10'000;

std::vector<pid_t> children_of(pid_t parent) {
    std::vector<pid_t> children;
    std::error_code error;
    for (std::filesystem::directory_iterator thread("/proc/" + std::to_string(parent) + "/task", error), end;
         !error && thread != end; thread.increment(error)) {
        std::ifstream list(thread->path() / "children");
        for (pid_t child = 0; list >> child;) children.push_back(child);
    }
    return children;
}

/// Reads one whole number from the pipe; false at its end.
bool read_number(int from, int& number) {
    ssize_t size = 0;
    do size = ::read(from, &number, sizeof number);
    while (size < 0 && errno == EINTR);
    return size == static_cast<ssize_t>(sizeof number);
}

}  // namespace

Result<std::unique_ptr<Process>> Process::start(asio::any_io_executor const& executor, Command const& command) {
    if (command.words.empty()) return refused(command, "start", EINVAL);
    auto input = input_of(command.input);
    auto out = make_pipe();
    auto err = make_pipe();
    auto report = make_pipe();
    auto group = command.tells_group ? make_pipe() : Pipe{};
    if (input.get() < 0 || out.to.get() < 0 || err.to.get() < 0 || report.to.get() < 0) return refused(command, "pipes", errno);
    auto const program = found_program(command);
    auto const argv = pointers(command.words);
    auto const environment = pointers(command.environment);
    Supervised const what{.program = program.c_str(),
                          .argv = argv.data(),
                          .environment = environment.data(),
                          .directory = command.directory.c_str(),
                          .input = input.get(),
                          .out = out.to.get(),
                          .err = err.to.get(),
                          .report = report.to.get(),
                          .group = group.to.get(),
                          .parent = ::getpid()};
    // A signal between fork and the child's own handling would run this program's handlers in it.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    auto const supervisor = ::fork();
    if (supervisor == 0) supervise(what);
    int const reason = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (supervisor < 0) return refused(command, "fork", reason);

    report.to.close();
    // The supervisor tells the program's number and the program, below zero, why it did not begin: whoever comes first.
    int main = 0;
    int error = 0;
    for (int number = 0; read_number(report.from.get(), number);) (number > 0 ? main : error) = number;
    if (main <= 0 || error < 0) {
        ::waitpid(supervisor, nullptr, 0);
        return refused(command, "execute", error < 0 ? -error : EAGAIN);
    }
    if (group.from.get() >= 0) ::fcntl(group.from.get(), F_SETFL, O_NONBLOCK);
    return std::unique_ptr<Process>(new Process(executor, supervisor, command.tells_group ? 0 : main, out.from.release(),
                                                err.from.release(), group.from.release()));
}

Process::Process(asio::any_io_executor const& executor, pid_t supervisor, pid_t main, int out, int err, int group)
    : supervisor_(supervisor),
      group_(main),
      group_pipe_(group),
      supervisor_ended_(executor, static_cast<int>(::syscall(SYS_pidfd_open, supervisor, 0))),
      out_(executor, out),
      err_(executor, err) {}

Process::~Process() {
    end();
    reap(true);
    if (group_pipe_ >= 0) ::close(group_pipe_);
}

Task<void> Process::relay(Descriptor& from, bool is_error, Output const& output) {
    std::array<char, chunk_size> chunk;
    for (;;) {
        auto const [error, size] = co_await from.async_read_some(asio::buffer(chunk), asio::as_tuple(asio::use_awaitable));
        if (error) co_return;
        output(std::string_view(chunk.data(), size), is_error);
    }
}

Task<void> Process::wait_for_end() {
    co_await supervisor_ended_.async_wait(Descriptor::wait_read, asio::as_tuple(asio::use_awaitable));
    reap(false);
}

Task<Ended> Process::run(Output output) {
    using namespace asio::experimental::awaitable_operators;
    co_await (relay(out_, false, output) && relay(err_, true, output) && wait_for_end());
    co_return ended_;
}

void Process::reap(bool block) {
    if (supervisor_ <= 0) return;
    int status = 0;
    if (::waitpid(supervisor_, &status, block ? 0 : WNOHANG) != supervisor_) return;
    supervisor_ = -1;
    ended_.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (ended_.code > 128 && ended_.code <= 128 + 64) ended_.signal = ended_.code - 128;
}

/// bubblewrap writes {"child-pid": N, …} once its session exists.
pid_t Process::group() {
    if (group_ != 0 || group_pipe_ < 0) return group_;
    std::array<char, 512> text{};
    auto const size = ::read(group_pipe_, text.data(), text.size());
    if (size <= 0) return 0;
    std::string_view const told(text.data(), static_cast<std::size_t>(size));
    auto const at = told.find_first_of("0123456789");
    if (told.find("child-pid") == std::string_view::npos || at == std::string_view::npos) return 0;
    std::from_chars(told.data() + at, told.data() + told.size(), group_);
    return group_;
}

void Process::signal(int number) {
    if (supervisor_ <= 0) return;
    if (auto const whom = group(); whom > 0) {
        ::kill(-whom, number);
    } else {
        // Nothing of the program itself has begun that could hear it.
        end();
    }
}

void Process::signal_all(int number) {
    if (supervisor_ <= 0) return;
    std::vector<pid_t> tree{supervisor_};
    for (std::size_t i = 0; i < tree.size() && tree.size() < most_processes; ++i) {
        for (auto const child : children_of(tree[i])) tree.push_back(child);
        // The supervisor itself must stay able to act.
        if (i > 0) ::kill(tree[i], number);
    }
}

void Process::end() {
    if (supervisor_ > 0) ::kill(supervisor_, SIGTERM);
}

}  // namespace dayfly::fly_local
