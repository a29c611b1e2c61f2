// Sends calls and turns what comes back into results.
#include "controller/fly_rest/ask.h"

#include "controller/fly/answer.h"

namespace dayfly::fly_rest {
namespace {

std::string subject_of(fly::Call const& call) {
    std::string text(to_string(call.action));
    if (!call.app.empty()) text += " " + call.app;
    if (!call.id.empty() && call.id != call.app) text += (call.app.empty() ? " " : "/") + call.id;
    return text;
}

}  // namespace

Task<Result<fly::Reply>> ask(fly::Wire& wire, fly::Call call, Body body) {
    if (!body.is_null()) {
        auto text = write_json(body);
        if (!text) co_return failure(ErrorKind::InvalidConfig, subject_of(call) + ": holds text that is not UTF-8");
        call.body = std::move(*text);
    }
    auto reply = co_await wire.exchange(call);
    if (!reply) {
        auto error = std::move(reply.error());
        // A read changes nothing, so it does not matter whether it arrived.
        if (error.kind == ErrorKind::Ambiguous && !fly::is_write(call.action)) error.kind = ErrorKind::Unavailable;
        co_return failure(std::move(error), subject_of(call));
    }
    if (reply->status < 200 || reply->status > 299) co_return std::unexpected(fly::error_from(call, *reply));
    co_return reply;
}

Task<Result<void>> tell(fly::Wire& wire, fly::Call call, Body body) {
    auto reply = co_await ask(wire, std::move(call), std::move(body));
    if (!reply) co_return std::unexpected(std::move(reply.error()));
    co_return Result<void>{};
}

Task<Result<void>> tell_gone(fly::Wire& wire, fly::Call call) {
    auto told = co_await tell(wire, std::move(call), Body());
    if (!told && told.error().kind == ErrorKind::NotFound) co_return Result<void>{};
    co_return told;
}

Error unreadable(fly::Call const& call, fly::Reply const& reply) {
    auto message = subject_of(call) + ": unreadable answer";
    if (!reply.request_id.empty()) message += " (fly-request-id " + reply.request_id + ")";
    return {.kind = fly::is_write(call.action) ? ErrorKind::Ambiguous : ErrorKind::Unavailable, .message = std::move(message)};
}

}  // namespace dayfly::fly_rest
