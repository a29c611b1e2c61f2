#include "controller/fly_sim/traffic.h"

#include <algorithm>

namespace dayfly::fly_sim {
namespace {

// Fly's managed Prometheus keeps about 15 days. Source: Fly docs, Metrics on Fly.io.
constexpr std::chrono::hours kept{15 * 24};
constexpr std::size_t most_samples = 20'000;

std::string key_of(std::string const& name, std::map<std::string, std::string> const& labels) {
    auto key = name;
    for (auto const& [label, value] : labels) key += "\n" + label + "=" + value;
    return key;
}

}  // namespace

std::optional<double> Series::at(WallTime when) const {
    auto const after = std::ranges::upper_bound(samples, when, {}, &Sample::at);
    return after == samples.begin() ? std::nullopt : std::optional(std::prev(after)->value);
}

Series& Traffic::series_of(std::string const& name, std::map<std::string, std::string> labels) {
    return series_.try_emplace(key_of(name, labels), Series{.name = name, .labels = std::move(labels)}).first->second;
}

void Traffic::put(Series& series, double value, WallTime at) {
    auto& samples = series.samples;
    if (!samples.empty() && samples.back().at >= at) {
        samples.back().value = value;
    } else {
        samples.push_back({.at = at, .value = value});
    }
    // The oldest one left stands for all that was before it.
    while (samples.size() > most_samples || (samples.size() > 1 && samples[1].at < at - kept)) samples.pop_front();
}

void Traffic::count_response(std::string const& app, int status, WallTime at, int requests) {
    auto& series = series_of("fly_edge_http_responses_count", {{"app", app}, {"status", std::to_string(status)}});
    put(series, (series.samples.empty() ? 0 : series.samples.back().value) + requests, at);
}

void Traffic::set_concurrency(std::string const& app, std::string const& machine, double requests, WallTime at) {
    put(series_of("fly_app_concurrency", {{"app", app}, {"instance", machine}}), requests, at);
}

void Traffic::change_concurrency(std::string const& app, std::string const& machine, double by, WallTime at) {
    auto& series = series_of("fly_app_concurrency", {{"app", app}, {"instance", machine}});
    put(series, std::max(0.0, (series.samples.empty() ? 0 : series.samples.back().value) + by), at);
}

void Traffic::set_up(std::string const& app, std::string const& machine, bool up, WallTime at) {
    auto& series = series_of("fly_instance_up", {{"app", app}, {"instance", machine}});
    if (series.samples.empty() || series.samples.back().value != (up ? 1.0 : 0.0)) put(series, up ? 1 : 0, at);
}

double Traffic::concurrency(std::string const& app, std::string const& machine) const {
    auto const found = series_.find(key_of("fly_app_concurrency", {{"app", app}, {"instance", machine}}));
    return found == series_.end() ? 0 : found->second.samples.back().value;
}

bool Traffic::answered_after(std::string const& app, WallTime since) const {
    return std::ranges::any_of(series_, [&](auto const& entry) {
        auto const& series = entry.second;
        return series.name == "fly_edge_http_responses_count" && series.labels.at("app") == app &&
               series.samples.back().at > since;
    });
}

void Traffic::forget(std::string const& app) {
    std::erase_if(series_, [&](auto const& entry) { return entry.second.labels.at("app") == app; });
}

}  // namespace dayfly::fly_sim
