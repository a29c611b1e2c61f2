// What works beside the controller when it follows repositories at GitHub: all of it real, but for GitHub itself.
#pragma once

#include <memory>

#include "controller/github/hosts.h"
#include "controller/reconcile/follower.h"
#include "tests/simulation/world.h"
#include "tests/support/fake_github.h"

namespace dayfly::test {

inline WorldOptions following() {
    WorldOptions options;
    options.controller.follow = true;
    return options;
}

/// What one of our processes has of it, with an empty memory. Its token is "t0ken"; no spec has credentials of its own.
struct FollowerBeside {
    FakeGithubTransport transport;
    github::Observer observer;
    Random random{1};
    github::Hosts hosts;
    reconcile::FollowedController followed;
    reconcile::Follower follower;

    FollowerBeside(World& world, FakeGithub& github, boost::asio::any_io_executor const& executor,
                   reconcile::Controller& controller, Log& log)
        : transport(world.clock(), github),
          hosts(world.clock(), transport,
                [] { return std::make_unique<github::TokenCredentials>([]() -> Result<Secret> { return Secret("t0ken"); }); },
                observer, {}),
          followed(controller, "default"),
          follower(
              executor, followed, hosts,
              [](specs::Credentials const&) -> Result<Secret> { return failure(ErrorKind::InvalidInput, "there are none"); },
              world.clock(), random, log, {}) {}
};

}  // namespace dayfly::test
