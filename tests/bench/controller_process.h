// The real program as a child process, watched from outside: its log, its memory, its processor time.
#pragma once

#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "controller/base/clock.h"

namespace dayfly::bench {

/// Ends the child when it goes out of scope.
class ControllerProcess {
public:
    /// Runs `dayfly ARGUMENTS...` with its log in a pipe that is read on `context`. Throws when it cannot be started.
    ControllerProcess(boost::asio::io_context& context, Clock& clock, std::vector<std::string> arguments);
    ~ControllerProcess();
    ControllerProcess(ControllerProcess const&) = delete;
    ControllerProcess& operator=(ControllerProcess const&) = delete;

    /// Lines of its log that say that an environment became ready.
    [[nodiscard]] std::size_t ready() const { return ready_; }
    /// When the last of them came.
    [[nodiscard]] Instant last_ready_at() const { return last_ready_at_; }
    /// Warnings and errors so far, the first one's text.
    [[nodiscard]] std::string const& first_complaint() const { return first_complaint_; }
    [[nodiscard]] bool ended() const { return ended_; }

    /// VmRSS and its highest value so far, in KiB.
    [[nodiscard]] std::size_t resident_kib() const { return status_field("VmRSS:"); }
    [[nodiscard]] std::size_t peak_kib() const { return status_field("VmHWM:"); }
    /// User and system time so far, from /proc/PID/schedstat: in nanoseconds where the scheduler keeps it.
    [[nodiscard]] std::chrono::nanoseconds processor_time() const;

    /// Asks it to end and waits.
    void stop();

private:
    Task<void> read_log();
    void take_line(std::string const& line);
    [[nodiscard]] std::size_t status_field(std::string const& name) const;

    Clock& clock_;
    boost::asio::readable_pipe log_;
    pid_t pid_ = -1;
    std::size_t ready_ = 0;
    Instant last_ready_at_{};
    std::string first_complaint_;
    bool ended_ = false;
};

}  // namespace dayfly::bench
