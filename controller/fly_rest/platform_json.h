// What Fly tells of itself: regions, placements, and who the caller is.
#pragma once

#include "controller/fly/types.h"
#include "controller/fly_rest/json_read.h"

namespace dayfly::fly_rest {

/// Each of these gives nothing for an answer that cannot be read. Keys may be in Pascal case: Fly's live answers are, its
/// document is not.
[[nodiscard]] std::optional<std::vector<fly::Region>> regions_from(Json value);
[[nodiscard]] std::optional<std::vector<fly::Placement>> placements_from(Json value);
[[nodiscard]] std::optional<std::vector<fly::TokenInfo>> tokens_from(Json value);

}  // namespace dayfly::fly_rest
