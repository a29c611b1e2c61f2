// Tells GitHub how an environment is: a deployment with its statuses, one comment that is edited in place, and a commit status.
// What is there already is read back before anything is written, so that a restart tells nothing twice.
// Source: docs.github.com/en/rest, "Deployments", "Deployment statuses", "Issue comments" and "Commit statuses".
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/signal.h"
#include "controller/github/client.h"
#include "controller/github/feedback_plan.h"

namespace dayfly::github {

struct FeedbackOptions {
    std::string app_id;                  ///< of the GitHub App that the client is; "" for a token
    milliseconds between_writes{1'000};  ///< GitHub asks for a second between calls that create content
    std::size_t deployments = 20;        ///< of one environment, the newest, that are read back
};

/// One sink's fate, for metrics: github_deployment, github_comment or github_status; sent, unchanged or failed.
using FeedbackCount = std::function<void(std::string_view sink, std::string_view outcome)>;

class Feedback {
public:
    /// The client must outlive this.
    Feedback(Clock& clock, Client& client, FeedbackCount count, FeedbackOptions options = {});

    /// Makes GitHub say what `report` says, with as few calls as that takes; one call after the other for one identity. A part
    /// that fails does not keep the others from being told; the first error is given, and the next call reads back what is not
    /// certain.
    Task<Result<void>> tell(Report report);

private:
    /// What GitHub is known to say of one environment; unset: to be read.
    struct Memory {
        std::string repository;
        std::optional<KnownDeployments> deployments;
        std::string status_commit;
        bool status_read = false;
        std::optional<KnownStatus> status;
        std::int64_t pull_request = 0;
        bool comment_read = false;
        std::int64_t comment_id = 0;
        std::optional<std::string> comment;
    };
    Task<Result<bool>> tell_deployment(Report const& report, Memory& memory);
    Task<Result<bool>> tell_comment(Report const& report, Memory& memory);
    Task<Result<bool>> tell_status(Report const& report, Memory& memory);
    Task<Result<KnownDeployments>> read_deployments(Report const& report);
    Task<Result<void>> find_comment(Report const& report, Memory& memory);
    Task<Result<void>> learn_who_we_are();
    [[nodiscard]] bool is_ours(Json const& comment) const;
    Task<Result<Json>> write(std::string method, std::string repository, std::string target, Json body);
    void count(std::string_view sink, Result<bool> const& sent, std::optional<Error>& first);

    Clock& clock_;
    Client& client_;
    FeedbackCount count_;
    FeedbackOptions options_;
    std::string login_;  ///< whose comments are ours; "" until GitHub said
    Instant next_write_{};
    std::map<std::string, Memory> memories_;  ///< by identity, until the environment is removed
    std::set<std::string> busy_;              ///< identities that are being told
    Signal freed_;
};

}  // namespace dayfly::github
