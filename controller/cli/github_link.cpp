// See github_link.h. Wires the concrete classes together and does nothing else.
#include "controller/cli/github_link.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <optional>
#include <utility>

#include "controller/github/checks.h"
#include "controller/github/feedback.h"
#include "controller/http/client.h"
#include "controller/reconcile/admission.h"
#include "controller/reconcile/feedback_loop.h"

namespace dayfly::cli {
namespace {

/// "https://dayfly.example.com" without a slash at its end; "" stays "".
Result<std::string> public_url(std::string text) {
    while (text.ends_with('/')) text.pop_back();
    if (!text.empty() && !http::parse_url(text))
        return failure(ErrorKind::InvalidInput, "--public-url: '" + text + "' is not a URL");
    return text;
}

}  // namespace

struct GithubLink::Parts {
    Engine& engine;
    Following& following;
    reconcile::Approvals approvals;
    reconcile::Admission admission;
    std::optional<server::GithubHook> hook;
    std::optional<github::Feedback> feedback;
    std::optional<reconcile::FeedbackLoop> loop;

    Parts(Engine& e, Following& f, reconcile::ForkPolicy policy)
        : engine(e),
          following(f),
          admission(f.followed(), approvals, policy,
                    [&hosts = f.hosts()](github::Place place, std::string commit,
                                         std::vector<std::string> names) -> Task<Result<std::vector<github::Check>>> {
                        if (place.address.kind != github::Address::Kind::Github)
                            co_return failure(ErrorKind::Refused, "only GitHub tells of checks");
                        co_return co_await github::read_checks(hosts.client(place), place.address.text, std::move(commit),
                                                               std::move(names));
                    }) {}
};

GithubLink::GithubLink(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
GithubLink::~GithubLink() = default;

Result<std::unique_ptr<GithubLink>> GithubLink::make(Settings const& settings, Engine& engine, Following& following,
                                                     boost::asio::io_context& context) {
    auto const policy = reconcile::fork_policy(settings.forks);
    if (!policy) return failure(ErrorKind::InvalidInput, "--forks: write never, approved or members");
    auto url = public_url(settings.public_url);
    if (!url) return std::unexpected(url.error());
    auto parts = std::make_unique<Parts>(engine, following, *policy);
    auto& p = *parts;
    following.follower().set_admission(
        [&admission = p.admission](reconcile::FollowedEnvironment environment, github::Head head, github::Place place) {
            return admission.admit(std::move(environment), std::move(head), std::move(place));
        });
    if (!settings.webhook_secret_file.empty()) {
        // Read anew for each call, so that a rotation needs no restart; now, so that a mistake is told at once.
        auto secrets = [file = settings.webhook_secret_file] { return server::read_hook_secrets(file); };
        if (auto const read = secrets(); !read) return std::unexpected(read.error());
        p.hook.emplace(
            engine.clock(), std::move(secrets),
            [&following](std::string const& repository) { return following.follower().look_now(repository) > 0; },
            [&metrics = engine.metrics()](std::string_view result) { metrics.webhook(result); });
    }
    if (has_github_identity(settings)) {
        p.feedback.emplace(
            engine.clock(), following.hosts().client({}),
            [&metrics = engine.metrics()](std::string_view sink, std::string_view outcome) { metrics.notified(sink, outcome); },
            github::FeedbackOptions{.app_id = settings.github_app_id});
        p.loop.emplace(
            context.get_executor(), engine.controller(), *p.feedback, engine.clock(), engine.log(),
            reconcile::FeedbackLoopOptions{
                .place = {.owner = settings.owner, .github_host = following.github_host(), .public_url = std::move(*url)}});
    }
    return std::unique_ptr<GithubLink>(new GithubLink(std::move(parts)));
}

Task<void> GithubLink::run() {
    using namespace boost::asio::experimental::awaitable_operators;
    auto const hooks = [](Parts& parts) -> Task<void> {
        if (parts.hook) co_await parts.hook->run();
    };
    auto const news = [](Parts& parts) -> Task<void> {
        if (parts.loop) co_await parts.loop->run();
    };
    co_await (hooks(*parts_) && news(*parts_));
}

server::GithubHook* GithubLink::hook() { return parts_->hook ? &*parts_->hook : nullptr; }

Result<void> GithubLink::approve(specs::Key const& key, std::string const& commit) {
    auto const environment = parts_->following.followed().find(key);
    if (!environment) return failure(ErrorKind::NotFound, "environment " + key.text() + " follows no repository");
    if (auto approved = parts_->approvals.approve(key, commit); !approved) return approved;
    parts_->following.follower().look_now(environment->spec->spec.git->repository);
    return {};
}

}  // namespace dayfly::cli
