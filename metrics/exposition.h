// Metric families as text: the Prometheus text format 0.0.4. prometheus-cpp brings a writer inside a server of its own; this
// one is plain text for the server the program already has.
#pragma once

#include <prometheus/metric_family.h>

#include <string>
#include <string_view>
#include <vector>

namespace dayfly::metrics {

inline constexpr std::string_view text_content_type = "text/plain; version=0.0.4; charset=utf-8";

/// Families in the given order; a family without a series is left out. Label values and help are escaped.
[[nodiscard]] std::string write_text(std::vector<prometheus::MetricFamily> const& families);

}  // namespace dayfly::metrics
