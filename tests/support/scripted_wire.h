// A Wire for tests: answers from a script or a handler, and keeps every call.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "controller/fly/wire.h"

namespace dayfly::test {

class ScriptedWire final : public fly::Wire {
public:
    using Handler = std::function<Result<fly::Reply>(fly::Call const&)>;

    /// Answers from answer() in order; a call beyond them gets a 599.
    ScriptedWire() = default;
    explicit ScriptedWire(Handler handler) : handler_(std::move(handler)) {}

    void answer(int status, std::string body = {}) {
        script_.emplace_back(fly::Reply{.status = status, .body = std::move(body)});
    }
    void answer(Result<fly::Reply> reply) { script_.push_back(std::move(reply)); }

    Task<Result<fly::Reply>> exchange(fly::Call call) override {
        calls.push_back(call);
        if (handler_) co_return handler_(call);
        if (script_.empty()) co_return fly::Reply{.status = 599, .body = "the script has ended"};
        auto reply = std::move(script_.front());
        script_.pop_front();
        co_return reply;
    }

    std::vector<fly::Call> calls;

private:
    Handler handler_;
    std::deque<Result<fly::Reply>> script_;
};

}  // namespace dayfly::test
