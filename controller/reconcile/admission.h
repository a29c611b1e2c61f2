// Between the head that a host told and the environment that is to run it: the fork rule, and the checks that a commit waits
// for. A head that may not run moves nothing; what runs already stays.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "controller/github/checks.h"
#include "controller/github/heads.h"
#include "controller/reconcile/approvals.h"
#include "controller/reconcile/follower.h"
#include "controller/reconcile/fork_rule.h"

namespace dayfly::reconcile {

class Admission {
public:
    /// The checks of `names` that `commit` has at its host; Refused when the host knows no checks.
    using ChecksOf = std::function<Task<Result<std::vector<github::Check>>>(github::Place, std::string commit,
                                                                            std::vector<std::string> names)>;

    /// All that is referred to must outlive this.
    Admission(Followed const& followed, Approvals const& approvals, ForkPolicy policy, ChecksOf checks_of);

    /// A Follower::Admit.
    Task<std::optional<Hold>> admit(FollowedEnvironment environment, github::Head head, github::Place place) const;

private:
    Followed const& followed_;
    Approvals const& approvals_;
    ForkPolicy policy_;
    ChecksOf checks_of_;
};

}  // namespace dayfly::reconcile
