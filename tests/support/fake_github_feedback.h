// The part of a fake GitHub that is written to: deployments, comments and statuses, and the check runs that it tells of.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/fake_github.h"

namespace dayfly::test {

class FakeGithubFeedback {
public:
    struct Status {
        std::int64_t id = 0;
        std::string state;
        std::string context;  ///< of a commit status
        std::string url;
        std::string description;
        std::string body;  ///< all of it as it was sent
    };
    struct Deployment {
        std::int64_t id = 0;
        std::string commit;
        std::string environment;
        std::string body;
        std::vector<Status> statuses;
        [[nodiscard]] std::string state() const { return statuses.empty() ? "" : statuses.back().state; }
    };
    struct Comment {
        std::int64_t id = 0;
        std::int64_t issue = 0;
        std::string login;
        std::int64_t app = 0;
        std::string text;
    };
    struct CheckRun {
        std::string name;
        std::string status;
        std::string conclusion;
    };

    /// Answers for `github`, which must outlive this, wherever it would otherwise know nothing.
    explicit FakeGithubFeedback(FakeGithub& github);

    std::string login = "dayfly-bot";  ///< who asks
    std::int64_t app = 0;              ///< and by which GitHub App, which may not ask who it is
    std::vector<Deployment> deployments;
    std::vector<Comment> comments;
    std::map<std::string, std::vector<Status>> statuses;  ///< by commit
    std::map<std::string, std::vector<CheckRun>> checks;  ///< by commit
    std::map<std::string, int> refuse;  ///< "deployments", "comments", "statuses": the status it is refused with
    bool lose_answers = false;          ///< writes happen, and their answers are a 502

    /// What was written, one word and state each, since the last call: "deployment", "deployment in_progress", "comment",
    /// "comment edited", "status pending".
    std::vector<std::string> written();

private:
    std::optional<http::Response> answer(http::Request const& request);
    std::optional<http::Response> write(http::Request const& request, std::string const& rest);
    std::optional<http::Response> read(http::Request const& request, std::string const& rest);

    std::int64_t next_id_ = 100;
    std::vector<std::string> written_;
};

}  // namespace dayfly::test
