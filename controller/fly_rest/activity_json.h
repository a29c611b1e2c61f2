// Answers of Prometheus' HTTP API, which Fly's metrics speak.
#pragma once

#include <optional>

#include "controller/fly/activity.h"
#include "controller/fly_rest/json_read.h"

namespace dayfly::fly_rest {

/// An instant vector with the label `app`. Nothing for anything that is not a whole one: an answer that is marked as partial or
/// as an error, of another type, or with a value that is not a number of at least 0. Rows without the label are passed over.
[[nodiscard]] std::optional<fly::NumberByApp> numbers_by_app_from(Json answer);

}  // namespace dayfly::fly_rest
