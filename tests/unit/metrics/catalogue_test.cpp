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

std::string scrape(Catalogue& catalogue) { return write(catalogue.collect(), Format::Text); }

std::string scrape(StateReading const& state, StateOptions const& options = {}) {
    return write(state_families(state, options).families, Format::Text);
}

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
    Catalogue catalogue(options());
    auto const text = scrape(catalogue);

    EXPECT_TRUE(has_line(text, R"(dayfly_build_info{version="1.2.3",revision="abc",compiler="test"} 1)"));
    EXPECT_EQ(lines_starting(text, "dayfly_reconcile_total{"), 5u * 5u);
    EXPECT_EQ(lines_starting(text, "dayfly_fly_requests_total{"), 2u * 14u);
    EXPECT_EQ(lines_starting(text, "dayfly_drift_detected_total{"), 9u);
    EXPECT_EQ(lines_starting(text, "dayfly_prune_total{"), 8u);
    EXPECT_EQ(lines_starting(text, "dayfly_deletes_held{"), 4u);
    EXPECT_EQ(lines_starting(text, "workqueue_depth{"), 3u);
    EXPECT_TRUE(has_line(text, R"(dayfly_reconcile_total{trigger="external",result="held"} 0)"));
    EXPECT_TRUE(has_line(text, R"(dayfly_converge_duration_seconds_bucket{operation="replace",le="60.0"} 0)"));
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
    EXPECT_TRUE(has_line(text, R"(dayfly_reconcile_total{trigger="spec",result="success"} 2)"));
    EXPECT_TRUE(has_line(text, R"(dayfly_reconcile_duration_seconds_sum{result="success"} 0.5)"));
    EXPECT_TRUE(has_line(text, R"(dayfly_fly_requests_total{action="create_app",code_class="2xx"} 1)"));
    EXPECT_TRUE(has_line(text, R"(dayfly_converge_duration_seconds_bucket{operation="create",le="30.0"} 0)"));
    EXPECT_TRUE(has_line(text, R"(dayfly_converge_duration_seconds_bucket{operation="create",le="45.0"} 1)"));
    EXPECT_TRUE(has_line(text, R"(workqueue_depth{name="environments",controller="dayfly",priority="-100"} 7)"));
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
    Catalogue catalogue(options());
    auto const families = catalogue.collect();
    EXPECT_TRUE(std::ranges::is_sorted(families, {}, [](Family const& family) { return family.description.name; }));
    EXPECT_GT(families.size(), 35u);
}

TEST(Catalogue, FollowsTheNamingRules) {
    Catalogue catalogue(options());
    catalogue.set_source("dir:a", {.up = true});
    catalogue.set_state_reader([] { return StateReading{.environments = {{.namespace_ = "n", .name = "e"}}}; });
    std::regex const name("(dayfly|workqueue|process)_[a-z0-9_]+");
    // Prometheus in Kubernetes sets these on every series that it scrapes.
    std::set<std::string> const of_the_scrape{"job",       "instance", "namespace", "pod",
                                              "container", "service",  "endpoint",  "node"};
    std::set<std::string> seen;
    for (auto const& [description, samples] : catalogue.collect()) {
        EXPECT_TRUE(std::regex_match(description.name, name)) << description.name;
        EXPECT_TRUE(description.help.ends_with('.')) << description.name;
        EXPECT_EQ(description.name.ends_with("_total"), description.type == Type::Counter) << description.name;
        EXPECT_TRUE(seen.insert(description.name).second) << description.name << " appears twice";
        for (auto const& label : description.labels) {
            EXPECT_FALSE(of_the_scrape.contains(label.name)) << description.name << " " << label.name;
            EXPECT_FALSE(label.values.empty() && label.meaning.empty()) << description.name << " " << label.name;
        }
        for (auto const& sample : samples) {
            ASSERT_EQ(sample.labels.size(), description.labels.size()) << description.name;
            for (std::size_t i = 0; i < sample.labels.size(); ++i) {
                EXPECT_EQ(sample.labels[i].first, description.labels[i].name) << description.name;
            }
        }
    }
}

TEST(Catalogue, TellsOfEachSource) {
    Catalogue catalogue(options());
    catalogue.set_source("dir:a", {.up = true, .valid = 3, .published = 2});
    auto const with = scrape(catalogue);
    EXPECT_TRUE(has_line(with, R"(dayfly_source_up{source="dir:a"} 1)"));
    EXPECT_TRUE(has_line(with, R"(dayfly_source_snapshots_total{source="dir:a",result="published"} 2)"));
}

