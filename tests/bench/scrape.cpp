// What a scrape costs with a whole fleet, and what is left of the fleet when it is gone.
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <stdexcept>

#include "controller/server/controller_server.h"
#include "metrics/exposition.h"
#include "tests/bench/assembly.h"
#include "tests/bench/fleet_run.h"
#include "tests/bench/preview.h"
#include "tests/bench/summary.h"

namespace dayfly::bench {
namespace {

constexpr int scrapes = 20;

/// The files go, somebody approves what the guard holds back, and Fly deletes: 100 a minute, of virtual time.
void remove_all(Assembly& assembly) {
    auto const until = [&](auto done) {
        if (!test::run_until(*assembly.context, assembly.clock, std::chrono::hours(3), done)) {
            throw std::runtime_error("the fleet does not go away");
        }
    };
    auto const began = assembly.clock.now();
    assembly.want({});
    until([&] { return assembly.controller.held().has_value(); });
    if (!assembly.controller.approve_deletes(assembly.controller.held()->verdict.id)) throw std::runtime_error("not approved");
    until([&] { return assembly.controller.environments().empty(); });
    if (assembly.cloud.count("delete_app") == 0 || !assembly.cloud.violations().empty()) {
        throw std::runtime_error("the fleet did not go as it should");
    }
    tell("  removed", fmt::format("{:.1f} min, virtual",
                                  std::chrono::duration<double, std::ratio<60>>(assembly.clock.now() - began).count()));
}

class Scraped {
public:
    explicit Scraped(Assembly& assembly)
        : catalogue_({.version = "bench", .revision = {}, .fly_actions = {"create_app"}}),
          surface_(assembly.controller, {}, catalogue_, assembly.clock, {}) {
        catalogue_.set_state_reader([&assembly] { return server::state_of(assembly.controller); });
    }

    http::Response get(http::Headers headers) {
        boost::asio::io_context context(1);
        http::Response answer;
        boost::asio::co_spawn(context, surface_.handle({.method = "GET", .target = "/metrics", .headers = std::move(headers)}),
                              [&answer](std::exception_ptr error, http::Response response) {
                                  if (error) std::rethrow_exception(error);
                                  answer = std::move(response);
                              });
        context.run();
        return answer;
    }

    std::size_t series() {
        std::size_t count = 0;
        for (auto const& family : catalogue_.collect()) count += family.samples.size();
        return count;
    }

    void measure(char const* what, http::Headers const& headers) {
        std::size_t bytes = 0;
        auto const took = times([&] { bytes = get(headers).body.size(); });
        tell(fmt::format("  {}", what), fmt::format("{}; {} KiB", text_of(summarize(took), "ms"), bytes / 1024));
    }

    /// What a scrape is made of; the rest of it is the answer's way through the server.
    void measure_parts() {
        auto const collecting = times([&] { (void)catalogue_.collect(); });
        auto const families = catalogue_.collect();
        auto const writing = times([&] { (void)metrics::write(families, metrics::Format::Text); });
        tell("  of it: state and families", text_of(summarize(collecting), "ms"));
        tell("  of it: text", text_of(summarize(writing), "ms"));
    }

private:
    static std::vector<double> times(std::function<void()> const& work) {
        // The fleet lives on virtual time; what its pictures cost is real.
        SystemClock clock;
        std::vector<double> took;
        for (int i = 0; i < scrapes; ++i) {
            auto const began = clock.now();
            work();
            took.push_back(std::chrono::duration<double, std::milli>(clock.now() - began).count());
        }
        return took;
    }

    metrics::Catalogue catalogue_;
    server::ControllerServer surface_;
};

}  // namespace

void scrape(std::size_t count, bool remove) {
    Assembly assembly({.timings = {.boot = milliseconds(300)}, .latency = milliseconds(1)});
    Scraped scraped(assembly);
    auto const base = scraped.series();
    assembly.want(previews(count));
    if (!assembly.converge()) throw std::runtime_error("not everything became ready");
    tell(fmt::format("scrape of {} environments", count), fmt::format("{} series; {} without any", scraped.series(), base));
    scraped.measure("text", {});
    scraped.measure_parts();
    http::Headers prometheus;
    prometheus.add("Accept", "application/openmetrics-text;version=1.0.0");
    scraped.measure("OpenMetrics", prometheus);
    prometheus.add("Accept-Encoding", "gzip");
    scraped.measure("OpenMetrics, packed", prometheus);

    if (!remove) return;
    remove_all(assembly);
    tell("  after all are gone", fmt::format("{} series", scraped.series()));
    if (scraped.series() != base) throw std::runtime_error("series are left behind");
}

}  // namespace dayfly::bench
