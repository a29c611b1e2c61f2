// See task_group.h.
#include "controller/base/task_group.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

namespace dayfly {

namespace asio = boost::asio;

struct TaskGroup::Shared {
    asio::any_io_executor executor;
    std::function<void(std::exception_ptr)> on_exception;
    std::list<asio::cancellation_signal> running;
    Signal ended;
};

namespace {

bool is_cancellation(std::exception_ptr const& error) {
    try {
        std::rethrow_exception(error);
    } catch (boost::system::system_error const& e) {
        return e.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

}  // namespace

TaskGroup::TaskGroup(asio::any_io_executor executor, std::function<void(std::exception_ptr)> on_exception)
    : shared_(std::make_shared<Shared>(std::move(executor), std::move(on_exception))) {}

TaskGroup::~TaskGroup() = default;

void TaskGroup::spawn(Task<void> task) {
    auto const place = shared_->running.emplace(shared_->running.end());
    asio::co_spawn(shared_->executor, std::move(task),
                   asio::bind_cancellation_slot(place->slot(), [shared = shared_, place](std::exception_ptr error) {
                       shared->running.erase(place);
                       if (error && !is_cancellation(error)) shared->on_exception(error);
                       shared->ended.notify();
                   }));
}

void TaskGroup::cancel() {
    // Emitting may end a task and erase its signal, so the next one is found first.
    for (auto it = shared_->running.begin(); it != shared_->running.end();) {
        auto const current = it++;
        current->emit(asio::cancellation_type::all);
    }
}

std::size_t TaskGroup::size() const { return shared_->running.size(); }

Task<std::size_t> TaskGroup::join(Clock& clock, Instant when) {
    while (!shared_->running.empty() && clock.now() < when) co_await shared_->ended.wait_until(clock, when);
    co_return shared_->running.size();
}

}  // namespace dayfly
