// Tasks that live as long as their owner wants them to: spawned here, cancelled together, and waited for before anything they
// refer to goes away.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <exception>
#include <functional>
#include <list>
#include <memory>

#include "controller/base/clock.h"
#include "controller/base/signal.h"

namespace dayfly {

class TaskGroup {
public:
    /// `on_exception` hears of every exception that ends a task, cancellation excepted: it is a bug being reported.
    TaskGroup(boost::asio::any_io_executor executor, std::function<void(std::exception_ptr)> on_exception);
    ~TaskGroup();
    TaskGroup(TaskGroup const&) = delete;
    TaskGroup& operator=(TaskGroup const&) = delete;

    void spawn(Task<void> task);
    void cancel();
    [[nodiscard]] std::size_t size() const;
    /// Returns when every task has ended, or at `when` with some still running: their number.
    Task<std::size_t> join(Clock& clock, Instant when);

private:
    struct Shared;
    std::shared_ptr<Shared> shared_;
};

}  // namespace dayfly
