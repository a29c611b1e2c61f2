// The reference of all metrics as Markdown: docs/metrics.md is its output.
#pragma once

#include <string>
#include <vector>

#include "metrics/family.h"

namespace dayfly::metrics {

[[nodiscard]] std::string document(std::vector<Family> const& families);

}  // namespace dayfly::metrics
