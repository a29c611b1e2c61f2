// Counters, gauges and histograms over fixed sets of label values. Every combination exists from the start at 0, so that a rate
// over the first occurrence is right and an alert can tell "never happened" from "not measured".
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/family.h"

namespace dayfly::metrics {

/// What Series<Metric> holds for one combination of label values.
class Counter {
public:
    static constexpr Type type = Type::Counter;
    void increment(std::optional<Exemplar> exemplar = std::nullopt);
    void add(double more) { value_ += more; }
    void write(Sample& sample) const;

private:
    double value_ = 0;
    std::optional<Exemplar> exemplar_;
};

class Gauge {
public:
    static constexpr Type type = Type::Gauge;
    void set(double value) { value_ = value; }
    void write(Sample& sample) const { sample.value = value_; }

private:
    double value_ = 0;
};

/// Keeps the last exemplar of each bucket.
class Histogram {
public:
    static constexpr Type type = Type::Histogram;
    /// Ascending upper bounds; the bucket without one is added.
    explicit Histogram(std::vector<double> const& bounds);
    void observe(double value, std::optional<Exemplar> exemplar = std::nullopt);
    void write(Sample& sample) const;

private:
    struct Slot {
        double upper_bound;
        std::uint64_t count = 0;
        std::optional<Exemplar> exemplar = {};
    };
    std::vector<Slot> slots_;
    double sum_ = 0;
};

/// What the catalogue sees of a family, whatever it counts.
class Collected {
public:
    explicit Collected(Description description) : description_(std::move(description)) {}
    Collected(Collected const&) = delete;
    Collected& operator=(Collected const&) = delete;
    virtual ~Collected() = default;

    [[nodiscard]] Description const& description() const { return description_; }
    [[nodiscard]] virtual Family collect() const = 0;

private:
    Description description_;
};

/// All families that were made with it, in that order. They live and die together.
using Registry = std::vector<Collected const*>;

struct About {
    std::string name;
    std::string help;
};

/// One family with a series for each combination. A value outside its set is counted as "other": wrong, but bounded and
/// visible.
template <class Metric>
class Series final : public Collected {
public:
    Series(Registry& registry, About about, std::vector<Dimension> dimensions, std::vector<double> buckets = {});

    /// Values in the order of the dimensions.
    [[nodiscard]] Metric& at(std::initializer_list<std::string_view> values);
    [[nodiscard]] Family collect() const override;

private:
    Metric& add(std::vector<std::string> values);

    std::vector<double> buckets_;
    std::map<std::vector<std::string>, Metric> series_;
};

using Counters = Series<Counter>;
using Gauges = Series<Gauge>;
using Histograms = Series<Histogram>;

extern template class Series<Counter>;
extern template class Series<Gauge>;
extern template class Series<Histogram>;

}  // namespace dayfly::metrics
