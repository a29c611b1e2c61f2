#include "controller/fly_sim/logs.h"

#include <charconv>

#include "controller/base/time_text.h"

namespace dayfly::fly_sim {
namespace {

constexpr std::size_t lines_kept = 2'000;  ///< per app
constexpr std::size_t page_length = 100;
constexpr std::size_t longest_line = 4'096;

Json line_json(LogLine const& line) {
    return {{"id", std::to_string(line.number)},
            {"type", "log"},
            {"attributes",
             {{"timestamp", rfc3339(line.at)},
              {"message", line.message},
              {"level", line.level},
              {"instance", line.instance},
              {"region", line.region},
              {"meta",
               {{"instance", line.instance},
                {"region", line.region},
                {"event", {{"provider", "app"}}},
                {"error", {{"code", 0}, {"message", ""}}}}}}}};
}

}  // namespace

void add_log(State& state, Machine const& machine, std::string message, std::string level) {
    auto* const app = state.app(machine.app);
    if (app == nullptr || app->id != machine.app_id) return;
    if (message.size() > longest_line) message.resize(longest_line);
    app->logs.push_back({.number = ++state.log_lines,
                         .at = state.wall,
                         .message = std::move(message),
                         .level = std::move(level),
                         .instance = machine.id,
                         .region = machine.region});
    if (app->logs.size() > lines_kept) app->logs.pop_front();
}

Outcome list_logs(State& state, Exchange const& exchange) {
    auto const* const app = state.app(exchange.app);
    if (app == nullptr || !state.is_own(app->organisation)) return problem(401, "unauthorized");
    auto const region = exchange.param("region").value_or("");
    auto const instance = exchange.param("instance").value_or("");
    auto const token = exchange.param("next_token").value_or("");
    std::uint64_t after = 0;
    auto const read = std::from_chars(token.data(), token.data() + token.size(), after);
    if (!token.empty() && (read.ec != std::errc() || read.ptr != token.data() + token.size())) {
        return problem(400, "invalid next_token");
    }
    std::vector<LogLine const*> lines;
    for (auto const& line : app->logs) {
        bool const wanted = (region.empty() || region == line.region) && (instance.empty() || instance == line.instance);
        if (line.number > after && wanted) lines.push_back(&line);
    }
    if (lines.size() > page_length) {
        // Without a token the newest ones; with one, those that follow it, so that nothing is passed over.
        if (token.empty()) lines.erase(lines.begin(), lines.end() - page_length);
        lines.resize(page_length);
    }
    auto shown = Json::array();
    for (auto const* const line : lines) shown.push_back(line_json(*line));
    auto const last = lines.empty() ? after : lines.back()->number;
    return reply(200, {{"data", std::move(shown)}, {"meta", {{"next_token", std::to_string(last)}}}});
}

}  // namespace dayfly::fly_sim
