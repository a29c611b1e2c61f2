// GitHub's REST API as questions and answers: conditional reads, a rate-limit budget, redirects, pages. What the answers hold
// is for repositories.h and others to read. Source: docs.github.com/en/rest.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/result.h"
#include "controller/github/budget.h"
#include "controller/github/credentials.h"
#include "controller/github/etag_cache.h"
#include "controller/github/json.h"
#include "controller/github/observer.h"
#include "controller/github/transport.h"

namespace dayfly::github {

struct ClientOptions {
    milliseconds limit{15'000};           ///< of one question with its redirects
    std::size_t cache_bytes = 32u << 20;  ///< answers kept for conditional questions
    int max_pages = 10;                   ///< of one list
    int reserve = 20;                     ///< requests of the hour that we leave alone
};

inline constexpr char as_json[] = "application/vnd.github+json";
inline constexpr char as_raw[] = "application/vnd.github.raw+json";  ///< a file's bytes
inline constexpr char as_sha[] = "application/vnd.github.sha";       ///< a commit's hash alone

struct Answer {
    int status = 200;
    std::string body;
    std::string next;        ///< target of the next page; "" when this is the last
    bool unchanged = false;  ///< the same as the last time this was asked
};

/// All pages of a list.
struct Pages {
    std::vector<Json> items;
    bool complete = true;  ///< false: there are more than `max_pages` pages
    bool unchanged = true;
};

/// One identity at one GitHub. Questions of any number may be on their way at the same time; the same question asked twice goes
/// out once. Errors are kinds with a hint (answer.h); Unavailable also for an answer that is no GitHub's, RateLimited also when
/// our own budget says no. Nothing here proves that something is gone: a 404 may be a missing permission.
class Client {
public:
    /// The transport must outlive the client.
    Client(Clock& clock, Transport& transport, std::unique_ptr<Credentials> credentials, Observer& observer,
           ClientOptions options = {});
    Client(Client const&) = delete;
    Client& operator=(Client const&) = delete;

    /// Asks, conditionally when it was asked before. `target` is below the base and percent-encoded: "/repos/acme/shop".
    /// `repository` ("acme/shop") says for whom, which a GitHub App needs to know; "" for questions about nobody's.
    Task<Result<Answer>> get(std::string repository, std::string target, std::string accept = as_json);
    /// get() and its body as JSON.
    Task<Result<Json>> get_json(std::string repository, std::string target);
    /// Follows the pages of a list.
    Task<Result<Pages>> get_pages(std::string repository, std::string target);

    /// POST, PATCH, PUT or DELETE, never repeated by itself; the answer's JSON, null for an empty one. Ambiguous: it may have
    /// happened.
    Task<Result<Json>> write(std::string method, std::string repository, std::string target, Json body);

    /// As far as it is known for `repository`.
    [[nodiscard]] Budget budget(std::string const& repository) const;
    [[nodiscard]] Base const& base() const { return transport_.base(); }

private:
    struct Flight;
    struct Asked {
        http::Response response;
        std::string target;  ///< after redirects
    };
    Task<Result<Answer>> fetch(std::string repository, std::string target, std::string accept);
    Task<Result<Asked>> ask(std::string repository, http::Request request);
    Task<Result<http::Response>> send(std::string const& repository, http::Request request, milliseconds limit);
    [[nodiscard]] std::string redirect_target(http::Response const& response) const;

    Clock& clock_;
    Observer& observer_;
    ClientOptions options_;
    Transport& transport_;
    std::unique_ptr<Credentials> credentials_;
    EtagCache cache_;
    std::map<std::string, Budget> budgets_;
    std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;
};

}  // namespace dayfly::github
