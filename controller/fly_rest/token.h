// Fly's tokens and the Authorization header they need, which differs by host.
#pragma once

#include "controller/base/secret.h"

namespace dayfly::fly_rest {

enum class Host { Machines, GraphQl };

/// The header's value. Tokens starting fm2_, fm1r_ or fm1a_ are macaroons and go as "FlyV1 a,b"; all others as "Bearer a,b".
/// The machines host refuses a mixture, so it gets the macaroons alone; GraphQL gets both. A scheme word in front of the token,
/// as `fly tokens create` prints it, is understood. Empty when no usable token is in it.
[[nodiscard]] Secret authorization_for(Secret const& token, Host host);

}  // namespace dayfly::fly_rest
