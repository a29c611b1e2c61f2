// From samples to the few numbers that a table shows.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dayfly::bench {

struct Summary {
    std::size_t count = 0;
    double least = 0;
    double p50 = 0;
    double p90 = 0;
    double p99 = 0;
    double most = 0;
};

/// Percentiles by nearest rank. Zeros for no samples.
[[nodiscard]] Summary summarize(std::vector<double> samples);
/// "p50 61.2, p90 …, p99 …, min …, max … ms (n = 200)"
[[nodiscard]] std::string text_of(Summary const& summary, std::string_view unit);
/// One result on standard output, at once.
void tell(std::string_view what, std::string const& result);

}  // namespace dayfly::bench
