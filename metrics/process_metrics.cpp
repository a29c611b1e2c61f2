#include "metrics/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

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

/// Bytes that the control group of a container allows (cgroup v2, then v1); nothing without a limit.
std::optional<double> memory_limit() {
    for (auto const* path : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
        std::ifstream file(path);
        std::uint64_t bytes = 0;
        // "max" is no number; version 1 says "no limit" with the largest one that fits a page.
        constexpr std::uint64_t unlimited = std::uint64_t{1} << 62;
        if (file >> bytes && bytes < unlimited) return static_cast<double>(bytes);
    }
    return std::nullopt;
}

Family value(Type type, std::string name, std::string help, std::optional<double> read) {
    Family family{.description = {.type = type, .name = std::move(name), .help = std::move(help)}};
    if (read) family.add(*read);
    return family;
}

}  // namespace

std::vector<Family> process_families() {
    auto const stat = read_stat();
    auto const boot = boot_time();
    auto const ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    auto const from_stat = [&stat](auto read) { return stat ? std::optional<double>(read(*stat)) : std::nullopt; };
    rlimit limit{};
    auto const max_descriptors =
        ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? std::optional<double>(static_cast<double>(limit.rlim_cur)) : std::nullopt;
    return {
        value(Type::Counter, "process_cpu_seconds_total", "Total user and system CPU time spent in seconds.",
              from_stat([&](ProcessStat const& s) { return (s.user_ticks + s.system_ticks) / ticks; })),
        value(Type::Gauge, "process_resident_memory_bytes", "Resident memory size in bytes.",
              from_stat([](ProcessStat const& s) { return s.resident_pages * static_cast<double>(::sysconf(_SC_PAGESIZE)); })),
        value(Type::Gauge, "process_threads", "Number of threads of the process.",
              from_stat([](ProcessStat const& s) { return s.threads; })),
        value(Type::Gauge, "process_start_time_seconds", "Start time of the process since the Unix epoch in seconds.",
              stat && boot ? std::optional<double>(*boot + stat->start_ticks / ticks) : std::nullopt),
        value(Type::Gauge, "process_open_fds", "Number of open file descriptors.", open_descriptors()),
        value(Type::Gauge, "process_max_fds", "Maximum number of open file descriptors.", max_descriptors),
        value(Type::Gauge, "dayfly_memory_limit_bytes", "Memory that the control group allows; absent without a limit.",
              memory_limit()),
    };
}

}  // namespace dayfly::metrics
