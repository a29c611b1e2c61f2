// Metric families as text, in the two formats that a Prometheus asks for: its own text format 0.0.4, and OpenMetrics 1.0, which
// can also carry exemplars. (github.com/prometheus/docs, exposition formats; the OpenMetrics specification, version 1.0.0)
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "metrics/family.h"

namespace dayfly::metrics {

enum class Format { Text, OpenMetrics };

[[nodiscard]] std::string_view content_type(Format format);

/// Families in the given order; a family without a series is left out. Label values and help are escaped. The bounds of buckets
/// are written alike in both formats ("60.0"), so that a series keeps its identity whichever of them is scraped.
[[nodiscard]] std::string write(std::vector<Family> const& families, Format format);

}  // namespace dayfly::metrics
