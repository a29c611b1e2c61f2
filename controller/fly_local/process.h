// A program and everything it starts, as one thing that can be signalled, ended and waited for. Between this program and it
// stands a small supervisor of ours: it adopts what the program leaves behind, and ends all of it when the program ends, when
// it is asked to, and when this process dies, however it dies.
#pragma once

#include <sys/types.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "controller/base/result.h"
#include "controller/base/task.h"

namespace dayfly::fly_local {

struct Command {
    std::vector<std::string> words;        ///< argv; the program is looked for in the PATH of `environment`
    std::vector<std::string> environment;  ///< NAME=value; all it gets to see
    std::string directory = "/";
    std::string input = {};  ///< its standard input
    /// Descriptor 4 is a pipe into which bubblewrap tells the process group that it has made.
    bool tells_group = false;
};

/// How it ended.
struct Ended {
    int code = 0;    ///< 128 + signal when a signal ended it
    int signal = 0;  ///< 0: none
};

/// Linux only: pidfd, child subreaper, parent death signal.
class Process {
public:
    /// Unavailable when it cannot be started; a program that is not there fails here, not later.
    static Result<std::unique_ptr<Process>> start(boost::asio::any_io_executor const& executor, Command const& command);
    /// Ends the whole tree and waits for that, which takes milliseconds.
    ~Process();
    Process(Process const&) = delete;
    Process& operator=(Process const&) = delete;

    using Output = std::function<void(std::string_view bytes, bool is_error)>;
    /// Hands on what it writes as it comes, until all of it has ended.
    Task<Ended> run(Output output);

    /// To its process group; nothing once it has ended.
    void signal(int number);
    /// To every process of the tree, whatever group each has joined.
    void signal_all(int number);
    /// The whole tree, at once.
    void end();

private:
    using Descriptor = boost::asio::posix::stream_descriptor;
    Process(boost::asio::any_io_executor const& executor, pid_t supervisor, pid_t main, int out, int err, int group);

    Task<void> relay(Descriptor& from, bool is_error, Output const& output);
    Task<void> wait_for_end();
    void reap(bool block);
    pid_t group();

    pid_t supervisor_;
    pid_t group_;  ///< of the program; 0: bubblewrap has not told yet
    int group_pipe_;
    Descriptor supervisor_ended_;
    Descriptor out_;
    Descriptor err_;
    Ended ended_{};
};

}  // namespace dayfly::fly_local
