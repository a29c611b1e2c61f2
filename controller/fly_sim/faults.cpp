#include "controller/fly_sim/faults.h"

#include <fmt/format.h>

#include <algorithm>

namespace dayfly::fly_sim {
namespace {

constexpr std::pair<std::string_view, FaultKind> kinds[] = {
    {"latency", FaultKind::Latency},
    {"status", FaultKind::Status},
    {"status_after", FaultKind::StatusAfter},
    {"drop", FaultKind::Drop},
    {"drop_after", FaultKind::DropAfter},
    {"refuse", FaultKind::Refuse},
    {"truncate", FaultKind::Truncate},
    {"html_bad_gateway", FaultKind::HtmlBadGateway},
    {"html_bad_gateway_after", FaultKind::HtmlBadGatewayAfter},
    {"rate_limited", FaultKind::RateLimited},
    {"unauthorised", FaultKind::Unauthorised},
    {"empty_list", FaultKind::EmptyList},
    {"error_regions", FaultKind::ErrorRegions},
    {"short_pages", FaultKind::ShortPages},
};

std::regex pattern(std::string const& path) {
    // The one place where a foreign exception is expected: a caller's regular expression may be broken.
    try {
        return std::regex(path, std::regex::ECMAScript | std::regex::optimize);
    } catch (std::regex_error const&) {
        static std::regex const special(R"([.^$|()\[\]{}*+?\\])");
        return std::regex(std::regex_replace(path, special, R"(\$&)"));
    }
}

}  // namespace

std::expected<Fault, std::string> read_fault(Json const& rule) {
    if (!rule.is_object()) return std::unexpected("a fault is an object");
    Fault fault;
    for (auto const& [name, value] : rule.items()) {
        auto const wrong = [&] { return std::unexpected(fmt::format("{}: wrong type", name)); };
        if (name == "kind") {
            auto const found = std::ranges::find(kinds, value.is_string() ? value.get<std::string>() : "",
                                                 [](auto const& kind) { return kind.first; });
            if (found == std::end(kinds)) return std::unexpected(fmt::format("kind: unknown {}", value.dump()));
            fault.kind = found->second;
        } else if (name == "action" || name == "method" || name == "path" || name == "body") {
            if (!value.is_string()) return wrong();
            (name == "action"   ? fault.action
             : name == "method" ? fault.method
             : name == "path"   ? fault.path
                                : fault.body) = value;
        } else if (name == "skip" || name == "count" || name == "status") {
            if (!value.is_number_integer()) return wrong();
            (name == "skip" ? fault.skip : name == "count" ? fault.count : fault.status) = value;
        } else if (name == "latency_ms") {
            if (!value.is_number_integer() || value < 0) return wrong();
            fault.latency = milliseconds(value.get<std::int64_t>());
        } else if (name == "probability") {
            if (!value.is_number()) return wrong();
            fault.probability = value;
        } else if (name == "regions") {
            if (!value.is_array()) return wrong();
            for (auto const& region : value) {
                if (!region.is_string()) return wrong();
                fault.regions.push_back(region);
            }
        } else {
            return std::unexpected(fmt::format("unknown field {}", name));
        }
    }
    return fault;
}

std::uint64_t Faults::add(Fault fault) {
    auto path = pattern(fault.path);
    rules_.emplace(++numbers_, Rule{std::move(fault), std::move(path)});
    return numbers_;
}

std::uint64_t Faults::struck(std::uint64_t number) const {
    auto const found = strikes_.find(number);
    return found == strikes_.end() ? 0 : found->second;
}

std::vector<Fault> Faults::strike(std::string_view action, bool write, std::string_view method, std::string const& path) {
    std::vector<Fault> struck;
    for (auto& [number, rule] : rules_) {
        auto& fault = rule.fault;
        auto const named = fault.action.empty() || fault.action == action || (fault.action == "write" && write) ||
                           (fault.action == "read" && !write);
        if (!named || (!fault.method.empty() && fault.method != method)) continue;
        if (!fault.path.empty() && !std::regex_search(path, rule.path)) continue;
        if (fault.count == 0) continue;
        if (fault.skip > 0) {
            --fault.skip;
            continue;
        }
        if (fault.probability < 1 && random_.uniform() >= fault.probability) continue;
        if (fault.count > 0) --fault.count;
        ++strikes_[number];
        struck.push_back(fault);
    }
    return struck;
}

}  // namespace dayfly::fly_sim
