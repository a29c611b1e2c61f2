// The text that Prometheus reads, against the rules of its two formats.
#include "metrics/exposition.h"

#include <gtest/gtest.h>

#include <limits>

namespace dayfly::metrics {
namespace {

Family counter(std::string name, std::string help) {
    return {.description = {.type = Type::Counter, .name = std::move(name), .help = std::move(help)}};
}
Family gauge(std::string name, std::string help) {
    return {.description = {.type = Type::Gauge, .name = std::move(name), .help = std::move(help)}};
}

TEST(Exposition, WritesHelpTypeAndSeries) {
    std::vector<Family> const families{counter("jobs_total", "Jobs done.")
                                           .add(3, {{"kind", "fast"}, {"queue", "a"}})
                                           .add(0, {{"kind", "slow"}, {"queue", "a"}}),
                                       gauge("open", "Open now.").add(1.5)};

    EXPECT_EQ(write(families, Format::Text),
              "# HELP jobs_total Jobs done.\n"
              "# TYPE jobs_total counter\n"
              "jobs_total{kind=\"fast\",queue=\"a\"} 3\n"
              "jobs_total{kind=\"slow\",queue=\"a\"} 0\n"
              "# HELP open Open now.\n"
              "# TYPE open gauge\n"
              "open 1.5\n");
}

TEST(Exposition, NamesTheFamilyWithoutTotalAndEndsWithEofInOpenMetrics) {
    EXPECT_EQ(write({counter("cpu_seconds_total", "CPU.").add(3)}, Format::OpenMetrics),
              "# HELP cpu_seconds CPU.\n"
              "# TYPE cpu_seconds counter\n"
              "# UNIT cpu_seconds seconds\n"
              "cpu_seconds_total 3\n"
              "# EOF\n");
    EXPECT_EQ(write({}, Format::OpenMetrics), "# EOF\n");
}

TEST(Exposition, EscapesBackslashNewlineAndQuoteInLabelsAndQuotesOfHelpInOpenMetricsOnly) {
    std::vector<Family> const families{gauge("g", "a \\ b\nc \"d\"").add(1, {{"l", "a \\ b\nc \"d\""}})};

    EXPECT_EQ(write(families, Format::Text),
              "# HELP g a \\\\ b\\nc \"d\"\n"
              "# TYPE g gauge\n"
              "g{l=\"a \\\\ b\\nc \\\"d\\\"\"} 1\n");
    EXPECT_TRUE(write(families, Format::OpenMetrics).starts_with("# HELP g a \\\\ b\\nc \\\"d\\\"\n"));
}

TEST(Exposition, ReplacesWhatIsNotUtf8) {
    auto const label_of = [](std::string text) {
        auto const all = write({gauge("g", "h").add(1, {{"l", std::move(text)}})}, Format::Text);
        auto const begin = all.find("{l=\"") + 4;
        return all.substr(begin, all.rfind("\"}") - begin);
    };
    EXPECT_EQ(label_of("Zürich ✓ 😀"), "Zürich ✓ 😀");
    EXPECT_EQ(label_of("a\xFFz"), "a\uFFFDz");
    EXPECT_EQ(label_of("\xC3"), "\uFFFD") << "cut off";
    EXPECT_EQ(label_of("\xC0\xAF"), "\uFFFD\uFFFD") << "an overlong slash";
    EXPECT_EQ(label_of("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD") << "half of a surrogate pair";
    EXPECT_EQ(label_of("\xF4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD") << "beyond the last character";
}

TEST(Exposition, WritesNumbersThatReadBackTheSame) {
    auto const value_line = [](double value) {
        auto const text = write({gauge("g", "h").add(value)}, Format::Text);
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

TEST(Exposition, WritesBoundsAlikeInBothFormatsAndExemplarsInOne) {
    Family const family{
        .description = {.type = Type::Histogram, .name = "took_seconds", .help = "h"},
        .samples = {{.labels = {{"op", "x"}},
                     .value = 7.25,
                     .buckets = {{.upper_bound = 0.5, .cumulative_count = 1},
                                 {.upper_bound = 1,
                                  .cumulative_count = 2,
                                  .exemplar = Exemplar{.label = {"reconcile_id", "a-1"},
                                                       .value = 0.75,
                                                       .at = WallTime(std::chrono::milliseconds(1'500))}},
                                 {.upper_bound = std::numeric_limits<double>::infinity(), .cumulative_count = 3}}}}};
    EXPECT_EQ(write({family}, Format::Text),
              "# HELP took_seconds h\n"
              "# TYPE took_seconds histogram\n"
              "took_seconds_bucket{op=\"x\",le=\"0.5\"} 1\n"
              "took_seconds_bucket{op=\"x\",le=\"1.0\"} 2\n"
              "took_seconds_bucket{op=\"x\",le=\"+Inf\"} 3\n"
              "took_seconds_sum{op=\"x\"} 7.25\n"
              "took_seconds_count{op=\"x\"} 3\n");
    EXPECT_EQ(write({family}, Format::OpenMetrics),
              "# HELP took_seconds h\n"
              "# TYPE took_seconds histogram\n"
              "# UNIT took_seconds seconds\n"
              "took_seconds_bucket{op=\"x\",le=\"0.5\"} 1\n"
              "took_seconds_bucket{op=\"x\",le=\"1.0\"} 2 # {reconcile_id=\"a-1\"} 0.75 1.500\n"
              "took_seconds_bucket{op=\"x\",le=\"+Inf\"} 3\n"
              "took_seconds_sum{op=\"x\"} 7.25\n"
              "took_seconds_count{op=\"x\"} 3\n"
              "# EOF\n");
}

TEST(Exposition, LeavesOutFamiliesWithoutSeries) { EXPECT_EQ(write({gauge("g", "h")}, Format::Text), ""); }

}  // namespace
}  // namespace dayfly::metrics
