#include "controller/fly_sim/query_metrics.h"

#include <fmt/format.h>

#include <charconv>

#include "controller/base/time_text.h"
#include "controller/fly_sim/promql.h"

namespace dayfly::fly_sim {
namespace {

Answer refused(int status, std::string const& kind, std::string const& text) {
    return reply(status, {{"status", "error"}, {"errorType", kind}, {"error", text}});
}

double unix_seconds(WallTime at) { return std::chrono::duration<double>(at.time_since_epoch()).count(); }

/// Unix seconds, perhaps with a fraction, or RFC 3339.
std::optional<WallTime> read_time(std::string const& text) {
    double number = 0;
    auto const read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return parse_rfc3339(text);
    return WallTime(std::chrono::duration_cast<WallTime::duration>(std::chrono::duration<double>(number)));
}

}  // namespace

Outcome query_metrics(State& state, Exchange const& exchange) {
    if (!state.is_own(exchange.app)) return problem(403, "unauthorized");
    auto const text = exchange.param("query").value_or("");
    auto at = state.wall;
    if (auto const time = exchange.param("time")) {
        auto const read = read_time(*time);
        if (!read) return refused(400, "bad_data", "cannot parse time");
        at = *read;
    }
    auto const query = parse_promql(text);
    if (!query) return refused(422, "422", fmt::format("error when parsing query=\"{}\": {}", text, query.error()));
    // Only what the scrapes had brought in by then is seen; the numbers still carry the time of the question.
    auto const seen_until = std::min(at, state.wall) - state.options.metrics_lag;
    auto const found = state.options.metrics_missing ? std::vector<Value>() : evaluate(**query, state.traffic, seen_until);
    auto rows = Json::array();
    for (auto const& row : found) {
        rows.push_back({{"metric", row.labels}, {"value", {unix_seconds(at), fmt::format("{}", row.value)}}});
    }
    return reply(
        200, {{"status", "success"}, {"isPartial", false}, {"data", {{"resultType", "vector"}, {"result", std::move(rows)}}}});
}

}  // namespace dayfly::fly_sim
