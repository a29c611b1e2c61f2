// Counters and histograms over fixed sets of label values. Every combination exists from the start at 0, so that a rate over
// the first occurrence is right and an alert can tell "never happened" from "not measured".
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <cstddef>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace dayfly::metrics {

/// A label and all the values it takes.
struct Dimension {
    std::string name;
    std::vector<std::string> values;
};

struct About {
    std::string name;
    std::string help;
};

/// One family with a series for each combination. A value outside its set is counted as "other": wrong, but bounded and
/// visible.
template <class Metric>
class Series {
public:
    Series(prometheus::Registry& registry, About about, std::vector<Dimension> dimensions, std::vector<double> buckets = {});

    /// Values in the order of the dimensions.
    [[nodiscard]] Metric& at(std::initializer_list<std::string_view> values);

private:
    Metric& add(std::vector<std::string> const& values);

    prometheus::Family<Metric>& family_;
    std::vector<Dimension> dimensions_;
    std::vector<double> buckets_;
    std::map<std::vector<std::string>, Metric*> series_;
};

using Counters = Series<prometheus::Counter>;
using Gauges = Series<prometheus::Gauge>;
using Histograms = Series<prometheus::Histogram>;

extern template class Series<prometheus::Counter>;
extern template class Series<prometheus::Gauge>;
extern template class Series<prometheus::Histogram>;

}  // namespace dayfly::metrics
