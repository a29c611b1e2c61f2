// The parts that follow git repositories, put together once: connection, credentials, hosts, follower.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "controller/base/clock.h"
#include "controller/base/secret.h"
#include "controller/cli/engine.h"
#include "controller/cli/settings.h"
#include "controller/github/credentials.h"
#include "controller/github/hosts.h"
#include "controller/github/transport.h"
#include "controller/reconcile/follower.h"

namespace dayfly::cli {

/// How GitHub is asked without credentials of a spec's own.
struct GithubAccess {
    std::unique_ptr<github::Transport> transport;
    /// A GitHub App when one is set, else the token of --github-token-file, GITHUB_TOKEN or GH_TOKEN, else nothing.
    std::function<std::unique_ptr<github::Credentials>()> credentials;
};

/// InvalidInput that names the flag.
[[nodiscard]] Result<GithubAccess> github_access(Settings const& settings, Clock& clock);

/// Whether GitHub knows who we are: only then it can be told anything.
[[nodiscard]] bool has_github_identity(Settings const& settings);

/// The engine must outlive this.
class Following {
public:
    [[nodiscard]] static Result<std::unique_ptr<Following>> make(Settings const& settings, Engine& engine,
                                                                 boost::asio::io_context& context);
    ~Following();
    Following(Following const&) = delete;
    Following& operator=(Following const&) = delete;

    /// Runs until cancelled.
    Task<void> run();
    reconcile::Follower& follower();
    github::Hosts& hosts();
    [[nodiscard]] reconcile::Followed const& followed() const;
    /// The host of the repositories that are GitHub's: "github.com".
    [[nodiscard]] std::string github_host() const;

private:
    struct Parts;
    explicit Following(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace dayfly::cli
