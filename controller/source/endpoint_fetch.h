// One question to an endpoint: token, validators, redirects within its own origin, and what each status means.
#pragma once

#include <memory>
#include <string>

#include "controller/base/clock.h"
#include "controller/http/client.h"

namespace dayfly::source {

struct FetchOptions {
    std::string token_file = {};       ///< holds the bearer token, read at each fetch; empty: none is sent
    std::string ca_file = {};          ///< PEM bundle to trust instead of the system's
    std::size_t max_body = 16u << 20;  ///< bytes of one answer
    milliseconds time_limit{30'000};   ///< of one fetch with its redirects
};

/// What came back that is no failure.
struct Fetched {
    bool unchanged = false;        ///< 304: what was kept last is still right
    http::Response response = {};  ///< a 200, unless unchanged
};

class EndpointFetch {
public:
    EndpointFetch(Clock& clock, http::Url url, FetchOptions options);

    /// Asks whether there is something new. Unauthenticated, Forbidden, NotFound, RateLimited and Unavailable (with the
    /// server's retry_after) by status; InvalidInput for an answer that makes no sense: a 304 to a question without condition,
    /// a redirect that leaves the origin, a 204. No message holds the token or the query.
    Task<Result<Fetched>> fetch();
    /// The answer was good: ask for newer ones from now on.
    void keep(http::Response const& response);

private:
    Task<Result<Fetched>> fetch_within();
    [[nodiscard]] Result<http::Request> question(std::string const& target) const;
    [[nodiscard]] Result<std::string> redirect_target(http::Response const& response) const;

    Clock& clock_;
    http::Url url_;
    FetchOptions options_;
    std::unique_ptr<http::Client> client_;
    std::string etag_;
    std::string last_modified_;
};

}  // namespace dayfly::source
