#include "controller/reconcile/fork_rule.h"

#include <fmt/format.h>

#include "specs/environment.h"

namespace dayfly::reconcile {
namespace {

bool is_member(github::PullRequest const& pull_request) {
    auto const& association = pull_request.author_association;
    return association == "OWNER" || association == "MEMBER" || association == "COLLABORATOR";
}

}  // namespace

std::optional<ForkPolicy> fork_policy(std::string_view word) {
    if (word == "never") return ForkPolicy::Never;
    if (word == "approved") return ForkPolicy::Approved;
    if (word == "members") return ForkPolicy::Members;
    return std::nullopt;
}

bool is_from_fork(ForkHead const& head) { return !head.pull_request || head.pull_request->from_fork; }

std::optional<Refusal> refuse_fork(ForkPolicy policy, ForkHead const& head, std::set<std::string> const& approved) {
    if (!is_from_fork(head)) return std::nullopt;
    if (policy == ForkPolicy::Never) {
        return Refusal{.reason = "ForksNotAllowed",
                       .message = fmt::format(
                           "commit {} comes from a fork, and this controller runs none (policy.forks: never)", head.commit)};
    }
    if (approved.contains(head.commit)) return std::nullopt;
    // Whoever opened the pull request need not be who pushes to its fork.
    bool const members_own = head.pull_request && is_member(*head.pull_request) && head.pull_request->author_owns_head;
    if (policy == ForkPolicy::Members && members_own) return std::nullopt;
    return Refusal{
        .reason = "ForkNotApproved",
        .message = fmt::format("commit {0} comes from a fork and waits for approval: read it, then set the annotation "
                               "{1}: \"{0}\" or run `dayfly approve {2} --sha {0}`",
                               head.commit, specs::approved_sha_annotation, head.environment)};
}

}  // namespace dayfly::reconcile
