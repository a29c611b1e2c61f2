#include "metrics/series.h"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace dayfly::metrics {
namespace {

template <class Metric>
auto builder() {
    if constexpr (std::is_same_v<Metric, prometheus::Counter>) return prometheus::BuildCounter();
    if constexpr (std::is_same_v<Metric, prometheus::Gauge>) return prometheus::BuildGauge();
    if constexpr (std::is_same_v<Metric, prometheus::Histogram>) return prometheus::BuildHistogram();
}

}  // namespace

template <class Metric>
Series<Metric>::Series(prometheus::Registry& registry, About about, std::vector<Dimension> dimensions,
                       std::vector<double> buckets)
    : family_(builder<Metric>().Name(about.name).Help(about.help).Register(registry)),
      dimensions_(std::move(dimensions)),
      buckets_(std::move(buckets)) {
    std::vector<std::vector<std::string>> combinations{{}};
    for (auto const& dimension : dimensions_) {
        std::vector<std::vector<std::string>> longer;
        for (auto const& combination : combinations) {
            for (auto const& value : dimension.values) {
                longer.push_back(combination);
                longer.back().push_back(value);
            }
        }
        combinations = std::move(longer);
    }
    for (auto const& combination : combinations) add(combination);
}

template <class Metric>
Metric& Series<Metric>::at(std::initializer_list<std::string_view> values) {
    std::vector<std::string> known;
    auto dimension = dimensions_.begin();
    for (auto const value : values) {
        bool const listed =
            dimension != dimensions_.end() && std::ranges::find(dimension->values, value) != dimension->values.end();
        known.emplace_back(listed ? value : "other");
        if (dimension != dimensions_.end()) ++dimension;
    }
    known.resize(dimensions_.size(), "other");
    auto const found = series_.find(known);
    return found == series_.end() ? add(known) : *found->second;
}

template <class Metric>
Metric& Series<Metric>::add(std::vector<std::string> const& values) {
    prometheus::Labels labels;
    for (std::size_t i = 0; i < values.size(); ++i) labels.emplace(dimensions_[i].name, values[i]);
    Metric* metric = nullptr;
    if constexpr (std::is_same_v<Metric, prometheus::Histogram>) {
        metric = &family_.Add(labels, buckets_);
    } else {
        metric = &family_.Add(labels);
    }
    series_.emplace(values, metric);
    return *metric;
}

template class Series<prometheus::Counter>;
template class Series<prometheus::Gauge>;
template class Series<prometheus::Histogram>;

}  // namespace dayfly::metrics
