// Families written down by value, for everything that is read at scrape time instead of being counted.
#pragma once

#include <prometheus/metric_family.h>

#include <string>
#include <utility>
#include <vector>

namespace dayfly::metrics {

using Label = prometheus::ClientMetric::Label;

/// A family to which samples are added one by one.
class ReadFamily {
public:
    static ReadFamily gauge(std::string name, std::string help) {
        return {prometheus::MetricType::Gauge, std::move(name), std::move(help)};
    }
    static ReadFamily counter(std::string name, std::string help) {
        return {prometheus::MetricType::Counter, std::move(name), std::move(help)};
    }

    ReadFamily& add(double value, std::vector<Label> labels = {}) {
        auto& metric = family_.metric.emplace_back();
        metric.label = std::move(labels);
        (family_.type == prometheus::MetricType::Gauge ? metric.gauge.value : metric.counter.value) = value;
        return *this;
    }

    [[nodiscard]] prometheus::MetricFamily take() { return std::move(family_); }

private:
    ReadFamily(prometheus::MetricType type, std::string name, std::string help) {
        family_.type = type;
        family_.name = std::move(name);
        family_.help = std::move(help);
    }

    prometheus::MetricFamily family_;
};

}  // namespace dayfly::metrics
