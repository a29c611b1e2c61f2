#include "metrics/exposition.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <iterator>

namespace dayfly::metrics {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

std::string_view type_name(MetricType type) {
    switch (type) {
        case MetricType::Counter: return "counter";
        case MetricType::Gauge: return "gauge";
        case MetricType::Summary: return "summary";
        case MetricType::Histogram: return "histogram";
        case MetricType::Untyped: return "untyped";
    }
    return "untyped";
}

/// The shortest text that reads back as the same number.
std::string number(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    // Counts and timestamps stay readable: no exponent as long as every digit is exact.
    if (value == std::trunc(value) && std::fabs(value) < 1e15) return fmt::format("{}", static_cast<std::int64_t>(value));
    return fmt::format("{}", value);
}

void append_escaped(std::string& out, std::string_view text, bool quotes) {
    for (char const c : text) {
        if (c == '\\') {
            out += "\\\\";
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '"' && quotes) {
            out += "\\\"";
        } else {
            out += c;
        }
    }
}

/// Appends sample lines of one family.
class Lines {
public:
    Lines(std::string& out, MetricFamily const& family) : out_(out), family_(family) {}

    void head() {
        out_ += "# HELP " + family_.name + " ";
        append_escaped(out_, family_.help, false);
        fmt::format_to(std::back_inserter(out_), "\n# TYPE {} {}\n", family_.name, type_name(family_.type));
    }

    void series(ClientMetric const& metric) {
        switch (family_.type) {
            case MetricType::Counter: sample("", metric, number(metric.counter.value)); break;
            case MetricType::Gauge: sample("", metric, number(metric.gauge.value)); break;
            case MetricType::Untyped: sample("", metric, number(metric.untyped.value)); break;
            case MetricType::Summary: summary(metric); break;
            case MetricType::Histogram: histogram(metric); break;
        }
    }

private:
    void sample(std::string_view suffix, ClientMetric const& metric, std::string const& value,
                std::string_view extra_label = {}, std::string const& extra_value = {}) {
        out_ += family_.name;
        out_ += suffix;
        char separator = '{';
        auto const label = [&](std::string_view name, std::string_view text) {
            out_ += separator;
            out_ += name;
            out_ += "=\"";
            append_escaped(out_, text, true);
            out_ += '"';
            separator = ',';
        };
        for (auto const& [name, text] : metric.label) label(name, text);
        if (!extra_label.empty()) label(extra_label, extra_value);
        if (separator == ',') out_ += '}';
        out_ += ' ' + value;
        if (metric.timestamp_ms != 0) out_ += ' ' + std::to_string(metric.timestamp_ms);
        out_ += '\n';
    }

    void summary(ClientMetric const& metric) {
        for (auto const& quantile : metric.summary.quantile) {
            sample("", metric, number(quantile.value), "quantile", number(quantile.quantile));
        }
        sample("_sum", metric, number(metric.summary.sample_sum));
        sample("_count", metric, std::to_string(metric.summary.sample_count));
    }

    void histogram(ClientMetric const& metric) {
        bool has_last = false;
        for (auto const& bucket : metric.histogram.bucket) {
            sample("_bucket", metric, std::to_string(bucket.cumulative_count), "le", number(bucket.upper_bound));
            has_last = std::isinf(bucket.upper_bound);
        }
        // The format requires the bucket without an upper bound.
        if (!has_last) sample("_bucket", metric, std::to_string(metric.histogram.sample_count), "le", "+Inf");
        sample("_sum", metric, number(metric.histogram.sample_sum));
        sample("_count", metric, std::to_string(metric.histogram.sample_count));
    }

    std::string& out_;
    MetricFamily const& family_;
};

}  // namespace

std::string write_text(std::vector<MetricFamily> const& families) {
    std::string out;
    for (auto const& family : families) {
        if (family.metric.empty()) continue;
        Lines lines(out, family);
        lines.head();
        for (auto const& metric : family.metric) lines.series(metric);
    }
    return out;
}

}  // namespace dayfly::metrics
