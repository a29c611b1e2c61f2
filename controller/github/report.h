// What GitHub is told of one environment: the whole state, never a change. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace dayfly::github {

struct Report {
    enum class Phase {
        Held,  ///< the commit waits for a person; what runs, if anything, is an older one
        InProgress,
        Success,
        Failure,
        Removed,
    };

    std::string identity;                           ///< owner/namespace/name: whose deployments and comment these are
    std::string repository;                         ///< "acme/shop"
    std::string commit;                             ///< that is wanted
    std::string environment;                        ///< GitHub's name for it, and of the commit status: "dayfly/shop-pr-42"
    std::string name;                               ///< ours, for people
    std::optional<std::int64_t> pull_request = {};  ///< where the comment goes
    Phase phase = Phase::InProgress;
    std::string reason = {};   ///< one word when it failed or is held: "BuildFailed"
    std::string url = {};      ///< of the preview
    std::string log_url = {};  ///< where to read more; "" when there is no such place
    bool deployment = true;    ///< which of the three are wanted
    bool comment = true;
    bool status = true;
    friend bool operator==(Report const&, Report const&) = default;
};

}  // namespace dayfly::github
