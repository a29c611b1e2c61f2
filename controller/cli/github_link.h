// What hangs on GitHub beside following it: the hook, the rule for forks, checks to wait for, and telling how previews are.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "controller/cli/engine.h"
#include "controller/cli/following.h"
#include "controller/cli/settings.h"
#include "controller/server/github_hook.h"

namespace dayfly::cli {

/// The engine and what follows repositories must outlive this, and this their run().
class GithubLink {
public:
    /// Checks the settings that it needs, InvalidInput naming the flag, and puts its rules in front of `following`.
    [[nodiscard]] static Result<std::unique_ptr<GithubLink>> make(Settings const& settings, Engine& engine,
                                                                  Following& following, boost::asio::io_context& context);
    ~GithubLink();
    GithubLink(GithubLink const&) = delete;
    GithubLink& operator=(GithubLink const&) = delete;

    /// Runs until cancelled.
    Task<void> run();
    /// nullptr without a secret to check signatures with.
    server::GithubHook* hook();
    /// Lets one commit of a fork run, until the controller stops. NotFound for an unknown environment.
    Result<void> approve(specs::Key const& key, std::string const& commit);

private:
    struct Parts;
    explicit GithubLink(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace dayfly::cli
