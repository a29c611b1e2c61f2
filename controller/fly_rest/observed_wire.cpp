// Observes exchanges.
#include "controller/fly_rest/observed_wire.h"

namespace dayfly::fly_rest {

void ObservedWire::count(bool begins) {
    begins ? ++in_flight_ : --in_flight_;
    if (tell_in_flight_) tell_in_flight_(in_flight_);
}

Task<Result<fly::Reply>> ObservedWire::exchange(fly::Call call) {
    auto const start = clock_.now();
    count(true);
    // However the exchange ends, also when its coroutine is thrown away.
    struct Ending {
        ObservedWire& wire;
        explicit Ending(ObservedWire& counted) : wire(counted) {}
        Ending(Ending const&) = delete;
        Ending& operator=(Ending const&) = delete;
        ~Ending() { wire.count(false); }
    } const ending(*this);
    auto reply = co_await next_.exchange(call);
    auto const took = clock_.now() - start;
    if (log_.enabled(LogLevel::Debug)) {
        log_.debug("fly call", {{"action", std::string(to_string(call.action))},
                                {"app", call.app},
                                {"id", call.id},
                                {"status", reply ? std::to_string(reply->status) : std::string(to_string(reply.error().kind))},
                                {"took_ms", std::to_string(std::chrono::duration_cast<milliseconds>(took).count())},
                                {"request_id", reply ? reply->request_id : std::string()}});
    }
    if (observer_) observer_(call, reply, took);
    co_return reply;
}

}  // namespace dayfly::fly_rest
