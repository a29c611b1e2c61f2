// What the kernel knows of this process, under the names that every Prometheus client library uses; read at scrape time.
#pragma once

#include <prometheus/metric_family.h>

#include <vector>

namespace dayfly::metrics {

/// process_cpu_seconds_total, process_resident_memory_bytes, process_open_fds, process_max_fds, process_start_time_seconds and
/// process_threads; what cannot be read is left out.
[[nodiscard]] std::vector<prometheus::MetricFamily> process_families();

}  // namespace dayfly::metrics
