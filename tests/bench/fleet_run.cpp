// Benchmarks of whole fleets: fleet_run [MEASUREMENT...]; without one, all that fit into ten minutes.
#include <cstdio>
#include <exception>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/bench/fleet_run.h"

int main(int count, char** arguments) {
    using namespace dayfly::bench;
    using std::chrono::seconds;
    std::map<std::string, std::function<void()>> const measurements{
        {"create", [] { create_in_virtual_time(1000, 64); }},
        {"create-10000", [] { create_in_virtual_time(10'000, 64); }},
        {"create-real", [] { create_in_real_time(1000); }},
        {"hook", [] { hook(120); }},
        {"reaction", [] { reaction(1000, 200); }},
        {"scrape", [] { scrape(10'000, false); }},
        {"scrape-and-remove", [] { scrape(10'000, true); }},
        {"steady", [] { steady_state(1000, seconds(120)); }},
        {"steady-10000", [] { steady_state(10'000, seconds(120)); }},
    };
    std::vector<std::string> wanted(arguments + 1, arguments + count);
    if (wanted.empty()) wanted = {"create", "create-real", "reaction", "scrape", "steady"};
    for (auto const& name : wanted) {
        auto const found = measurements.find(name);
        if (found == measurements.end()) {
            std::fprintf(stderr, "fleet_run: there is no measurement %s; there are:", name.c_str());
            for (auto const& [known, run] : measurements) std::fprintf(stderr, " %s", known.c_str());
            std::fprintf(stderr, "\n");
            return 2;
        }
        try {
            found->second();
        } catch (std::exception const& error) {
            std::fprintf(stderr, "fleet_run: %s: %s\n", name.c_str(), error.what());
            return 1;
        }
    }
    return 0;
}
