// Whether code from a fork may run here. Pure. Anybody can open a pull request from a fork, and what runs in a preview can
// spend money, reach the private network and read the secrets it is given: so somebody who may has to say yes, to one commit.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "controller/github/pull_request.h"

namespace dayfly::reconcile {

enum class ForkPolicy {
    Never,     ///< no commit of a fork runs
    Approved,  ///< those that were approved, one by one
    Members,   ///< and those of members of the repository, from forks of their own
};

/// "never", "approved" or "members".
[[nodiscard]] std::optional<ForkPolicy> fork_policy(std::string_view word);

/// Why something may not happen, and what would change that.
struct Refusal {
    std::string reason;   ///< CamelCase, for conditions
    std::string message;  ///< with what to do
    friend bool operator==(Refusal const&, Refusal const&) = default;
};

/// The head of a pull request, as far as the rule asks.
struct ForkHead {
    std::string environment;  ///< its name, for the message
    std::string commit;
    std::optional<github::PullRequest> pull_request;  ///< unset: the host does not tell, and it counts as a fork's
};

/// Whether the commit comes from a fork, or may come from one for all the host tells.
[[nodiscard]] bool is_from_fork(ForkHead const& head);

/// Nothing when the commit may run. `approved`: whole commit ids; a part of one approves nothing, because another commit with
/// the same beginning can be made.
[[nodiscard]] std::optional<Refusal> refuse_fork(ForkPolicy policy, ForkHead const& head,
                                                 std::set<std::string> const& approved);

}  // namespace dayfly::reconcile
