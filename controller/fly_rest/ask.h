// One question to Fly: a call goes out, a success is read, everything else becomes an Error. The one place where this room
// sends anything.
#pragma once

#include <optional>
#include <utility>

#include "controller/fly/wire.h"
#include "controller/fly_rest/json_read.h"
#include "controller/fly_rest/json_write.h"

namespace dayfly::fly_rest {

/// The reply to `call` with `body` (null: none) when its status is a success; otherwise the Error for it, or for the failure on
/// the way. InvalidConfig, without sending anything, for text that is not UTF-8.
Task<Result<fly::Reply>> ask(fly::Wire& wire, fly::Call call, Body body);

/// ask() for calls whose answer tells nothing but success.
Task<Result<void>> tell(fly::Wire& wire, fly::Call call, Body body);

/// tell() for deletions: what is not there is deleted.
Task<Result<void>> tell_gone(fly::Wire& wire, fly::Call call);

/// "create_machine shop/abc: unreadable answer": Unavailable for a read; Ambiguous for a write, which did happen but whose
/// outcome has to be looked at.
[[nodiscard]] Error unreadable(fly::Call const& call, fly::Reply const& reply);

/// ask(), and then `read` on the answer's JSON; unreadable() when that gives nothing.
template <class T>
Task<Result<T>> ask_for(fly::Wire& wire, fly::Call call, Body body, std::optional<T> (*read)(Json)) {
    auto reply = co_await ask(wire, call, std::move(body));
    if (!reply) co_return std::unexpected(std::move(reply.error()));
    auto const json = Document::parse(reply->body);
    auto value = json ? read(json->root()) : std::nullopt;
    if (!value) co_return std::unexpected(unreadable(call, *reply));
    co_return std::move(*value);
}

}  // namespace dayfly::fly_rest
