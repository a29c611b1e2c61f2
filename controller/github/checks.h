// The check runs and statuses of one commit, and whether those that an environment waits for have passed.
// Source: docs.github.com/en/rest, "List check runs for a Git reference" and "List commit statuses for a reference".
#pragma once

#include <string>
#include <vector>

#include "controller/github/client.h"

namespace dayfly::github {

struct Check {
    enum class State { Pending, Passed, Failed };
    std::string name;
    State state = State::Pending;
    friend bool operator==(Check const&, Check const&) = default;
};

/// Those of `names` that the commit has, one entry for each of GitHub's; asks for statuses only when the check runs are not all
/// of them. Errors as of Client, and Unavailable for an answer of the wrong shape or with more pages than the client reads.
Task<Result<std::vector<Check>>> read_checks(Client& client, std::string repository, std::string commit,
                                             std::vector<std::string> names);

struct CheckVerdict {
    Check::State state = Check::State::Pending;  ///< of all together
    std::string message;                         ///< which of them and why; empty when all passed
    friend bool operator==(CheckVerdict const&, CheckVerdict const&) = default;
};

/// All of `names` have to be there and to have passed; one failure is a failure of all. A name that several checks carry counts
/// as passed when all of them did.
[[nodiscard]] CheckVerdict judge_checks(std::vector<std::string> const& names, std::vector<Check> const& checks);

}  // namespace dayfly::github
