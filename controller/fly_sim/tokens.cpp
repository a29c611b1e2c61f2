#include "controller/fly_sim/tokens.h"

#include <algorithm>

#include "controller/fly_sim/exchange.h"
#include "controller/fly_sim/routes.h"

namespace dayfly::fly_sim {
namespace {

/// "Bearer T", "FlyV1 T" and "Bearer FlyV1 T" are all accepted; empty without any.
std::string token_of(Exchange const& exchange) {
    auto token = exchange.header("authorization");
    for (std::string_view const scheme : {"Bearer ", "FlyV1 "}) {
        if (token.starts_with(scheme)) token.erase(0, scheme.size());
    }
    return token;
}

bool is_macaroon(std::string_view token) {
    return token.starts_with("fm2_") || token.starts_with("fm1r_") || token.starts_with("fm1a_");
}

bool is_mixed(std::string const& token) {
    auto const parts = split(token, ',');
    auto const macaroons = std::ranges::count_if(parts, is_macaroon);
    return macaroons != 0 && macaroons != std::ssize(parts);
}

}  // namespace

Answer token_error() { return problem(401, "Authenticate: token validation error"); }

std::optional<Answer> refuse_token(CloudOptions const& options, Exchange const& exchange, Route const& route) {
    if (route.action == "list_regions") return std::nullopt;
    auto const token = token_of(exchange);
    if (token.empty() || (route.pattern.starts_with("v1/") && is_mixed(token))) return token_error();
    return options.token.empty() || token == options.token ? std::nullopt : std::optional(token_error());
}

}  // namespace dayfly::fly_sim
