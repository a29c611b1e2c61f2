// The Wire that ends at Fly: HTTPS with the right token for each host, the affinity cookie, and request ids.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/base/secret.h"
#include "controller/fly/wire.h"
#include "controller/fly_rest/affinity.h"
#include "controller/fly_rest/endpoints.h"
#include "controller/http/client.h"

namespace dayfly::fly_rest {

struct HttpsWireOptions {
    Endpoints endpoints = {};
    Secret token;  ///< as `fly tokens create` prints it, or comma-joined
    /// Asked after a 401, which says that nothing was done. A token that differs replaces the old one, and the call is sent
    /// once more with it, so that a token can be changed while the controller runs. Nothing, or an error: the 401 stands.
    std::function<Result<Secret>()> renewed_token = {};
    std::string user_agent = "dayfly";  ///< product and version
    http::ClientOptions client = {};    ///< for both hosts
    bool log_bodies = false;            ///< every request and answer in full at debug level, secrets masked; costly
};

/// GraphQL and logs go to the platform host, everything else to the machines host. Errors are the http client's: Unavailable or
/// Ambiguous.
class HttpsWire final : public fly::Wire {
public:
    HttpsWire(Clock& clock, Log& log, HttpsWireOptions options);

    Task<Result<fly::Reply>> exchange(fly::Call call) override;

private:
    void renew_token();
    [[nodiscard]] http::Request request_for(fly::Call const& call) const;
    [[nodiscard]] fly::Reply reply_from(fly::Call const& call, http::Response response);
    void log_request(fly::Call const& call);
    void log_reply(fly::Call const& call, fly::Reply const& reply);

    Clock& clock_;
    Log& log_;
    HttpsWireOptions options_;
    std::uint64_t token_changes_ = 0;
    http::Client machines_;
    http::Client graphql_;
    AffinityCookies cookies_;
};

}  // namespace dayfly::fly_rest
