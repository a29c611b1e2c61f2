// What Fly's metrics know of the requests to apps: counters and gauges over time, bounded in age and number.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/base/clock.h"

namespace dayfly::fly_sim {

/// One series: a name, labels, and its values since it began. Between two of them it keeps the earlier one, as a counter or
/// gauge that is scraped every few seconds does.
struct Series {
    struct Sample {
        WallTime at{};
        double value = 0;
    };
    std::string name;
    std::map<std::string, std::string> labels;
    std::deque<Sample> samples = {};  ///< oldest first, never empty

    /// Its value at a moment; nothing before it began.
    [[nodiscard]] std::optional<double> at(WallTime when) const;
};

class Traffic {
public:
    /// fly_edge_http_responses_count{app,status}.
    void count_response(std::string const& app, int status, WallTime at, int requests = 1);
    /// fly_app_concurrency{app,instance}.
    void set_concurrency(std::string const& app, std::string const& machine, double requests, WallTime at);
    void change_concurrency(std::string const& app, std::string const& machine, double by, WallTime at);
    /// fly_instance_up{app,instance}, from its first start on.
    void set_up(std::string const& app, std::string const& machine, bool up, WallTime at);
    /// Requests in flight at a machine.
    [[nodiscard]] double concurrency(std::string const& app, std::string const& machine) const;
    /// Whether the app answered any request after `since`.
    [[nodiscard]] bool answered_after(std::string const& app, WallTime since) const;
    /// The app is gone; an app of the same name begins anew.
    void forget(std::string const& app);

    [[nodiscard]] std::map<std::string, Series> const& series() const { return series_; }

private:
    Series& series_of(std::string const& name, std::map<std::string, std::string> labels);
    static void put(Series& series, double value, WallTime at);

    std::map<std::string, Series> series_;  ///< by name and labels as one text
};

}  // namespace dayfly::fly_sim
