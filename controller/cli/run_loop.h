// Runs one task on an io_context until it ends or a signal asks it to.
#pragma once

#include <boost/asio/io_context.hpp>

#include "controller/base/task.h"

namespace dayfly::cli {

/// SIGINT and SIGTERM cancel the task, which then ends in its own time; a second one ends the program. Returns the task's
/// value, or `interrupted` when a SIGINT ended it and the task did not say otherwise.
int run_until_signal(boost::asio::io_context& context, Task<int> task);

}  // namespace dayfly::cli
