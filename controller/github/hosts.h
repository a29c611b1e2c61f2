// HeadSource for all kinds of places: GitHub's API, other Git servers, and folders of this machine.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "controller/github/client.h"
#include "controller/github/git_remote.h"
#include "controller/github/github_repository.h"
#include "controller/github/heads.h"

namespace dayfly::github {

struct HostsOptions {
    ClientOptions client;
    std::string git_ca_file = {};  ///< PEM bundle to trust for Git servers instead of the system's
};

/// The host that people see in front of an API: "github.com" for api.github.com, itself for an enterprise server.
[[nodiscard]] std::string visible_host(Base const& base);
/// That host with scheme and port, "https://github.com": its repositories are cloned below it.
[[nodiscard]] std::string clone_origin(Base const& base);

class Hosts final : public HeadSource {
public:
    /// `own` makes the controller's own credentials at GitHub; other servers are asked without any unless the place has some.
    /// Everything referred to must outlive this.
    Hosts(Clock& clock, Transport& transport, std::function<std::unique_ptr<Credentials>()> own, Observer& observer,
          HostsOptions options);
    ~Hosts() override;

    Task<Heads> look(Place place, std::set<Reference> wanted, std::set<Reference> urgent) override;
    Task<Result<Comparison>> compare(Place place, std::string from, std::string to) override;
    Task<Result<Detection>> detect(Place place, std::string commit, std::string path) override;

    /// The client for a place at GitHub, shared by all that ask as the same one.
    Client& client(Place const& place);

private:
    struct Identity;
    Task<Heads> look_at_remote(Place place, std::set<Reference> wanted);

    Clock& clock_;
    Transport& transport_;
    std::function<std::unique_ptr<Credentials>()> own_;
    Observer& observer_;
    HostsOptions options_;
    std::map<std::string, std::unique_ptr<Identity>> identities_;
    std::map<std::string, std::unique_ptr<GithubRepository>> repositories_;
    std::map<std::string, std::unique_ptr<GitRemote>> remotes_;
};

}  // namespace dayfly::github
