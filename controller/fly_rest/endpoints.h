// Where Fly is: two origins, which the environment variables of Fly's own clients can move.
#pragma once

#include <string_view>

#include "controller/base/result.h"
#include "controller/http/client.h"

namespace dayfly::fly_rest {

struct Endpoints {
    http::Origin machines{.tls = true, .host = "api.machines.dev", .port = "443"};
    http::Origin graphql{.tls = true, .host = "api.fly.io", .port = "443"};
};

/// `machines_url` as in FLY_FLAPS_BASE_URL, `graphql_url` as in FLY_API_BASE_URL; empty: Fly's own. Paths are not used, as in
/// Fly's clients. InvalidInput for what is not a URL, and for http:// to another machine, which would show the token.
[[nodiscard]] Result<Endpoints> read_endpoints(std::string_view machines_url, std::string_view graphql_url);

}  // namespace dayfly::fly_rest