std::size_t series_of(std::vector<Family> const& families) {
    std::size_t count = 0;
    for (auto const& family : families) count += family.samples.size();
    return count;
}

/// Texts that stay where they are, as those of a state do.
std::string_view numbered(std::string const& prefix, int number) {
    static std::set<std::string> texts;
    return *texts.insert(prefix + std::to_string(number)).first;
}

StateReading many(int count) {
    StateReading state;
    for (int i = 0; i < count; ++i) {
        state.environments.push_back({.namespace_ = "default",
                                      .name = numbered("env-", i),
                                      .ready = "True",
                                      .cost_per_hour = 1,
                                      .last_success = WallTime(seconds(i)),
                                      .expires = WallTime(seconds(i))});
    }
    return state;
}

TEST(Catalogue, KeepsNothingOfTenThousandEnvironmentsThatCameAndWent) {
    StateReading state;
    Catalogue catalogue(options());
    catalogue.set_state_reader([&] { return state; });
    auto const before = series_of(catalogue.collect());
    EXPECT_LT(before, 600u);

    state = many(10'000);
    EXPECT_EQ(series_of(catalogue.collect()), before + 4 * 5'000 + 1) << "bounded, and one series for all others";
    state.environments.clear();
    EXPECT_EQ(series_of(catalogue.collect()), before);
}

TEST(Catalogue, CountsTheSeriesThatItLeavesOut) {
    Catalogue catalogue(options());
    EXPECT_TRUE(has_line(scrape(catalogue), "dayfly_metrics_dropped_series_total 0"));
    catalogue.set_state_reader([] { return many(5'003); });
    EXPECT_TRUE(has_line(scrape(catalogue), "dayfly_metrics_dropped_series_total 12"));
    EXPECT_TRUE(has_line(scrape(catalogue), "dayfly_metrics_dropped_series_total 24"));
}

TEST(Catalogue, TracesAPassToItsLogLinesAndACallToFlysOwn) {
    Catalogue catalogue(options());
    WallTime const when(seconds(1'800'000'000));
    catalogue.reconciled("spec", "success", 0.2, {.id = "a1b2-7", .ended = when});
    catalogue.reconciled("spec", "success", 0.3, {});
    catalogue.converged("create", 1e9, {.id = "a1b2-8", .ended = when});
    catalogue.fly_call("create_app", "2xx", 0.02, {.id = "01J-dfw", .answered = when});
    catalogue.fly_call("list_apps", "2xx", 0.02, {.id = std::string(200, 'x'), .answered = when});
    catalogue.fly_call("list_apps", "5xx", 0.02, {.id = "has space\n", .answered = when});

    auto const text = write(catalogue.collect(), Format::OpenMetrics);
    EXPECT_TRUE(has_line(
        text, R"(dayfly_reconcile_total{trigger="spec",result="success"} 2 # {reconcile_id="a1b2-7"} 1 1800000000.000)"));
    EXPECT_TRUE(has_line(
        text,
        R"(dayfly_reconcile_duration_seconds_bucket{result="success",le="0.25"} 1 # {reconcile_id="a1b2-7"} 0.2 1800000000.000)"));
    EXPECT_TRUE(has_line(text, R"(dayfly_reconcile_duration_seconds_bucket{result="success",le="0.5"} 2)"));
    EXPECT_TRUE(has_line(
        text,
        R"(dayfly_converge_duration_seconds_bucket{operation="create",le="+Inf"} 1 # {reconcile_id="a1b2-8"} 1000000000 1800000000.000)"));
    EXPECT_TRUE(has_line(
        text,
        R"(dayfly_fly_requests_total{action="create_app",code_class="2xx"} 1 # {fly_request_id="01J-dfw"} 1 1800000000.000)"));
    EXPECT_TRUE(has_line(text, R"(dayfly_fly_requests_total{action="list_apps",code_class="2xx"} 1)"))
        << "an id that is too long";
    EXPECT_TRUE(has_line(text, R"(dayfly_fly_requests_total{action="list_apps",code_class="5xx"} 1)")) << "an id that is none";
    EXPECT_EQ(scrape(catalogue).find("reconcile_id"), std::string::npos) << "the old format knows no exemplars";
}

TEST(StateFamilies, ShowsEachEnvironmentWithItsShortRevision) {
    StateReading const state{.phases = {{"ready", 1}},
                             .owned = {{{"app", "in_use"}, 1}},
                             .environments = {{.namespace_ = "default",
                                               .name = "shop-pr-42",
                                               .app = "shop-pr-42-k7f2",
                                               .ready = "True",
                                               .reason = "Answering",
                                               .region = "dfw",
                                               .source = "dir:envs",
                                               .revision = "0123456789abcdef0123456789abcdef01234567",
                                               .cost_per_hour = 0.25,
                                               .expires = WallTime(seconds(1'800'000'000))}}};
    auto const text = scrape(state);
    std::string const who = R"({environment_namespace="default",environment_name="shop-pr-42")";
    EXPECT_TRUE(has_line(text, "dayfly_environment_info" + who +
                                   R"(,fly_app="shop-pr-42-k7f2",ready="True",reason="Answering",)"
                                   R"(suspended="false",region="dfw",source="dir:envs",revision="0123456789ab"} 1)"));
    EXPECT_TRUE(has_line(text, "dayfly_environment_expiry_timestamp_seconds" + who + "} 1800000000"));
    EXPECT_TRUE(has_line(text, "dayfly_environment_cost_dollars_per_hour" + who + "} 0.25"));
    EXPECT_EQ(text.find("last_success"), std::string::npos);
    EXPECT_TRUE(has_line(text, R"(dayfly_environments{phase="ready"} 1)"));
    EXPECT_TRUE(has_line(text, R"(dayfly_environments{phase="held"} 0)"));
    EXPECT_TRUE(has_line(text, R"(dayfly_owned_resources{kind="app",state="in_use"} 1)"));
    EXPECT_TRUE(has_line(text, R"(dayfly_owned_resources{kind="volume",state="orphan"} 0)"));
}

TEST(StateFamilies, AddsUpWhatIsSpentNowAndWhatIsSaved) {
    auto const text = scrape({.environments = {{.name = "a", .cost_per_hour = 0.5},
                                               {.name = "b", .cost_per_hour = 0.25},
                                               {.name = "c", .asleep = true, .cost_per_hour = 2}}});
    EXPECT_TRUE(has_line(text, R"(dayfly_cost_dollars_per_hour{power="awake"} 0.75)"));
    EXPECT_TRUE(has_line(text, R"(dayfly_cost_dollars_per_hour{power="asleep"} 2)"));
}

TEST(StateFamilies, KeepsThoseInTroubleAndPutsTheOthersIntoOneSeries) {
    StateReading state;
    for (int i = 0; i < 5; ++i) state.environments.push_back({.namespace_ = "n", .name = numbered("", i), .ready = "True"});
    state.environments.push_back({.namespace_ = "n", .name = "broken", .ready = "False"});

    auto const text = scrape(state, {.environments = 3});
    EXPECT_EQ(lines_starting(text, "dayfly_environment_info{"), 4u);
    EXPECT_EQ(lines_starting(text, R"(dayfly_environment_info{environment_namespace="n",environment_name="broken")"), 1u);
    EXPECT_TRUE(
        has_line(text, R"~(dayfly_environment_info{environment_namespace="",environment_name="(others)",fly_app="",ready="",)~"
                       R"~(reason="",suspended="false",region="",source="",revision=""} 3)~"));
    EXPECT_EQ(state_families(state, {.environments = 3}).dropped_series, 6u);
}

TEST(StateFamilies, ShowsTotalsOnlyWhenAskedTo) {
    auto const state = many(3);
    auto const shown = state_families(state, {.environments = 0});
    EXPECT_EQ(shown.dropped_series, 0u);
    auto const text = write(shown.families, Format::Text);
    EXPECT_EQ(text.find("dayfly_environment_"), std::string::npos);
    EXPECT_TRUE(has_line(text, R"(dayfly_cost_dollars_per_hour{power="awake"} 3)"));
}

TEST(ProcessFamilies, TellOfThisProcess) {
    Catalogue catalogue(options());
    auto const value = [&](std::string const& name) {
        for (auto const& family : catalogue.collect()) {
            if (family.description.name == name) return family.samples.at(0).value;
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
