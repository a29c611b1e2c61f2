// Follows what git sources point at: one question per repository and interval, whatever the number of environments, and a new
// commit at once when somebody hints at one. What a host says moves environments; what it does not say changes nothing, and a
// wrong or missing answer never removes anything.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "controller/base/log.h"
#include "controller/base/random.h"
#include "controller/base/task_group.h"
#include "controller/github/heads.h"
#include "controller/reconcile/followed.h"

namespace dayfly::reconcile {

struct FollowerOptions {
    milliseconds interval{30'000};  ///< between two looks at a repository; up to a tenth more
    std::size_t looks = 16;         ///< repositories asked at the same time
    bool allow_local = false;       ///< repositories on this machine: file:// and loopback
    bool only_local = false;        ///< ask nobody else: elsewhere the machine finds the commit itself
    std::string github_host = "github.com";
};

/// Why a head must not run yet. It is asked about again at each look.
struct Hold {
    std::string reason;  ///< CamelCase
    std::string message;
};

class Follower {
public:
    /// The secret behind `spec.source.git.credentials`.
    using SecretOf = std::function<Result<Secret>(specs::Credentials const&)>;
    /// Asked before a head is put to work, for rules that are others' business. Nothing: go on.
    using Admit = std::function<Task<std::optional<Hold>>(FollowedEnvironment, github::Head, github::Place)>;

    /// All that is referred to must outlive the follower.
    Follower(boost::asio::any_io_executor executor, Followed& followed, github::HeadSource& heads, SecretOf secret_of,
             Clock& clock, Random& random, Log& log, FollowerOptions options);

    /// Before run(); without it every head may run.
    void set_admission(Admit admit) { admit_ = std::move(admit); }
    /// Runs until cancelled.
    Task<void> run();
    /// Something may have happened in `repository`, written as in a spec: ask now. Hints that come while it is being asked lead
    /// to one more question. The number of environments that follow it.
    std::size_t look_now(std::string const& repository);

private:
    struct Following {
        std::shared_ptr<specs::PreviewEnvironment const> spec;
        std::string repository;  ///< key of repositories_
        github::Reference reference;
        std::optional<github::Head> head;
        bool settled = false;  ///< what `head` leads to was done
        bool resting = false;  ///< it was put to sleep because its pull request was closed
        plan::Revision told;   ///< without a commit: nothing was told yet
    };
    struct Repository {
        github::Place place;
        std::optional<specs::Credentials> credentials;
        std::set<specs::Key> environments;
        Instant due{};
        bool asking = false;
        bool hinted = false;  ///< the next look must answer for everything
        unsigned failures = 0;
    };
    Task<void> hear_changes();
    Task<void> drive();
    void regroup();
    void follow(FollowedEnvironment const& environment);
    void refuse(specs::Key const& key, Following& following, Error const& error);
    Instant start_looks();
    Task<void> look(std::string id);
    void schedule(Repository& repository, std::optional<Error> const& error);
    [[nodiscard]] std::optional<Error> take(specs::Key const& key, github::Heads const& heads);
    Task<void> settle(specs::Key key, std::string id);
    Task<bool> settle_ending(FollowedEnvironment const& environment, github::Head const& head);
    [[nodiscard]] bool settle_rest(FollowedEnvironment const& environment, Following& following);
    Task<bool> nothing_watched_changed(github::Place place, FollowedEnvironment const& environment, std::string from,
                                       std::string to);
    Followed& followed_;
    github::HeadSource& heads_;
    SecretOf secret_of_;
    Clock& clock_;
    Random& random_;
    Log& log_;
    FollowerOptions options_;
    Admit admit_;
    std::map<specs::Key, Following> followings_;
    std::map<std::string, Repository> repositories_;
    bool regroup_due_ = true;
    Instant regrouped_{};
    Signal wake_;
    TaskGroup looks_;
};

}  // namespace dayfly::reconcile
