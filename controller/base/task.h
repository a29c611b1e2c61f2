// The coroutine type of the program. One thread, one io_context (see docs/architecture.md, decision 1).
#pragma once

#include <boost/asio/awaitable.hpp>

namespace dayfly {

template <class T>
using Task = boost::asio::awaitable<T>;

}  // namespace dayfly
