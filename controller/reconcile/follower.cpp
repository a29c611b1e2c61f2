#include "controller/reconcile/follower.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "controller/reconcile/path_pattern.h"

namespace dayfly::reconcile {
namespace {

constexpr milliseconds regroup_pause{50};
constexpr milliseconds longest_pause{600'000};

/// The reason of a condition, and what a person reads.
std::string_view reason_of(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::NotFound: return "RepositoryNotFound";
        case ErrorKind::Unauthenticated: return "CredentialsRefused";
        case ErrorKind::Forbidden: return "AccessDenied";
        case ErrorKind::RateLimited: return "RateLimited";
        case ErrorKind::Refused: return "NotAllowed";
        case ErrorKind::InvalidInput: return "InvalidSource";
        default: return "HostUnreachable";
    }
}

std::string text_of(Error const& error) { return error.hint.empty() ? error.message : error.message + ". " + error.hint; }

github::Reference reference_of(specs::Git const& git) {
    using Kind = github::Reference::Kind;
    if (!git.commit.empty()) return {.kind = Kind::Commit, .name = git.commit};
    if (git.pull_request) return {.kind = Kind::PullRequest, .number = *git.pull_request};
    if (!git.branch.empty()) return {.kind = Kind::Branch, .name = git.branch};
    if (!git.tag.empty()) return {.kind = Kind::Tag, .name = git.tag};
    return {};
}

bool is_pull_request_ending(FollowedEnvironment const& environment) { return environment.ending == "PullRequestClosed"; }

}  // namespace

Follower::Follower(boost::asio::any_io_executor executor, Followed& followed, github::HeadSource& heads, SecretOf secret_of,
                   Clock& clock, Random& random, Log& log, FollowerOptions options)
    : followed_(followed),
      heads_(heads),
      secret_of_(std::move(secret_of)),
      clock_(clock),
      random_(random),
      log_(log),
      options_(std::move(options)),
      looks_(std::move(executor), [this](std::exception_ptr error) {
          try {
              std::rethrow_exception(std::move(error));
          } catch (std::exception const& e) {
              log_.error("a look at a repository threw", {{"what", e.what()}});
          }
      }) {}

Task<void> Follower::run() {
    using namespace boost::asio::experimental::awaitable_operators;
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    co_await (drive() && hear_changes());
    looks_.cancel();
    co_await boost::asio::this_coro::reset_cancellation_state();
    co_await looks_.join(clock_, clock_.now() + seconds(5));
}

Task<void> Follower::hear_changes() {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    auto const state = co_await boost::asio::this_coro::cancellation_state;
    while (state.cancelled() == boost::asio::cancellation_type::none) {
        co_await followed_.changed().wait_until(clock_, clock_.now() + std::chrono::hours(1));
        regroup_due_ = true;
        wake_.notify();
    }
}

Task<void> Follower::drive() {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    auto const state = co_await boost::asio::this_coro::cancellation_state;
    while (state.cancelled() == boost::asio::cancellation_type::none) {
        // The loop tells of each of its passes: grouping anew for all of them together is enough.
        auto const regroup_at = regrouped_ + regroup_pause;
        if (regroup_due_ && clock_.now() >= regroup_at) regroup();
        auto next = followed_.ready() ? start_looks() : clock_.now() + seconds(1);
        if (regroup_due_) next = std::min(next, regroup_at);
        co_await wake_.wait_until(clock_, next);
    }
}

void Follower::regroup() {
    regroup_due_ = false;
    regrouped_ = clock_.now();
    std::set<specs::Key> present;
    for (auto const& environment : followed_.environments()) {
        present.insert(environment.key);
        auto const known = followings_.find(environment.key);
        if (known != followings_.end() && known->second.spec == environment.spec) continue;
        if (known == followings_.end() || known->second.spec->spec.git != environment.spec->spec.git) {
            follow(environment);
            continue;
        }
        // The same head may lead to something else now: another policy for closed pull requests, an image of its own.
        auto& following = known->second;
        following.spec = environment.spec;
        following.settled = following.repository.empty();
        if (auto const at = repositories_.find(following.repository); at != repositories_.end() && following.head)
            at->second.due = std::min(at->second.due, clock_.now());
    }
    std::erase_if(followings_, [&](auto const& entry) { return !present.contains(entry.first); });
    for (auto& [id, repository] : repositories_) {
        std::erase_if(repository.environments, [&](specs::Key const& key) {
            auto const found = followings_.find(key);
            return found == followings_.end() || found->second.repository != id;
        });
    }
    std::erase_if(repositories_, [](auto const& entry) { return entry.second.environments.empty() && !entry.second.asking; });
}

/// A wish that is new, or points somewhere else now.
void Follower::follow(FollowedEnvironment const& environment) {
    auto const& git = *environment.spec->spec.git;
    auto& following = followings_[environment.key];
    following = {.spec = environment.spec, .repository = {}, .reference = reference_of(git)};
    auto const address = github::parse_address(git.repository, options_.github_host);
    if (!address) return refuse(environment.key, following, address.error());
    if (address->is_local && !options_.allow_local) {
        return refuse(environment.key, following,
                      {.kind = ErrorKind::Refused,
                       .message = "repositories on the controller's own machine are not allowed",
                       .hint = "Start the controller with --allow-local-repositories."});
    }
    if (!address->is_local && options_.only_local) {
        following.settled = true;
        return followed_.set_revision(environment.key, plan::Revision());
    }
    github::Place place{.address = *address};
    if (git.credentials) {
        place.credentials = git.credentials->env.empty() ? "file:" + git.credentials->file : "env:" + git.credentials->env;
    }
    following.repository = place.key();
    // A whole hash is its own answer.
    if (plan::is_commit(git.commit)) following.head = github::Head{.commit = git.commit};
    auto& repository = repositories_[following.repository];
    repository.place = std::move(place);
    repository.credentials = git.credentials;
    repository.environments.insert(environment.key);
    // What is new is not kept waiting by what failed before; a host that asked for peace has it (look() hears of it again).
    repository.due = std::min(repository.due, clock_.now());
}

void Follower::refuse(specs::Key const& key, Following& following, Error const& error) {
    following.settled = true;
    followed_.set_source_problem(key, std::string(reason_of(error.kind)), text_of(error));
}

/// Starts all that is due, and tells when the next is.
Instant Follower::start_looks() {
    auto const now = clock_.now();
    auto next = now + std::chrono::hours(1);
    for (auto& [id, repository] : repositories_) {
        if (repository.asking || repository.environments.empty()) continue;
        if (repository.due <= now && looks_.size() < options_.looks) {
            repository.asking = true;
            looks_.spawn(look(id));
        }
        // A look at a folder has ended by now. One that found no place is started when another ends.
        if (!repository.asking && repository.due > now) next = std::min(next, repository.due);
    }
    return next;
}

std::size_t Follower::look_now(std::string const& name) {
    auto const address = github::parse_address(name, options_.github_host);
    if (!address) return 0;
    // GitHub takes names in any case and tells them in the owner's.
    auto const same = [&](std::string const& text) {
        return std::ranges::equal(text, address->text, [](char a, char b) {
            auto const lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
            return lower(a) == lower(b);
        });
    };
    std::size_t count = 0;
    for (auto& [id, repository] : repositories_) {
        if (repository.place.address.kind != address->kind || !same(repository.place.address.text)) continue;
        repository.hinted = true;
        repository.due = clock_.now();
        count += repository.environments.size();
    }
    if (count > 0) wake_.notify();
    return count;
}

Task<void> Follower::look(std::string id) {
    struct Ended {
        Follower& follower;
        std::string const& id;
        ~Ended() {
            if (auto const found = follower.repositories_.find(id); found != follower.repositories_.end())
                found->second.asking = false;
            follower.wake_.notify();
        }
    } const ended{*this, id};

    // Safe across the awaits below: a repository that is being asked is not erased.
    auto& repository = repositories_.at(id);
    bool const hinted = std::exchange(repository.hinted, false);
    std::set<github::Reference> wanted;
    std::set<github::Reference> urgent;
    for (auto const& key : repository.environments) {
        auto const& following = followings_.at(key);
        bool const pinned = following.reference.kind == github::Reference::Kind::Commit && following.head;
        if (pinned) continue;
        wanted.insert(following.reference);
        if (hinted || !following.head) urgent.insert(following.reference);
    }
    auto place = repository.place;
    std::optional<Error> problem;
    github::Heads heads;
    if (repository.credentials) {
        auto secret = secret_of_(*repository.credentials);
        if (secret) {
            place.secret = std::move(*secret);
        } else {
            problem = secret.error();
            for (auto const& reference : wanted) heads.emplace(reference, std::unexpected(*problem));
        }
    }
    repository.place = place;
    auto const began = clock_.now();
    repository.due = began + options_.interval;
    if (!problem && !wanted.empty()) heads = co_await heads_.look(place, wanted, urgent);
    auto const environments = repository.environments;
    for (auto const& key : environments) {
        if (auto error = take(key, heads)) problem = std::move(error);
    }
    for (auto const& key : environments) co_await settle(key, id);
    // A hint that came meanwhile may be newer than the answer.
    if (!repository.hinted) schedule(repository, problem);
}

/// The next look: an interval after this one, later when the host is in trouble or asks for peace.
void Follower::schedule(Repository& repository, std::optional<Error> const& error) {
    auto pause = options_.interval;
    if (error) {
        pause =
            std::min(options_.interval * (1 << std::min(repository.failures, 5u)), std::max(longest_pause, options_.interval));
        ++repository.failures;
        if (error->retry_after) pause = std::max(pause, *error->retry_after);
    } else {
        repository.failures = 0;
    }
    pause += milliseconds(random_.below(static_cast<std::uint64_t>(options_.interval.count() / 10) + 1));
    repository.due = clock_.now() + pause;
}

/// Keeps what the host said of one environment's reference, or why it said nothing.
std::optional<Error> Follower::take(specs::Key const& key, github::Heads const& heads) {
    auto const found = followings_.find(key);
    if (found == followings_.end()) return std::nullopt;
    auto& following = found->second;
    auto const answer = heads.find(following.reference);
    if (answer == heads.end()) return std::nullopt;
    if (!answer->second) {
        auto const& error = answer->second.error();
        followed_.set_source_problem(key, std::string(reason_of(error.kind)), text_of(error));
        return error;
    }
    auto const& head = *answer->second;
    if (!head) {
        bool const is_branch = following.reference.kind == github::Reference::Kind::Branch;
        followed_.set_source_problem(
            key, is_branch ? "BranchNotFound" : "ReferenceNotFound",
            fmt::format("{} has no {}; what runs stays", following.spec->spec.git->repository, following.reference.text()));
        return std::nullopt;
    }
    if (following.head != *head) following.settled = false;
    following.head = *head;
    // The condition may say that the host could not tell; now it did.
    if (following.settled && !following.told.commit.empty()) followed_.set_revision(key, following.told);
    return std::nullopt;
}

/// Does what the newest known head leads to, unless that was done.
Task<void> Follower::settle(specs::Key key, std::string id) {
    auto found = followings_.find(key);
    if (found == followings_.end() || found->second.repository != id || !found->second.head || found->second.settled) co_return;
    auto const environment = followed_.find(key);
    if (!environment || environment->spec->spec.git != found->second.spec->spec.git) co_return;
    auto const head = *found->second.head;
    auto const place = repositories_.at(id).place;
    if (co_await settle_ending(*environment, head)) {
        found->second.settled = true;
        co_return;
    }
    if (settle_rest(*environment, found->second)) co_return;
    if (admit_) {
        if (auto const hold = co_await admit_(*environment, head, place)) {
            followed_.hold_back(key, {.commit = head.commit, .reason = hold->reason}, hold->message);
            co_return;
        }
    }
    // A host that does not tell where a pull request comes from is no witness that it is not a fork's.
    bool const is_pull_request = environment->spec->spec.git->pull_request.has_value();
    bool const fork = is_pull_request && (!head.pull_request || head.pull_request->from_fork);
    plan::Revision revision{.commit = head.commit, .image = {}, .fork = fork};
    auto const running = followed_.running(key);
    bool const stays = co_await nothing_watched_changed(place, *environment, running.commit, head.commit);
    if (stays) revision = running;
    if (!stays && !environment->spec->spec.runtime.image) {
        auto const detection = co_await heads_.detect(place, head.commit, environment->spec->spec.git->path);
        if (detection) revision.image = detection->image;
        // Refused: this host shows no files, and the default serves. Otherwise another look will tell: a machine must not
        // change its image to and fro because a host has a bad moment.
        if (!detection && detection.error().kind != ErrorKind::Refused && detection.error().kind != ErrorKind::NotFound) {
            followed_.set_source_problem(key, std::string(reason_of(detection.error().kind)), text_of(detection.error()));
            co_return;
        }
    }
    // Much may have happened while the host was asked.
    found = followings_.find(key);
    if (found == followings_.end() || found->second.head != head) co_return;
    found->second.settled = true;
    found->second.told = revision;
    followed_.set_revision(key, revision);
}

/// True when the pull request is closed and that is the end of it.
Task<bool> Follower::settle_ending(FollowedEnvironment const& environment, github::Head const& head) {
    if (!head.pull_request) co_return false;
    auto const& pull = *head.pull_request;
    if (pull.state == github::PullRequestState::Open) {
        if (is_pull_request_ending(environment)) followed_.set_ending(environment.key, std::nullopt);
        co_return false;
    }
    if (environment.spec->spec.on_pull_request_closed != specs::ClosePolicy::Delete) {
        if (is_pull_request_ending(environment)) followed_.set_ending(environment.key, std::nullopt);
        co_return false;
    }
    if (environment.ending.empty()) {
        followed_.set_ending(
            environment.key,
            Ending{.reason = "PullRequestClosed",
                   .message = fmt::format("pull request {} of {} was {}", pull.number, environment.spec->spec.git->repository,
                                          pull.state == github::PullRequestState::Merged ? "merged" : "closed")});
    }
    co_return true;
}

/// `onPullRequestClosed: sleep`. True when the pull request is closed and there is nothing more to do now.
bool Follower::settle_rest(FollowedEnvironment const& environment, Following& following) {
    auto const& pull = following.head->pull_request;
    bool const is_closed = pull && pull->state != github::PullRequestState::Open;
    if (!is_closed || environment.spec->spec.on_pull_request_closed != specs::ClosePolicy::Sleep) {
        // A refusal means that somebody decided otherwise meanwhile.
        if (std::exchange(following.resting, false)) {
            auto const woken = followed_.wake(environment.key, is_closed ? "it is not to sleep with its pull request any more"
                                                                         : "its pull request is open again");
            if (!woken) log_.debug("wake", {{"env", environment.key.text()}, {"error", woken.error().message}});
        }
        return false;
    }
    auto const running = followed_.running(environment.key);
    if (running.commit.empty()) {
        followed_.set_source_problem(environment.key, "PullRequestClosed",
                                     fmt::format("pull request {} is closed, and nothing ran that could sleep", pull->number));
        following.settled = true;
        return true;
    }
    // Refused, it is tried again at the next look: a machine may not be there yet.
    if (!followed_.put_to_sleep(environment.key, fmt::format("pull request {} is closed", pull->number))) return true;
    following.resting = true;
    following.settled = true;
    following.told = running;
    followed_.set_revision(environment.key, running);
    return true;
}

/// Whether the environment can stay as it is: `watch` is set, and nothing that it names changed. In doubt it cannot.
Task<bool> Follower::nothing_watched_changed(github::Place place, FollowedEnvironment const& environment, std::string from,
                                             std::string to) {
    auto const& watch = environment.spec->spec.git->watch;
    if (watch.empty() || from.empty() || from == to) co_return false;
    auto const comparison = co_await heads_.compare(std::move(place), from, to);
    if (!comparison || !comparison->complete || any_watched(watch, comparison->paths)) co_return false;
    log_.info("nothing watched changed", {{"env", environment.key.text()}, {"from", from}, {"to", to}});
    co_return true;
}

}  // namespace dayfly::reconcile
