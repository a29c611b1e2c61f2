// A GitHub for tests: repositories, branches, pull requests and files behind the REST API's own rules (tokens, rate limits,
// ETags, pages, renames), and every way in which a GitHub can be of no use. Reached in-process, or put behind an http::Server.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/github/transport.h"
#include "controller/http/message.h"

namespace dayfly::test {

struct FakePullRequest {
    std::string head_branch = "feature";
    std::string head_commit;
    std::string head_repository;  ///< "" is the repository itself; "-": the fork was deleted
    std::string state = "open";
    bool merged = false;
    bool draft = false;
    std::string association = "MEMBER";
    std::int64_t author = 7;      ///< who opened it
    std::int64_t head_owner = 7;  ///< whose the head's repository is
    int updated = 0;              ///< larger is later
};

struct FakeRepository {
    std::int64_t id = 0;
    bool is_private = false;
    bool archived = false;
    std::string default_branch = "main";
    std::map<std::string, std::string> branches;  ///< name to commit
    std::map<std::string, std::string> tags;
    std::map<std::int64_t, FakePullRequest> pulls;
    std::map<std::string, std::map<std::string, std::string>> files;  ///< commit to path to text
    std::map<std::string, std::string> parents;                       ///< commit to parent
    std::string moved_to;                                             ///< the new full name: everything answers 301
};

/// "1111…": a whole commit hash from one digit or more.
[[nodiscard]] std::string commit_of(std::string_view seed);

class FakeGithub {
public:
    enum class Fault {
        None,
        Down,          ///< the connection ends without an answer
        Refused,       ///< it cannot even be made
        Slow,          ///< the answer comes after an hour
        Garbage,       ///< 200 with what is no JSON
        WrongShape,    ///< 200 with JSON of something else
        WebPage,       ///< 200 with a sign-in page
        Error,         ///< 503
        NotFound,      ///< 404 for everything
        Unauthorized,  ///< 401
        Forbidden,     ///< 403, a missing permission
        Secondary,     ///< 403, the secondary rate limit, without headers
        TooMany,       ///< 429 with Retry-After: 120
        Empty,         ///< 200 with an empty list or object
    };

    explicit FakeGithub(Clock& clock) : clock_(clock) {}

    std::map<std::string, FakeRepository> repositories;   ///< by "owner/name"
    std::map<std::string, std::set<std::string>> tokens;  ///< token to the private repositories it may read
    std::string app_key_pem;                              ///< public key of the app that may ask for installation tokens
    int rate_limit = 5'000;                               ///< an hour and token
    int anonymous_limit = 60;
    std::chrono::minutes installation_life{60};
    Fault fault = Fault::None;
    /// Asked before everything else when there is no fault, within the rate limit; for what only some tests need.
    std::function<std::optional<http::Response>(http::Request const&)> extra;

    std::vector<std::string> requests;  ///< "GET /repos/acme/shop", in order
    std::vector<http::Request> whole_requests;
    int counted = 0;       ///< against a rate limit
    int not_modified = 0;  ///< 304s
    int installation_tokens = 0;

    /// One exchange. Below `prefix`, when it is served on a path like /api/v3.
    Task<Result<http::Response>> answer(http::Request request);
    /// The base URL that next pages and redirects name.
    std::string base = "https://api.github.com";
    std::string prefix;

private:
    struct Window {
        int used = 0;
        WallTime reset{};
    };
    std::optional<http::Response> faulty() const;
    http::Response route(http::Request const& request, std::string const& token);
    http::Response of_repository(std::string const& name, FakeRepository const& repository, std::string_view rest,
                                 http::Request const& request);
    http::Response app(http::Request const& request, std::string_view path);
    [[nodiscard]] bool may_read(std::string const& name, FakeRepository const& repository, std::string const& token) const;
    http::Response page_of(std::vector<std::string> const& items, http::Request const& request) const;
    [[nodiscard]] std::string pull_json(std::string const& name, FakeRepository const& repository, std::int64_t number) const;

    Clock& clock_;
    std::map<std::string, Window> windows_;
    std::map<std::string, WallTime> installation_ends_;
};

/// Talks to a FakeGithub without a socket.
class FakeGithubTransport final : public github::Transport {
public:
    FakeGithubTransport(Clock& clock, FakeGithub& github);

private:
    Task<Result<http::Response>> exchange(http::Request request, milliseconds limit) override;

    Clock& clock_;
    FakeGithub& github_;
};

}  // namespace dayfly::test
