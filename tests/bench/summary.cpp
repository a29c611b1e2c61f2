// See summary.h.
#include "tests/bench/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace dayfly::bench {

Summary summarize(std::vector<double> samples) {
    if (samples.empty()) return {};
    std::ranges::sort(samples);
    auto const at = [&samples](double share) {
        auto const rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(samples.size())));
        return samples[std::max<std::size_t>(rank, 1) - 1];
    };
    return {.count = samples.size(),
            .least = samples.front(),
            .p50 = at(0.50),
            .p90 = at(0.90),
            .p99 = at(0.99),
            .most = samples.back()};
}

std::string text_of(Summary const& summary, std::string_view unit) {
    return fmt::format("p50 {:.2f}, p90 {:.2f}, p99 {:.2f}, min {:.2f}, max {:.2f} {} (n = {})", summary.p50, summary.p90,
                       summary.p99, summary.least, summary.most, unit, summary.count);
}

void tell(std::string_view what, std::string const& result) {
    fmt::print("{:<36} {}\n", what, result);
    std::fflush(stdout);
}

}  // namespace dayfly::bench
