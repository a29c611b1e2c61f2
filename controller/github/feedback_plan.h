// Which calls make GitHub say what a report says, given what it says already. Pure: what is told, and how it is worded. Nothing
// that a machine printed and no error's text ever gets into it: both may hold secrets, and a pull request may be public.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "controller/github/report.h"

namespace dayfly::github {

/// One of our deployments, with its newest status.
struct KnownDeployment {
    std::string commit;
    std::string state = {};  ///< "" when it has no status yet
    std::string url = {};
    std::string log_url = {};
    std::string description = {};
    friend bool operator==(KnownDeployment const&, KnownDeployment const&) = default;
};
using KnownDeployments = std::map<std::int64_t, KnownDeployment>;  ///< by GitHub's id: later ones have larger ones

struct CreateDeployment {
    friend bool operator==(CreateDeployment const&, CreateDeployment const&) = default;
};
struct SetDeploymentStatus {
    std::int64_t deployment = 0;
    KnownDeployment wanted;
    friend bool operator==(SetDeploymentStatus const&, SetDeploymentStatus const&) = default;
};
using DeploymentCall = std::variant<CreateDeployment, SetDeploymentStatus>;

/// In order; after a creation the rest is planned anew. Empty: GitHub says it already.
[[nodiscard]] std::vector<DeploymentCall> deployment_calls(Report const& report, KnownDeployments const& known);

struct KnownStatus {
    std::string state;  ///< pending | success | failure | error
    std::string url = {};
    std::string description = {};
    friend bool operator==(KnownStatus const&, KnownStatus const&) = default;
};
/// The commit status to set; nothing when `known`, the newest of ours on the report's commit, says it.
[[nodiscard]] std::optional<KnownStatus> status_call(Report const& report, std::optional<KnownStatus> const& known);

/// The comment's text to write; nothing when `known`, the one that is there, says it.
[[nodiscard]] std::optional<std::string> comment_call(Report const& report, std::optional<std::string> const& known);

/// How our comment of an environment begins.
[[nodiscard]] std::string comment_marker(std::string const& identity);
/// One sentence, at most 140 characters: GitHub's limit for descriptions.
[[nodiscard]] std::string description_of(Report const& report);
/// The same in any phase, for the deployment itself.
[[nodiscard]] std::string title_of(Report const& report);

}  // namespace dayfly::github
