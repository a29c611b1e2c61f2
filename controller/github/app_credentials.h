// Asking as a GitHub App: a JSON Web Token signed by the app's key buys an installation token for each account, which lives an
// hour and is replaced before it ends. Source: docs.github.com, "Authenticating as a GitHub App installation".
#pragma once

#include <functional>
#include <map>
#include <string>

#include "controller/base/clock.h"
#include "controller/github/credentials.h"
#include "controller/github/transport.h"

namespace dayfly::github {

/// The token that proves an app: valid for nine minutes from `now`, and from a minute before it (clocks differ). InvalidInput
/// when the key is none.
[[nodiscard]] Result<Secret> app_token(std::string const& app_id, Secret const& private_key_pem, WallTime now);

class AppCredentials final : public Credentials {
public:
    /// `key` reads the PEM anew for each token. The transport must outlive this.
    AppCredentials(Clock& clock, Transport& transport, std::string app_id, std::function<Result<Secret>()> key);

    Task<Result<Secret>> authorization(std::string repository) override;
    bool refused(std::string const& repository) override;
    [[nodiscard]] std::string budget_of(std::string const& repository) const override;

private:
    struct Installation {
        std::string id;
        Secret token;
        Instant renew_at{};
    };
    Task<Result<Installation>> install(std::string repository, std::string known_id);
    Task<Result<http::Response>> ask(std::string method, std::string target);

    Clock& clock_;
    Transport& transport_;
    std::string app_id_;
    std::function<Result<Secret>()> key_;
    std::map<std::string, Installation> installations_;  ///< by account
};

}  // namespace dayfly::github
