// Fly's answers become an Error here and nowhere else.
#pragma once

#include "controller/base/result.h"
#include "controller/fly/wire.h"

namespace dayfly::fly {

/// The Error for a reply whose status is not a success. By status and text, after the bodies observed at Fly (docs/fly.md).
/// For writes, 408, 500, 502 and 504 mean Ambiguous; for reads Unavailable.
[[nodiscard]] Error error_from(Call const& call, Reply const& reply);

}  // namespace dayfly::fly
