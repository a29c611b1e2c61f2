#include "controller/fly_sim/front.h"

#include <algorithm>

#include "controller/base/time_text.h"
#include "controller/fly_sim/control.h"
#include "controller/http/client.h"

namespace dayfly::fly_sim {

Front::Front(Clock& clock, Log& log, Cloud& cloud, FrontOptions options)
    : clock_(clock),
      cloud_(cloud),
      latency_(options.latency),
      control_allowed_(http::is_loopback(options.server.host)),
      time_(clock),
      server_(clock, log, options.server, [this](http::Request request) { return serve(std::move(request)); }) {}

http::Response Front::control(http::Request const& request) {
    if (!control_allowed_) return problem(404, "404 page not found").response;
    cloud_.advance(time_.now());
    auto result = perform_control(cloud_, request);
    time_.advance(result.advance);
    if (result.advance.count() > 0) cloud_.advance(time_.now());
    return std::move(result.answer.response);
}

Task<http::Response> Front::serve(http::Request request) {
    if (request.target.starts_with("/_sim/")) co_return control(request);
    auto outcome = cloud_.handle(request, time_.now(), time_.wall());
    while (auto const* const pending = std::get_if<Pending>(&outcome)) {
        auto const waiting = *pending;
        // The clock may be moved ahead meanwhile, so the nap is short and the look decides.
        auto const nap = std::min<Instant::duration>(waiting.recheck - time_.now(), milliseconds(250));
        co_await clock_.sleep_for(std::max<Instant::duration>(nap, milliseconds(0)));
        outcome = cloud_.resume(waiting, time_.now(), time_.wall());
    }
    auto& answer = std::get<Answer>(outcome);
    auto const delay = latency_ + answer.latency;
    if (delay.count() > 0) co_await clock_.sleep_for(delay);
    co_return std::move(answer.response);
}

}  // namespace dayfly::fly_sim
