// What the GitHub room tells of itself, for metrics. It knows no metric; whoever does implements this.
#pragma once

#include <chrono>
#include <string_view>

#include "controller/base/clock.h"

namespace dayfly::github {

class Observer {
public:
    Observer() = default;
    Observer(Observer const&) = delete;
    Observer& operator=(Observer const&) = delete;
    virtual ~Observer() = default;

    /// A request ended. `result`: a word of result_word(), or "conn" without an answer.
    virtual void requested(std::string_view /*result*/, std::chrono::duration<double> /*took*/) {}
    /// A question was not asked, because the budget is spent or GitHub asked us to wait.
    virtual void held_back() {}
    /// The budget as the last answer had it.
    virtual void budget(int /*limit*/, int /*remaining*/, WallTime /*reset*/) {}
};

}  // namespace dayfly::github
