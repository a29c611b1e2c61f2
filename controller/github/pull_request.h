// A pull request as far as a preview depends on it.
#pragma once

#include <cstdint>
#include <string>

namespace dayfly::github {

enum class PullRequestState { Open, Closed, Merged };

struct PullRequest {
    std::int64_t number = 0;
    PullRequestState state = PullRequestState::Open;
    std::string head_commit;
    std::string head_branch;
    bool from_fork = false;          ///< its commits come from another repository, or from one that was deleted since
    bool author_owns_head = false;   ///< and that repository belongs to whoever opened the pull request
    std::string author_association;  ///< OWNER, MEMBER, COLLABORATOR, CONTRIBUTOR, NONE, …
    bool draft = false;
    std::string updated_at;  ///< RFC 3339 in UTC, as GitHub writes it: later is greater
    friend bool operator==(PullRequest const&, PullRequest const&) = default;
};

}  // namespace dayfly::github
