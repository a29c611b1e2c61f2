// A RestApi on a scripted wire and virtual time.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <ostream>
#include <string>

#include "controller/fly_rest/rest_api.h"
#include "tests/support/scripted_wire.h"
#include "tests/support/virtual_clock.h"

namespace dayfly {

// Found by argument-dependent look-up, so that a failed comparison prints the kind's name.
inline void PrintTo(ErrorKind kind, std::ostream* out) { *out << to_string(kind); }

namespace fly_rest {

class RestFixture : public testing::Test {
protected:
    template <class T>
    T run(Task<T> task) {
        return test::run_task(context, clock, std::move(task));
    }
    /// "POST /v1/apps" of the last call.
    [[nodiscard]] std::string last_request() const {
        return wire.calls.empty() ? "no call" : wire.calls.back().method + " " + wire.calls.back().target;
    }
    [[nodiscard]] nlohmann::json last_body() const { return nlohmann::json::parse(wire.calls.back().body, nullptr, false); }

    test::VirtualClock clock;
    test::ScriptedWire wire;
    RestApi api{wire};
    boost::asio::io_context context;
};

}  // namespace fly_rest
}  // namespace dayfly
