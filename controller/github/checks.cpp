#include "controller/github/checks.h"

#include <fmt/format.h>

#include <algorithm>

namespace dayfly::github {
namespace {

constexpr int max_pages = 10;

/// GitHub counts skipped and neutral as success, for its own required checks too.
Check::State state_of_run(Json const& run) {
    if (text_at(run, "status") != "completed") return Check::State::Pending;
    auto const conclusion = text_at(run, "conclusion");
    bool const passed = conclusion == "success" || conclusion == "neutral" || conclusion == "skipped";
    return passed ? Check::State::Passed : Check::State::Failed;
}

Check::State state_of_status(Json const& status) {
    auto const state = text_at(status, "state");
    return state == "success" ? Check::State::Passed : state == "pending" ? Check::State::Pending : Check::State::Failed;
}

bool wants(std::vector<std::string> const& names, std::string const& name) {
    return std::ranges::find(names, name) != names.end();
}

/// The members of `list` in all pages of answers that are objects.
Task<Result<std::vector<Json>>> read_list(Client& client, std::string repository, std::string target, char const* list) {
    std::vector<Json> items;
    auto const doing = fmt::format("GET {}", target);
    for (int page = 0; !target.empty(); ++page) {
        if (page == max_pages) co_return failure(ErrorKind::Unavailable, doing + ": there is more than can be read");
        auto const answer = co_await client.get(repository, target);
        if (!answer) co_return std::unexpected(answer.error());
        auto const json = parse_json(answer->body);
        auto const& found = json ? member(*json, list) : Json();
        if (!found.is_array()) co_return failure(ErrorKind::Unavailable, doing + ": the answer is not what was asked for");
        std::ranges::copy(found, std::back_inserter(items));
        target = answer->next;
    }
    co_return items;
}

}  // namespace

Task<Result<std::vector<Check>>> read_checks(Client& client, std::string repository, std::string commit,
                                             std::vector<std::string> names) {
    auto const base = fmt::format("/repos/{}/commits/{}", repository, commit);
    auto const runs = co_await read_list(client, repository, base + "/check-runs?per_page=100", "check_runs");
    if (!runs) co_return std::unexpected(runs.error());
    std::vector<Check> checks;
    for (auto const& run : *runs) {
        if (auto name = text_at(run, "name"); wants(names, name))
            checks.push_back({.name = std::move(name), .state = state_of_run(run)});
    }
    bool const all_are_runs = std::ranges::all_of(
        names, [&](auto const& name) { return std::ranges::find(checks, name, &Check::name) != checks.end(); });
    if (all_are_runs) co_return checks;
    // The combined view has the newest status of each context.
    auto const statuses = co_await read_list(client, repository, base + "/status?per_page=100", "statuses");
    if (!statuses) co_return std::unexpected(statuses.error());
    for (auto const& status : *statuses) {
        if (auto name = text_at(status, "context"); wants(names, name))
            checks.push_back({.name = std::move(name), .state = state_of_status(status)});
    }
    co_return checks;
}

CheckVerdict judge_checks(std::vector<std::string> const& names, std::vector<Check> const& checks) {
    CheckVerdict verdict{.state = Check::State::Passed};
    for (auto const& name : names) {
        bool seen = false;
        auto state = Check::State::Passed;
        for (auto const& check : checks) {
            if (check.name != name) continue;
            seen = true;
            if (check.state == Check::State::Failed) state = Check::State::Failed;
            if (check.state == Check::State::Pending && state == Check::State::Passed) state = Check::State::Pending;
        }
        if (!seen) state = Check::State::Pending;
        if (state == Check::State::Failed) return {.state = state, .message = fmt::format("check {} failed", name)};
        if (state == Check::State::Pending && verdict.state == Check::State::Passed) {
            verdict = {.state = state, .message = fmt::format("check {} {}", name, seen ? "has not ended" : "has not begun")};
        }
    }
    return verdict;
}

}  // namespace dayfly::github
