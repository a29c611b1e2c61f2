// What the kernel knows of this process, under the names that every Prometheus client library uses; read at scrape time.
#pragma once

#include <vector>

#include "metrics/family.h"

namespace dayfly::metrics {

/// process_cpu_seconds_total, process_resident_memory_bytes, process_open_fds, process_max_fds, process_start_time_seconds,
/// process_threads, and the memory limit of the control group; a family whose value cannot be read has no series.
[[nodiscard]] std::vector<Family> process_families();

}  // namespace dayfly::metrics
