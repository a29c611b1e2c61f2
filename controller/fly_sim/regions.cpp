#include "controller/fly_sim/regions.h"

#include <algorithm>

#include "controller/fly_sim/exchange.h"

namespace dayfly::fly_sim {
namespace {

constexpr RegionRow table[] = {
    {"ams", "Amsterdam, Netherlands", 52.374342, 4.895439, true, "europe"},
    {"arn", "Stockholm, Sweden", 59.6512, 17.9178, true, "europe"},
    {"bom", "Mumbai, India", 19.097403, 72.874245, true, "asia_pacific"},
    {"cdg", "Paris, France", 48.860875, 2.353477, true, "europe"},
    {"dfw", "Dallas, Texas (US)", 32.778287, -96.7984, true, "north_america"},
    {"ewr", "Secaucus, NJ (US)", 40.789543, -74.05653, true, "north_america"},
    {"fra", "Frankfurt, Germany", 50.1167, 8.6833, true, "europe"},
    {"gru", "Sao Paulo, Brazil", -23.549664, -46.654351, false, "south_america"},
    {"iad", "Ashburn, Virginia (US)", 39.02214, -77.462556, true, "north_america"},
    {"jnb", "Johannesburg, South Africa", -26.13629, 28.20298, false, "africa"},
    {"lax", "Los Angeles, California (US)", 33.9416, -118.4085, true, "north_america"},
    {"lhr", "London, United Kingdom", 51.516434, -0.125656, true, "europe"},
    {"nrt", "Tokyo, Japan", 35.621613, 139.741859, true, "asia_pacific"},
    {"ord", "Chicago, Illinois (US)", 41.891544, -87.630386, true, "north_america"},
    {"sin", "Singapore, Singapore", 1.3, 103.8, true, "asia_pacific"},
    {"sjc", "San Jose, California (US)", 37.351602, -121.896744, true, "north_america"},
    {"syd", "Sydney, Australia", -33.866033, 151.215672, true, "asia_pacific"},
    {"yyz", "Toronto, Canada", 43.644628, -79.369446, true, "north_america"},
};

constexpr std::size_t hosts_per_region = 4;

std::string_view geo_of_alias(std::string_view alias) {
    if (alias == "apac") return "asia_pacific";
    if (alias == "eu") return "europe";
    if (alias == "na") return "north_america";
    if (alias == "sa") return "south_america";
    return {};
}

void add(std::vector<std::string>& codes, std::string_view code) {
    if (std::ranges::find(codes, code) == codes.end()) codes.emplace_back(code);
}

}  // namespace

std::span<RegionRow const> regions() { return table; }

bool is_region(std::string_view code) { return std::ranges::find(table, code, &RegionRow::code) != std::end(table); }

std::expected<std::vector<std::string>, std::string> expand_regions(State const& state, std::string_view preference) {
    std::vector<std::string> codes;
    auto const parts = split(preference, ',');
    if (parts.empty()) return std::vector{state.options.nearest_region};
    for (auto const& part : parts) {
        if (is_region(part)) {
            add(codes, part);
            continue;
        }
        auto const geo = geo_of_alias(part);
        if (geo.empty() && part != "any" && part != "us" && part != "usa") return std::unexpected(part);
        for (auto const& row : table) {
            auto const wanted = part == "any" ? true
                                : geo.empty() ? row.geo == "north_america" && row.code != "yyz"
                                              : row.geo == geo;
            if (wanted) add(codes, row.code);
        }
    }
    return codes;
}

std::string pick_host(State& state, std::string const& region) {
    auto& hosts = state.hosts[region];
    while (hosts.size() < hosts_per_region) hosts.push_back(region + "-" + state.ids.host());
    auto const first = state.ids.random().below(hosts.size());
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        auto const& host = hosts[(first + i) % hosts.size()];
        if (!state.full_hosts.contains(host)) return host;
    }
    return {};
}

}  // namespace dayfly::fly_sim
