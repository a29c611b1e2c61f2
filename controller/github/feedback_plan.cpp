#include "controller/github/feedback_plan.h"

#include <fmt/format.h>

#include <algorithm>

namespace dayfly::github {
namespace {

using Phase = Report::Phase;

constexpr std::size_t longest_description = 140;

std::string_view deployment_state(Phase phase) {
    switch (phase) {
        case Phase::Held: return "held";
        case Phase::InProgress: return "in_progress";
        case Phase::Success: return "success";
        case Phase::Failure: return "failure";
        case Phase::Removed: break;
    }
    return "inactive";
}

std::string_view status_state(Phase phase) {
    return phase == Phase::Success ? "success" : phase == Phase::Failure ? "failure" : "pending";
}

/// The second line of a comment, hidden like the first: what it says, for whoever reads it back.
std::string state_line(Report const& report) {
    return fmt::format("<!-- {} {} -->", report.commit, deployment_state(report.phase));
}

/// A begun commit is not begun again: what was told of its end stands until there is something else to tell.
bool has_ended(std::string_view state) { return state == "success" || state == "failure" || state == "error"; }

bool is_active(KnownDeployment const& deployment) { return deployment.state != "inactive"; }

KnownDeployment with_state(KnownDeployment const& deployment, std::string_view state) {
    return {.commit = deployment.commit, .state = std::string(state)};
}

std::string heading(Report const& report) {
    switch (report.phase) {
        case Phase::Held:
            return report.reason == "ForkNotApproved" ? "waits for approval: the commit comes from a fork"
                                                      : "is not made: the commit comes from a fork, and forks are not run here";
        case Phase::InProgress: return "is being built";
        case Phase::Success: return "is ready";
        case Phase::Failure: return "failed";
        case Phase::Removed: break;
    }
    return "was removed";
}

std::string comment_text(Report const& report) {
    auto text = fmt::format("{}\n{}\nPreview **{}** {}.\n\n| | |\n|---|---|\n| Commit | {} |", comment_marker(report.identity),
                            state_line(report), report.name, heading(report), report.commit);
    if (!report.url.empty() && report.phase != Phase::Removed) text += fmt::format("\n| URL | {} |", report.url);
    if (report.phase == Phase::Held && report.reason == "ForkNotApproved")
        text += fmt::format("\n| To run it | read the commit, then `dayfly approve {} --sha {}` |", report.name, report.commit);
    if (report.phase == Phase::Failure) text += fmt::format("\n| Reason | {} |", report.reason);
    if (!report.log_url.empty() && report.phase != Phase::Removed) text += fmt::format("\n| Details | {} |", report.log_url);
    return text;
}

}  // namespace

std::string comment_marker(std::string const& identity) { return fmt::format("<!-- dayfly {} -->", identity); }

std::string description_of(Report const& report) {
    auto text = fmt::format("Preview {} {}", report.name, heading(report));
    if (report.phase == Phase::Failure) text += ": " + report.reason;
    return text.substr(0, longest_description);
}

std::string title_of(Report const& report) { return ("Preview " + report.name).substr(0, longest_description); }

std::vector<DeploymentCall> deployment_calls(Report const& report, KnownDeployments const& known) {
    std::vector<DeploymentCall> calls;
    if (report.phase == Phase::Held) return calls;
    auto const retire = [&](std::int64_t but) {
        for (auto const& [id, deployment] : known) {
            if (id != but && is_active(deployment))
                calls.emplace_back(SetDeploymentStatus{.deployment = id, .wanted = with_state(deployment, "inactive")});
        }
    };
    if (report.phase == Phase::Removed) {
        retire(0);
        return calls;
    }
    auto const newest =
        std::find_if(known.rbegin(), known.rend(), [&](auto const& entry) { return entry.second.commit == report.commit; });
    if (newest == known.rend()) return {CreateDeployment{}};
    auto const& [id, deployment] = *newest;
    KnownDeployment wanted{.commit = report.commit,
                           .state = std::string(deployment_state(report.phase)),
                           .url = report.phase == Phase::Success ? report.url : std::string(),
                           .log_url = report.log_url,
                           .description = description_of(report)};
    bool const begins_again = report.phase == Phase::InProgress && has_ended(deployment.state);
    if (wanted != deployment && !begins_again)
        calls.emplace_back(SetDeploymentStatus{.deployment = id, .wanted = std::move(wanted)});
    // Transient deployments are not retired by GitHub itself. The old commit runs until the new one does.
    if (report.phase == Phase::Success) retire(id);
    return calls;
}

std::optional<KnownStatus> status_call(Report const& report, std::optional<KnownStatus> const& known) {
    if (report.phase == Phase::Removed) return std::nullopt;
    if (report.phase == Phase::InProgress && known && has_ended(known->state)) return std::nullopt;
    KnownStatus wanted{.state = std::string(status_state(report.phase)),
                       .url = report.phase == Phase::Success ? report.url : report.log_url,
                       .description = description_of(report)};
    if (known == wanted) return std::nullopt;
    return wanted;
}

std::optional<std::string> comment_call(Report const& report, std::optional<std::string> const& known) {
    if (!known && report.phase == Phase::Removed) return std::nullopt;
    if (known && report.phase == Phase::InProgress) {
        for (auto const* ended : {"success", "failure"}) {
            if (known->find(fmt::format("<!-- {} {} -->", report.commit, ended)) != std::string::npos) return std::nullopt;
        }
    }
    auto wanted = comment_text(report);
    if (known == wanted) return std::nullopt;
    return wanted;
}

}  // namespace dayfly::github
