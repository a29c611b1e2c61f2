// Reads the two base URLs.
#include "controller/fly_rest/endpoints.h"

namespace dayfly::fly_rest {
namespace {

/// The Machines API inside an organisation's own network, whose tunnels encrypt. Source: Fly docs, "Working with the Machines
/// API".
constexpr std::string_view private_host = "_api.internal";

Result<http::Origin> read_origin(std::string_view name, std::string_view url, http::Origin fallback) {
    if (url.empty()) return fallback;
    auto parsed = http::parse_url(url);
    if (!parsed) return failure(std::move(parsed.error()), name);
    if (!parsed->origin.tls && !http::is_loopback(parsed->origin.host) && parsed->origin.host != private_host) {
        return failure(ErrorKind::InvalidInput,
                       std::string(name) + ": http:// is accepted for this machine and Fly's private " +
                           std::string(private_host) + " only; the token would be readable on its way");
    }
    return parsed->origin;
}

}  // namespace

Result<Endpoints> read_endpoints(std::string_view machines_url, std::string_view graphql_url) {
    Endpoints const standard;
    auto machines = read_origin("FLY_FLAPS_BASE_URL", machines_url, standard.machines);
    if (!machines) return std::unexpected(std::move(machines.error()));
    auto graphql = read_origin("FLY_API_BASE_URL", graphql_url, standard.graphql);
    if (!graphql) return std::unexpected(std::move(graphql.error()));
    return Endpoints{.machines = std::move(*machines), .graphql = std::move(*graphql)};
}

}  // namespace dayfly::fly_rest
