// The text that Prometheus reads, against its format's own rules.
#include "metrics/exposition.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "metrics/families.h"

namespace dayfly::metrics {
namespace {

TEST(Exposition, WritesHelpTypeAndSeries) {
    auto const text = write_text({ReadFamily::counter("jobs_total", "Jobs done.")
                                      .add(3, {{"kind", "fast"}, {"queue", "a"}})
                                      .add(0, {{"kind", "slow"}, {"queue", "a"}})
                                      .take(),
                                  ReadFamily::gauge("open", "Open now.").add(1.5).take()});

    EXPECT_EQ(text,
              "# HELP jobs_total Jobs done.\n"
              "# TYPE jobs_total counter\n"
              "jobs_total{kind=\"fast\",queue=\"a\"} 3\n"
              "jobs_total{kind=\"slow\",queue=\"a\"} 0\n"
              "# HELP open Open now.\n"
              "# TYPE open gauge\n"
              "open 1.5\n");
}

TEST(Exposition, EscapesBackslashNewlineAndQuoteInLabelsButNoQuoteInHelp) {
    auto const text = write_text({ReadFamily::gauge("g", "a \\ b\nc \"d\"").add(1, {{"l", "a \\ b\nc \"d\""}}).take()});

    EXPECT_EQ(text,
              "# HELP g a \\\\ b\\nc \"d\"\n"
              "# TYPE g gauge\n"
              "g{l=\"a \\\\ b\\nc \\\"d\\\"\"} 1\n");
}

TEST(Exposition, WritesNumbersThatReadBackTheSame) {
    auto const value_line = [](double value) {
        auto const text = write_text({ReadFamily::gauge("g", "h").add(value).take()});
        return text.substr(text.rfind("g "));
    };
    EXPECT_EQ(value_line(0), "g 0\n");
    EXPECT_EQ(value_line(-2), "g -2\n");
    EXPECT_EQ(value_line(0.1), "g 0.1\n");
    EXPECT_EQ(value_line(1'793'491'200), "g 1793491200\n");
    EXPECT_EQ(value_line(1'793'491'200.25), "g 1793491200.25\n");
    EXPECT_EQ(value_line(1e300), "g 1e+300\n");
    EXPECT_EQ(value_line(std::numeric_limits<double>::infinity()), "g +Inf\n");
    EXPECT_EQ(value_line(-std::numeric_limits<double>::infinity()), "g -Inf\n");
    EXPECT_EQ(value_line(std::numeric_limits<double>::quiet_NaN()), "g NaN\n");
}

TEST(Exposition, WritesHistogramWithTheBucketWithoutBound) {
    prometheus::MetricFamily family;
    family.name = "took_seconds";
    family.help = "h";
    family.type = prometheus::MetricType::Histogram;
    auto& metric = family.metric.emplace_back();
    metric.label = {{"op", "x"}};
    metric.histogram.sample_count = 3;
    metric.histogram.sample_sum = 7.25;
    metric.histogram.bucket = {{.cumulative_count = 1, .upper_bound = 0.5}, {.cumulative_count = 2, .upper_bound = 1}};

    EXPECT_EQ(write_text({family}),
              "# HELP took_seconds h\n"
              "# TYPE took_seconds histogram\n"
              "took_seconds_bucket{op=\"x\",le=\"0.5\"} 1\n"
              "took_seconds_bucket{op=\"x\",le=\"1\"} 2\n"
              "took_seconds_bucket{op=\"x\",le=\"+Inf\"} 3\n"
              "took_seconds_sum{op=\"x\"} 7.25\n"
              "took_seconds_count{op=\"x\"} 3\n");
}

TEST(Exposition, LeavesOutFamiliesWithoutSeries) { EXPECT_EQ(write_text({ReadFamily::gauge("g", "h").take()}), ""); }

}  // namespace
}  // namespace dayfly::metrics
