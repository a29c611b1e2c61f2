// Running a number of tasks at the same time and waiting for all of them.
#pragma once

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include "controller/base/task.h"

namespace dayfly {

/// The results in the order of the tasks. Each task reports failures in its result; a throw cancels the others.
template <class T>
Task<std::vector<T>> run_all(std::vector<Task<T>> tasks) {
    using namespace boost::asio::experimental::awaitable_operators;
    std::vector<T> results;
    if (tasks.size() == 1) {
        results.push_back(co_await std::move(tasks.front()));
    } else if (tasks.size() > 1) {
        auto const middle = std::next(tasks.begin(), static_cast<std::ptrdiff_t>(tasks.size() / 2));
        std::vector<Task<T>> upper(std::make_move_iterator(middle), std::make_move_iterator(tasks.end()));
        tasks.erase(middle, tasks.end());
        auto [first, second] = co_await (run_all(std::move(tasks)) && run_all(std::move(upper)));
        results = std::move(first);
        std::ranges::move(second, std::back_inserter(results));
    }
    co_return results;
}

}  // namespace dayfly
