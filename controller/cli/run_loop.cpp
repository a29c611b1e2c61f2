// See run_loop.h.
#include "controller/cli/run_loop.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>

#include "controller/cli/exit_code.h"

namespace dayfly::cli {

namespace asio = boost::asio;

int run_until_signal(asio::io_context& context, Task<int> task) {
    asio::cancellation_signal stop;
    asio::signal_set signals(context, SIGINT, SIGTERM);
    int asked = 0;
    int result = general_failure;
    std::function<void(boost::system::error_code, int)> on_signal = [&](boost::system::error_code error, int number) {
        if (error) return;
        if (asked != 0) std::_Exit(interrupted);
        asked = number;
        signals.async_wait(on_signal);
        stop.emit(asio::cancellation_type::all);
    };
    signals.async_wait(on_signal);
    asio::co_spawn(context, std::move(task),
                   asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr const& error, int value) {
                       result = value;
                       if (error) {
                           result = asked != 0 ? interrupted : general_failure;
                           try {
                               std::rethrow_exception(error);
                           } catch (std::exception const& e) {
                               if (asked == 0) std::fprintf(stderr, "dayfly: a bug: %s\n", e.what());
                           }
                       }
                       signals.cancel();
                   }));
    context.run();
    return asked == SIGINT && result == done ? interrupted : result;
}

}  // namespace dayfly::cli
