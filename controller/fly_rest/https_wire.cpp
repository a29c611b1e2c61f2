// Turns calls into HTTP requests and responses into replies.
#include "controller/fly_rest/https_wire.h"

#include <algorithm>
#include <cctype>

#include "controller/fly_rest/mask_body.h"
#include "controller/fly_rest/token.h"
#include "controller/http/retry_after.h"

namespace dayfly::fly_rest {
namespace {

bool is_set_cookie(std::string_view name) {
    return std::ranges::equal(name, std::string_view("set-cookie"),
                              [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
}

}  // namespace

HttpsWire::HttpsWire(Clock& clock, Log& log, HttpsWireOptions options)
    : clock_(clock),
      log_(log),
      options_(std::move(options)),
      machines_(clock, options_.endpoints.machines, options_.client),
      graphql_(clock, options_.endpoints.graphql, options_.client) {}

Task<Result<fly::Reply>> HttpsWire::exchange(fly::Call call) {
    bool const full_log = options_.log_bodies && log_.enabled(LogLevel::Debug);
    if (full_log) log_request(call);
    auto& client = fly::is_at_platform_host(call.action) ? graphql_ : machines_;
    auto const sent_with = token_changes_;
    auto response = co_await client.send(request_for(call), call.limit);
    if (response && response->status == 401) {
        // Another call may have renewed the token while this one was under way.
        if (sent_with == token_changes_) renew_token();
        if (sent_with != token_changes_) response = co_await client.send(request_for(call), call.limit);
    }
    if (!response) co_return std::unexpected(std::move(response.error()));
    auto reply = reply_from(call, std::move(*response));
    if (full_log) log_reply(call, reply);
    co_return reply;
}

void HttpsWire::renew_token() {
    if (!options_.renewed_token) return;
    auto renewed = options_.renewed_token();
    // A file that is being written may be empty for a moment.
    if (!renewed || *renewed == options_.token || authorization_for(*renewed, Host::Machines).empty()) return;
    options_.token = std::move(*renewed);
    ++token_changes_;
    log_.info("fly token changed", {});
}

http::Request HttpsWire::request_for(fly::Call const& call) const {
    auto const host = fly::is_at_platform_host(call.action) ? Host::GraphQl : Host::Machines;
    http::Request request{.method = call.method, .target = call.target, .body = call.body};
    if (auto const authorization = authorization_for(options_.token, host); !authorization.empty()) {
        request.headers.add("Authorization", authorization.reveal());
    }
    request.headers.add("User-Agent", options_.user_agent);
    request.headers.add("Accept", "application/json");
    if (!call.body.empty()) request.headers.add("Content-Type", "application/json");
    if (!call.lease_nonce.empty()) request.headers.add("fly-machine-lease-nonce", call.lease_nonce);
    if (host == Host::Machines) {
        if (auto cookie = cookies_.header_for(call.app); !cookie.empty()) request.headers.add("Cookie", std::move(cookie));
    }
    return request;
}

fly::Reply HttpsWire::reply_from(fly::Call const& call, http::Response response) {
    fly::Reply reply{.status = response.status, .body = std::move(response.body)};
    if (auto const* id = response.headers.find("fly-request-id")) reply.request_id = *id;
    reply.retry_after = http::retry_after(response.headers, clock_.wall());
    for (auto const& [name, value] : response.headers.fields) {
        if (is_set_cookie(name)) cookies_.remember(call.app, value);
    }
    return reply;
}

void HttpsWire::log_request(fly::Call const& call) {
    log_.debug("fly request", {{"action", std::string(to_string(call.action))},
                               {"method", call.method},
                               {"target", call.target},
                               {"body", mask_body(call.body)}});
}

void HttpsWire::log_reply(fly::Call const& call, fly::Reply const& reply) {
    log_.debug("fly answer",
               {{"action", std::string(to_string(call.action))},
                {"status", std::to_string(reply.status)},
                {"request_id", reply.request_id},
                // An error about secrets may repeat one in the middle of a sentence.
                {"body", call.action == fly::Action::UpdateSecrets && reply.status >= 400 ? "***" : mask_body(reply.body)}});
}

}  // namespace dayfly::fly_rest
