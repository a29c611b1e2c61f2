// See following.h. Wires the concrete classes together and does nothing else.
#include "controller/cli/following.h"

#include <cstdlib>
#include <utility>

#include "controller/base/file.h"
#include "controller/github/app_credentials.h"

namespace dayfly::cli {
namespace {

constexpr std::size_t max_secret_bytes = 64u << 10;

Result<Secret> secret_in(std::string const& path) {
    auto text = read_file(path, max_secret_bytes);
    if (!text) return std::unexpected(std::move(text.error()));
    while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
    return Secret(std::move(*text));
}

Result<Secret> github_token(std::string const& file) {
    if (!file.empty()) {
        auto token = secret_in(file);
        return token ? token : failure(std::move(token.error()), "GitHub token");
    }
    for (auto const* name : {"GITHUB_TOKEN", "GH_TOKEN"}) {
        if (auto const* value = std::getenv(name); value != nullptr && *value != '\0') return Secret(value);
    }
    return Secret();
}

class GithubMetrics final : public github::Observer {
public:
    explicit GithubMetrics(metrics::Catalogue& metrics) : metrics_(metrics) {}

    void requested(std::string_view result, std::chrono::duration<double> /*took*/) override { metrics_.github_call(result); }
    void budget(int limit, int remaining, WallTime reset) override {
        metrics_.github_rate_limit(static_cast<std::size_t>(remaining), static_cast<std::size_t>(limit), reset);
    }

private:
    metrics::Catalogue& metrics_;
};

/// A simulated Fly is for people who may have no GitHub: without a word about one, only local repositories are followed.
bool only_local(Settings const& settings) {
    return settings.simulate && settings.github_url == Settings().github_url && settings.github_token_file.empty() &&
           settings.github_app_id.empty();
}

}  // namespace

bool has_github_identity(Settings const& settings) {
    if (only_local(settings)) return false;
    if (!settings.github_app_id.empty()) return true;
    auto const token = github_token(settings.github_token_file);
    return !token || !token->empty();
}

Result<GithubAccess> github_access(Settings const& settings, Clock& clock) {
    auto base = settings.github_base();
    if (!base) return std::unexpected(std::move(base.error()));
    if (settings.github_app_id.empty() != settings.github_app_key_file.empty()) {
        return failure(ErrorKind::InvalidInput, "--github-app-id and --github-app-key-file belong together");
    }
    GithubAccess access{.transport = std::make_unique<github::HttpTransport>(
                            clock, std::move(*base), github::HttpTransportOptions{.ca_file = settings.github_ca_file})};
    if (!settings.github_app_id.empty()) {
        access.credentials = [&clock, &transport = *access.transport, id = settings.github_app_id,
                              file = settings.github_app_key_file] {
            return std::make_unique<github::AppCredentials>(clock, transport, id, [file] { return secret_in(file); });
        };
    } else {
        access.credentials = [file = settings.github_token_file] {
            return std::make_unique<github::TokenCredentials>([file] { return github_token(file); });
        };
    }
    return access;
}

struct Following::Parts {
    GithubAccess access;
    GithubMetrics metrics;
    github::Hosts hosts;
    reconcile::FollowedController followed;
    reconcile::Follower follower;

    Parts(GithubAccess given, Settings const& settings, Engine& engine, boost::asio::io_context& context, milliseconds interval)
        : access(std::move(given)),
          metrics(engine.metrics()),
          hosts(engine.clock(), *access.transport, access.credentials, metrics, {.git_ca_file = settings.github_ca_file}),
          followed(engine.controller(), settings.owner),
          follower(
              context.get_executor(), followed, hosts,
              [&secrets = engine.secrets()](specs::Credentials const& credentials) { return secrets.resolve(credentials); },
              engine.clock(), engine.random(), engine.log(),
              {.interval = interval,
               .allow_local = settings.allow_local_repositories || settings.simulate,
               .only_local = only_local(settings),
               .github_host = github::visible_host(access.transport->base())}) {}
};

Following::Following(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Following::~Following() = default;

Result<std::unique_ptr<Following>> Following::make(Settings const& settings, Engine& engine, boost::asio::io_context& context) {
    auto const interval = duration_of(settings.poll, "--poll");
    if (!interval) return std::unexpected(interval.error());
    if (*interval < seconds(1)) return failure(ErrorKind::InvalidInput, "--poll: at least 1s");
    auto access = github_access(settings, engine.clock());
    if (!access) return std::unexpected(std::move(access.error()));
    return std::unique_ptr<Following>(new Following(std::make_unique<Parts>(
        std::move(*access), settings, engine, context, std::chrono::duration_cast<milliseconds>(*interval))));
}

Task<void> Following::run() { return parts_->follower.run(); }
reconcile::Follower& Following::follower() { return parts_->follower; }
github::Hosts& Following::hosts() { return parts_->hosts; }
reconcile::Followed const& Following::followed() const { return parts_->followed; }
std::string Following::github_host() const { return github::visible_host(parts_->access.transport->base()); }

}  // namespace dayfly::cli
