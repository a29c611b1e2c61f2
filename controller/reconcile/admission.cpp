#include "controller/reconcile/admission.h"

#include <fmt/format.h>

#include <utility>

namespace dayfly::reconcile {

Admission::Admission(Followed const& followed, Approvals const& approvals, ForkPolicy policy, ChecksOf checks_of)
    : followed_(followed), approvals_(approvals), policy_(policy), checks_of_(std::move(checks_of)) {}

Task<std::optional<Hold>> Admission::admit(FollowedEnvironment environment, github::Head head, github::Place place) const {
    auto const& git = *environment.spec->spec.git;
    // It runs: it was admitted once, and neither a stricter rule nor a check that is repeated takes it away.
    if (followed_.running(environment.key).commit == head.commit) co_return std::nullopt;
    if (git.pull_request) {
        auto refusal = refuse_fork(
            policy_, {.environment = environment.key.name, .commit = head.commit, .pull_request = head.pull_request},
            approvals_.of(*environment.spec));
        if (refusal) co_return Hold{.reason = std::move(refusal->reason), .message = std::move(refusal->message)};
    }
    if (git.wait_for_checks.empty()) co_return std::nullopt;
    auto const checks = co_await checks_of_(std::move(place), head.commit, git.wait_for_checks);
    if (!checks) {
        co_return Hold{.reason = "ChecksUnknown",
                       .message = fmt::format("commit {} waits for its checks: {}", head.commit, checks.error().message)};
    }
    auto const verdict = github::judge_checks(git.wait_for_checks, *checks);
    if (verdict.state == github::Check::State::Passed) co_return std::nullopt;
    bool const failed = verdict.state == github::Check::State::Failed;
    co_return Hold{.reason = failed ? "ChecksFailed" : "ChecksPending",
                   .message = fmt::format("commit {} {}: {}", head.commit, failed ? "is not run" : "waits", verdict.message)};
}

}  // namespace dayfly::reconcile
