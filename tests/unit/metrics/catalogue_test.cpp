// What a scrape shows: everything from the start, and nothing of what is gone.
#include "metrics/catalogue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "metrics/exposition.h"
#include "metrics/state_families.h"

namespace dayfly::metrics {
namespace {

using std::chrono::seconds;

CatalogueOptions options() {
    return {.version = "1.2.3", .revision = "abc", .compiler = "test", .fly_actions = {"create_app", "list_apps"}};
}

std::string scrape(Catalogue const& catalogue) { return write_text(catalogue.collect()); }

bool has_line(std::string const& text, std::string const& line) {
    return text.starts_with(line + "\n") || text.find("\n" + line + "\n") != std::string::npos;
}

std::size_t lines_starting(std::string const& text, std::string const& start) {
    std::istringstream stream(text);
    std::size_t count = 0;
    for (std::string line; std::getline(stream, line);) count += line.starts_with(start) ? 1 : 0;
    return count;
}

TEST(Catalogue, ShowsEveryCombinationAtZeroFromTheStart) {
    Catalogue const catalogue(options());
    auto const text = scrape(catalogue);

    EXPECT_TRUE(has_line(text, R"(dayfly_build_info{compiler="test",revision="abc",version="1.2.3"} 1)"));
    EXPECT_EQ(lines_starting(text, "dayfly_reconcile_total{"), 6u * 5u);
    EXPECT_EQ(lines_starting(text, "dayfly_fly_requests_total{"), 2u * 14u);
    EXPECT_EQ(lines_starting(text, "dayfly_drift_detected_total{"), 9u);
    EXPECT_EQ(lines_starting(text, "dayfly_prune_total{"), 10u);
    EXPECT_EQ(lines_starting(text, "dayfly_deletes_held{"), 4u);
    EXPECT_EQ(lines_starting(text, "workqueue_depth{"), 3u);
    EXPECT_TRUE(has_line(text, R"(dayfly_reconcile_total{result="held",trigger="external"} 0)"));
    EXPECT_TRUE(has_line(text, R"(dayfly_converge_duration_seconds_bucket{operation="replace",le="60"} 0)"));
    EXPECT_TRUE(has_line(text, R"(dayfly_converge_duration_seconds_count{operation="replace"} 0)"));
    EXPECT_TRUE(has_line(text, "dayfly_reconcile_panics_total 0"));
}

TEST(Catalogue, CountsWhatItIsTold) {
    Catalogue catalogue(options());
    catalogue.reconciled("spec", "success", 0.2);
    catalogue.reconciled("spec", "success", 0.3);
    catalogue.fly_call("create_app", code_class(201), 0.4);
    catalogue.converged("create", 31);
    catalogue.queue_depth(-100, 7);
    catalogue.deletes_held("mass_delete", 12);
    catalogue.fly_snapshot("apps", WallTime(seconds(1'800'000'000)));

    auto const text = scrape(catalogue);
    EXPECT_TRUE(has_line(text, R"(dayfly_reconcile_total{result="success",trigger="spec"} 2)"));
    EXPECT_TRUE(has_line(text, R"(dayfly_reconcile_duration_seconds_sum{result="success"} 0.5)"));
    EXPECT_TRUE(has_line(text, R"(dayfly_fly_requests_total{action="create_app",code_class="2xx"} 1)"));
    EXPECT_TRUE(has_line(text, R"(dayfly_converge_duration_seconds_bucket{operation="create",le="30"} 0)"));
    EXPECT_TRUE(has_line(text, R"(dayfly_converge_duration_seconds_bucket{operation="create",le="45"} 1)"));
    EXPECT_TRUE(has_line(text, R"(workqueue_depth{controller="dayfly",name="environments",priority="-100"} 7)"));
    EXPECT_TRUE(has_line(text, R"(dayfly_deletes_held{reason="mass_delete"} 12)"));
    EXPECT_TRUE(has_line(text, R"(dayfly_fly_snapshot_timestamp_seconds{kind="apps"} 1800000000)"));
}

TEST(Catalogue, CountsUnknownLabelValuesAsOtherAndInOneSeries) {
    Catalogue catalogue(options());
    auto const before = scrape(catalogue);
    for (int i = 0; i < 100; ++i) catalogue.fly_retried("reason-" + std::to_string(i));

    auto const text = scrape(catalogue);
    EXPECT_TRUE(has_line(text, R"(dayfly_fly_retries_total{reason="other"} 100)"));
    EXPECT_EQ(lines_starting(text, "dayfly_fly_retries_total{"), lines_starting(before, "dayfly_fly_retries_total{") + 1);
}

TEST(Catalogue, SortsFamiliesAndSeriesSoThatEqualStatesGiveEqualText) {
    Catalogue const catalogue(options());
    auto const families = catalogue.collect();
    EXPECT_TRUE(std::ranges::is_sorted(families, {}, &prometheus::MetricFamily::name));
    EXPECT_GT(families.size(), 35u);
}

TEST(Catalogue, FollowsTheNamingRules) {
    Catalogue catalogue(options());
    catalogue.set_source("dir:a", {.up = true});
    catalogue.set_state_collector([] { return state_families({.environments = {{.namespace_ = "n", .name = "e"}}}); });
    std::regex const name("(dayfly|workqueue|process)_[a-z0-9_]+");
    std::set<std::string> seen;
    for (auto const& family : catalogue.collect()) {
        EXPECT_TRUE(std::regex_match(family.name, name)) << family.name;
        EXPECT_FALSE(family.help.empty()) << family.name;
        EXPECT_EQ(family.name.ends_with("_total"), family.type == prometheus::MetricType::Counter) << family.name;
        EXPECT_TRUE(seen.insert(family.name).second) << family.name << " appears twice";
    }
}

TEST(Catalogue, ForgetsARemovedSource) {
    Catalogue catalogue(options());
    catalogue.set_source("dir:a", {.up = true, .valid = 3, .published = 2});
    auto const with = scrape(catalogue);
    EXPECT_TRUE(has_line(with, R"(dayfly_source_up{source="dir:a"} 1)"));
    EXPECT_TRUE(has_line(with, R"(dayfly_source_snapshots_total{source="dir:a",result="published"} 2)"));

    catalogue.remove_source("dir:a");
    EXPECT_EQ(scrape(catalogue).find("dir:a"), std::string::npos);
}

TEST(Catalogue, KeepsNothingOfTenThousandEnvironmentsThatCameAndWent) {
    StateReading state;
    Catalogue catalogue(options());
    catalogue.set_state_collector([&] { return state_families(state, {.max_environments = 20'000}); });
    auto const series = [&] {
        std::size_t count = 0;
        for (auto const& family : catalogue.collect()) count += family.metric.size();
        return count;
    };
    auto const before = series();
    for (int i = 0; i < 10'000; ++i) {
        state.environments.push_back({.namespace_ = "default",
                                      .name = "env-" + std::to_string(i),
                                      .ready = "True",
                                      .last_success = WallTime(seconds(i)),
                                      .expires = WallTime(seconds(i))});
    }
    EXPECT_EQ(series(), before + 30'000);
    state.environments.clear();
    EXPECT_EQ(series(), before);
}

TEST(StateFamilies, ShowsEachEnvironmentWithItsShortRevision) {
    StateReading const state{.phases = {{"ready", 1}},
                             .owned = {{{"app", "in_use"}, 1}},
                             .environments = {{.namespace_ = "default",
                                               .name = "shop-pr-42",
                                               .ready = "True",
                                               .reason = "Answering",
                                               .region = "dfw",
                                               .source = "dir:envs",
                                               .revision = "0123456789abcdef0123456789abcdef01234567",
                                               .expires = WallTime(seconds(1'800'000'000))}}};
    auto const text = write_text(state_families(state));
    EXPECT_TRUE(has_line(text,
                         R"(dayfly_environment_info{namespace="default",name="shop-pr-42",ready="True",reason="Answering",)"
                         R"(suspended="false",region="dfw",source="dir:envs",revision="0123456789ab"} 1)"));
    EXPECT_TRUE(
        has_line(text, R"(dayfly_environment_expiry_timestamp_seconds{namespace="default",name="shop-pr-42"} 1800000000)"));
    EXPECT_EQ(text.find("last_success"), std::string::npos);
    EXPECT_TRUE(has_line(text, R"(dayfly_environments{phase="ready"} 1)"));
    EXPECT_TRUE(has_line(text, R"(dayfly_environments{phase="held"} 0)"));
    EXPECT_TRUE(has_line(text, R"(dayfly_owned_resources{kind="volume",state="orphan"} 0)"));
}

TEST(StateFamilies, CountsTheEnvironmentsBeyondTheLimit) {
    StateReading state;
    for (int i = 0; i < 5; ++i) state.environments.push_back({.namespace_ = "n", .name = std::to_string(i)});
    auto const text = write_text(state_families(state, {.max_environments = 3}));
    EXPECT_EQ(lines_starting(text, "dayfly_environment_info{"), 3u);
    EXPECT_TRUE(has_line(text, "dayfly_metrics_dropped_series 2"));
}

TEST(ProcessFamilies, TellOfThisProcess) {
    Catalogue const catalogue(options());
    auto const value = [&](std::string const& name) {
        for (auto const& family : catalogue.collect()) {
            if (family.name == name) {
                auto const& metric = family.metric.front();
                return family.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value;
            }
        }
        ADD_FAILURE() << name << " is missing";
        return 0.0;
    };
    auto const now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    EXPECT_GT(value("process_resident_memory_bytes"), 1e6);
    EXPECT_LT(value("process_resident_memory_bytes"), 1e10);
    EXPECT_GE(value("process_threads"), 1);
    EXPECT_GE(value("process_open_fds"), 3);
    EXPECT_GE(value("process_max_fds"), value("process_open_fds"));
    EXPECT_GE(value("process_cpu_seconds_total"), 0);
    EXPECT_LT(now - value("process_start_time_seconds"), 3600);
    EXPECT_GT(now - value("process_start_time_seconds"), -2);
}

TEST(CodeClass, NamesTheStatusesThatNeedSomethingOfTheirOwn) {
    EXPECT_EQ(code_class(200), "2xx");
    EXPECT_EQ(code_class(304), "3xx");
    EXPECT_EQ(code_class(429), "429");
    EXPECT_EQ(code_class(400), "4xx");
    EXPECT_EQ(code_class(503), "5xx");
    EXPECT_EQ(code_class(0), "5xx");
}

}  // namespace
}  // namespace dayfly::metrics
