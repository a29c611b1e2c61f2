// How we prove to GitHub who asks: nothing, a token, or a GitHub App (app_credentials.h).
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "controller/base/result.h"
#include "controller/base/secret.h"
#include "controller/base/task.h"

namespace dayfly::github {

class Credentials {
public:
    Credentials() = default;
    Credentials(Credentials const&) = delete;
    Credentials& operator=(Credentials const&) = delete;
    virtual ~Credentials() = default;

    /// The Authorization header for a question about `repository` ("owner/name"); empty: ask without one.
    virtual Task<Result<Secret>> authorization(std::string repository) = 0;
    /// GitHub refused what authorization() gave for `repository`. True: a new one may be had, ask once more.
    virtual bool refused(std::string const& /*repository*/) { return false; }
    /// Questions with the same word share one rate limit.
    [[nodiscard]] virtual std::string budget_of(std::string const& /*repository*/) const { return {}; }
};

/// Reads the token anew for each question, so that a rotated file is noticed. `token` gives an empty one for "ask without".
class TokenCredentials final : public Credentials {
public:
    explicit TokenCredentials(std::function<Result<Secret>()> token) : token_(std::move(token)) {}

    Task<Result<Secret>> authorization(std::string /*repository*/) override {
        auto token = token_();
        if (token && !token->empty()) token = Secret("Bearer " + token->reveal());
        co_return token;
    }

private:
    std::function<Result<Secret>()> token_;
};

}  // namespace dayfly::github
