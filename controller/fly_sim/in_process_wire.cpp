#include "controller/fly_sim/in_process_wire.h"

#include <algorithm>
#include <charconv>

namespace dayfly::fly_sim {
namespace {

http::Request request_of(fly::Call const& call, std::string const& token) {
    http::Request request{.method = call.method, .target = call.target, .body = call.body};
    request.headers.add("authorization", "Bearer " + token);
    if (!call.body.empty()) request.headers.add("content-type", "application/json");
    if (!call.lease_nonce.empty()) request.headers.add("fly-machine-lease-nonce", call.lease_nonce);
    return request;
}

std::string const* header(http::Response const& response, std::string_view name) {
    for (auto const& [key, value] : response.headers.fields) {
        if (key == name) return &value;
    }
    return nullptr;
}

fly::Reply reply_of(http::Response response) {
    fly::Reply reply{.status = response.status};
    if (auto const* const id = header(response, "fly-request-id")) reply.request_id = *id;
    if (auto const* const wait = header(response, "retry-after")) {
        std::int64_t whole = 0;
        std::from_chars(wait->data(), wait->data() + wait->size(), whole);
        reply.retry_after = seconds(whole);
    }
    reply.body = std::move(response.body);
    return reply;
}

std::string named(fly::Call const& call) { return call.method + " " + call.target; }

}  // namespace

InProcessWire::InProcessWire(Cloud& cloud, Clock& clock, InProcessOptions options)
    : cloud_(cloud), clock_(clock), options_(std::move(options)) {}

Task<void> InProcessWire::never() { co_await clock_.sleep_until(Instant::max()); }

Task<Result<fly::Reply>> InProcessWire::exchange(fly::Call call) {
    auto const deadline = clock_.now() + call.limit;
    auto const half = options_.latency / 2;
    if (interceptor_ && interceptor_(call, Moment::BeforeSend) == Verdict::Die) {
        co_await never();
        co_return failure(ErrorKind::Cancelled, named(call));
    }
    if (half.count() > 0) co_await clock_.sleep_for(half);

    auto outcome = cloud_.handle(request_of(call, options_.token), clock_.now(), clock_.wall());
    while (auto const* const pending = std::get_if<Pending>(&outcome)) {
        auto const until = std::min(pending->recheck, deadline);
        co_await clock_.sleep_until(until);
        if (clock_.now() < until) co_return failure(ErrorKind::Cancelled, named(call));
        if (clock_.now() >= deadline) co_return failure(ErrorKind::Ambiguous, named(call) + ": no answer in time");
        auto const waiting = *pending;
        outcome = cloud_.resume(waiting, clock_.now(), clock_.wall());
    }
    if (interceptor_ && interceptor_(call, Moment::AfterCommit) == Verdict::Die) {
        co_await never();
        co_return failure(ErrorKind::Cancelled, named(call));
    }
    auto& answer = std::get<Answer>(outcome);
    auto const delay = half + answer.latency;
    if (clock_.now() + delay > deadline) {
        co_await clock_.sleep_until(deadline);
        co_return failure(ErrorKind::Ambiguous, named(call) + ": no answer in time");
    }
    if (delay.count() > 0) co_await clock_.sleep_for(delay);
    if (answer.refused) co_return failure(ErrorKind::Unavailable, named(call) + ": connection refused");
    if (answer.response.delivery == http::Delivery::Dropped) {
        co_return failure(ErrorKind::Ambiguous, named(call) + ": the connection ended without an answer");
    }
    if (answer.response.delivery == http::Delivery::Truncated) {
        co_return failure(ErrorKind::Ambiguous, named(call) + ": the connection ended within the answer");
    }
    co_return reply_of(std::move(answer.response));
}

}  // namespace dayfly::fly_sim
