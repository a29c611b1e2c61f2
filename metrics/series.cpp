#include "metrics/series.h"

#include <algorithm>
#include <limits>
#include <type_traits>
#include <utility>

namespace dayfly::metrics {

void Counter::increment(std::optional<Exemplar> exemplar) {
    value_ += 1;
    if (exemplar) exemplar_ = std::move(exemplar);
}

void Counter::write(Sample& sample) const {
    sample.value = value_;
    sample.exemplar = exemplar_;
}

Histogram::Histogram(std::vector<double> const& bounds) {
    for (double const bound : bounds) slots_.push_back({.upper_bound = bound});
    slots_.push_back({.upper_bound = std::numeric_limits<double>::infinity()});
}

void Histogram::observe(double value, std::optional<Exemplar> exemplar) {
    auto const slot = std::ranges::find_if(slots_, [value](Slot const& s) { return value <= s.upper_bound; });
    // Not a number fits nowhere, and would spoil the sum for good.
    if (slot == slots_.end()) return;
    sum_ += value;
    ++slot->count;
    if (exemplar) slot->exemplar = std::move(exemplar);
}

void Histogram::write(Sample& sample) const {
    sample.value = sum_;
    std::uint64_t so_far = 0;
    for (auto const& slot : slots_) {
        so_far += slot.count;
        sample.buckets.push_back({.upper_bound = slot.upper_bound, .cumulative_count = so_far, .exemplar = slot.exemplar});
    }
}

template <class Metric>
Series<Metric>::Series(Registry& registry, About about, std::vector<Dimension> dimensions, std::vector<double> buckets)
    : Collected({.type = Metric::type,
                 .name = std::move(about.name),
                 .help = std::move(about.help),
                 .labels = std::move(dimensions)}),
      buckets_(std::move(buckets)) {
    std::vector<std::vector<std::string>> combinations{{}};
    for (auto const& dimension : description().labels) {
        std::vector<std::vector<std::string>> longer;
        for (auto const& combination : combinations) {
            for (auto const& value : dimension.values) {
                longer.push_back(combination);
                longer.back().push_back(value);
            }
        }
        combinations = std::move(longer);
    }
    for (auto& combination : combinations) add(std::move(combination));
    registry.push_back(this);
}

template <class Metric>
Metric& Series<Metric>::at(std::initializer_list<std::string_view> values) {
    auto const& dimensions = description().labels;
    std::vector<std::string> known;
    auto dimension = dimensions.begin();
    for (auto const value : values) {
        bool const listed =
            dimension != dimensions.end() && std::ranges::find(dimension->values, value) != dimension->values.end();
        known.emplace_back(listed ? value : "other");
        if (dimension != dimensions.end()) ++dimension;
    }
    known.resize(dimensions.size(), "other");
    auto const found = series_.find(known);
    return found == series_.end() ? add(std::move(known)) : found->second;
}

template <class Metric>
Metric& Series<Metric>::add(std::vector<std::string> values) {
    if constexpr (std::is_same_v<Metric, Histogram>) {
        return series_.try_emplace(std::move(values), buckets_).first->second;
    } else {
        return series_.try_emplace(std::move(values)).first->second;
    }
}

template <class Metric>
Family Series<Metric>::collect() const {
    Family family{.description = description()};
    family.samples.reserve(series_.size());
    for (auto const& [values, metric] : series_) {
        auto& sample = family.samples.emplace_back();
        for (std::size_t i = 0; i < values.size(); ++i) sample.labels.emplace_back(description().labels[i].name, values[i]);
        metric.write(sample);
    }
    return family;
}

template class Series<Counter>;
template class Series<Gauge>;
template class Series<Histogram>;

}  // namespace dayfly::metrics
