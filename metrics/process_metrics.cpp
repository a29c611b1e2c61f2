#include "metrics/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "metrics/families.h"

namespace dayfly::metrics {
namespace {

/// The fields of /proc/self/stat by their number in proc(5).
struct ProcessStat {
    double user_ticks = 0;      // 14
    double system_ticks = 0;    // 15
    double threads = 0;         // 20
    double start_ticks = 0;     // 22, after boot
    double resident_pages = 0;  // 24
};

std::optional<ProcessStat> read_stat() {
    std::ifstream file("/proc/self/stat");
    std::string line;
    if (!std::getline(file, line)) return std::nullopt;
    // The name in field 2 may hold spaces and brackets; what follows its last bracket is field 3.
    auto const name_end = line.rfind(')');
    if (name_end == std::string::npos) return std::nullopt;
    std::istringstream rest(line.substr(name_end + 1));
    std::vector<std::string> const fields(std::istream_iterator<std::string>(rest), {});
    constexpr std::size_t first = 3;
    if (fields.size() <= 24 - first) return std::nullopt;
    auto const field = [&](std::size_t index) { return std::strtod(fields[index - first].c_str(), nullptr); };
    return ProcessStat{.user_ticks = field(14),
                       .system_ticks = field(15),
                       .threads = field(20),
                       .start_ticks = field(22),
                       .resident_pages = field(24)};
}

/// Seconds since the epoch at which the machine booted.
std::optional<double> boot_time() {
    std::ifstream file("/proc/stat");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("btime ")) return std::strtod(line.c_str() + 6, nullptr);
    }
    return std::nullopt;
}

std::optional<double> open_descriptors() {
    std::error_code error;
    std::filesystem::directory_iterator entries("/proc/self/fd", error);
    if (error) return std::nullopt;
    double count = 0;
    for (std::filesystem::directory_iterator const end; entries != end; entries.increment(error)) {
        if (error) return std::nullopt;
        ++count;
    }
    // The directory being listed is one of them.
    return count - 1;
}

}  // namespace

std::vector<prometheus::MetricFamily> process_families() {
    std::vector<prometheus::MetricFamily> families;
    auto const gauge = [&](std::string name, std::string help, double value) {
        families.push_back(ReadFamily::gauge(std::move(name), std::move(help)).add(value).take());
    };
    if (auto const stat = read_stat()) {
        auto const ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
        families.push_back(ReadFamily::counter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.")
                               .add((stat->user_ticks + stat->system_ticks) / ticks)
                               .take());
        gauge("process_resident_memory_bytes", "Resident memory size in bytes.",
              stat->resident_pages * static_cast<double>(::sysconf(_SC_PAGESIZE)));
        gauge("process_threads", "Number of threads of the process.", stat->threads);
        if (auto const boot = boot_time()) {
            gauge("process_start_time_seconds", "Start time of the process since the Unix epoch in seconds.",
                  *boot + stat->start_ticks / ticks);
        }
    }
    if (auto const count = open_descriptors()) gauge("process_open_fds", "Number of open file descriptors.", *count);
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        gauge("process_max_fds", "Maximum number of open file descriptors.", static_cast<double>(limit.rlim_cur));
    }
    return families;
}

}  // namespace dayfly::metrics
