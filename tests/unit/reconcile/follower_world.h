// A follower on virtual time between a FakeGithub and a loop that only remembers what it was told.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controller/github/hosts.h"
#include "controller/reconcile/follower.h"
#include "tests/support/fake_github.h"
#include "tests/support/virtual_clock.h"

namespace dayfly::reconcile {

using namespace std::chrono_literals;
using test::commit_of;
using test::FakeGithub;

class RememberedLoop final : public Followed {
public:
    struct Entry {
        std::shared_ptr<specs::PreviewEnvironment const> spec;
        plan::Revision revision;
        std::optional<Ending> ending;
        std::string problem;  ///< the reason; "" after a good answer
        std::string message;
        std::vector<std::string> commits;  ///< each that it was told anew
        std::string cause;                 ///< of the last sleep or wake
        bool asleep = false;
    };

    [[nodiscard]] bool ready() const override { return is_ready; }
    [[nodiscard]] std::vector<FollowedEnvironment> environments() const override {
        std::vector<FollowedEnvironment> all;
        for (auto const& [key, entry] : entries) all.push_back(*find(key));
        return all;
    }
    [[nodiscard]] std::optional<FollowedEnvironment> find(specs::Key const& key) const override {
        auto const found = entries.find(key);
        if (found == entries.end()) return std::nullopt;
        auto const& entry = found->second;
        return FollowedEnvironment{.key = key, .spec = entry.spec, .ending = entry.ending ? entry.ending->reason : ""};
    }
    [[nodiscard]] plan::Revision running(specs::Key const& key) const override { return entries.at(key).revision; }
    [[nodiscard]] Signal& changed() override { return signal; }
    void set_revision(specs::Key const& key, plan::Revision const& revision) override {
        auto& entry = entries.at(key);
        entry.problem.clear();
        if (entry.revision == revision) return;
        if (entry.revision.commit != revision.commit) entry.commits.push_back(revision.commit);
        entry.revision = revision;
    }
    void set_source_problem(specs::Key const& key, std::string const& reason, std::string const& text) override {
        entries.at(key).problem = reason;
        entries.at(key).message = text;
    }
    void hold_back(specs::Key const& key, HeldCommit const& held, std::string const& text) override {
        set_source_problem(key, held.reason, text);
    }
    void set_ending(specs::Key const& key, std::optional<Ending> ending) override {
        entries.at(key).ending = std::move(ending);
    }

    Result<void> put_to_sleep(specs::Key const& key, std::string const& cause) override {
        entries.at(key).cause = cause;
        entries.at(key).asleep = true;
        return {};
    }
    Result<void> wake(specs::Key const& key, std::string const& cause) override {
        entries.at(key).cause = cause;
        entries.at(key).asleep = false;
        return {};
    }

    std::map<specs::Key, Entry> entries;
    Signal signal;
    bool is_ready = true;
};

class FollowerTest : public ::testing::Test {
protected:
    FollowerTest() {
        github_.tokens["own"] = {"acme/shop"};
        auto& shop = github_.repositories["acme/shop"];
        shop.id = 1;
        commit("1", {{"package.json", R"({"engines":{"node":"20"}})"}, {"package-lock.json", "{}"}});
        shop.branches["main"] = commit_of("1");
    }
    ~FollowerTest() override { stop(); }

    test::FakeRepository& shop() { return github_.repositories["acme/shop"]; }
    /// A commit on top of `parent`.
    void commit(std::string const& seed, std::map<std::string, std::string> files, std::string const& parent = "") {
        shop().files[commit_of(seed)] = std::move(files);
        if (!parent.empty()) shop().parents[commit_of(seed)] = commit_of(parent);
    }
    /// The same files as `parent`, `path` changed.
    void change(std::string const& seed, std::string const& parent, std::string const& path) {
        auto files = shop().files[commit_of(parent)];
        files[path] = seed;
        commit(seed, std::move(files), parent);
    }

    void add(std::string const& name, specs::Git git, specs::ClosePolicy policy = specs::ClosePolicy::Delete) {
        auto environment = std::make_shared<specs::PreviewEnvironment>();
        environment->key = {.name = name};
        environment->spec.git = std::move(git);
        environment->spec.on_pull_request_closed = policy;
        loop_.entries[environment->key].spec = environment;
        loop_.signal.notify();
    }
    RememberedLoop::Entry& at(std::string const& name) { return loop_.entries.at({.name = name}); }

    void start(FollowerOptions options = {}) {
        follower_ = std::make_unique<Follower>(
            context_.get_executor(), loop_, hosts_,
            [this](specs::Credentials const& credentials) -> Result<Secret> {
                if (secrets_.contains(credentials.env)) return Secret(secrets_.at(credentials.env));
                return failure(ErrorKind::InvalidInput, "the variable " + credentials.env + " is not set");
            },
            clock_, random_, Log::none(), std::move(options));
        ended_ = false;
        boost::asio::co_spawn(context_, follower_->run(),
                              boost::asio::bind_cancellation_slot(stop_.slot(), [this](std::exception_ptr error) {
                                  EXPECT_FALSE(error);
                                  ended_ = true;
                              }));
    }
    void stop() {
        if (!follower_) return;
        stop_.emit(boost::asio::cancellation_type::all);
        EXPECT_TRUE(test::run_until(context_, clock_, 1min, [this] { return ended_; }));
        follower_.reset();
    }
    void pass(Instant::duration time) {
        auto const until = clock_.now() + time;
        bool over = false;
        boost::asio::co_spawn(
            context_, [](Clock& clock, Instant when) -> Task<void> { co_await clock.sleep_until(when); }(clock_, until),
            [&](std::exception_ptr) { over = true; });
        ASSERT_TRUE(test::run_until(context_, clock_, time + 1s, [&] { return over; }));
    }
    /// Two intervals: every question of one repository has had its turn.
    void look() { pass(70s); }

    test::VirtualClock clock_;
    Random random_{7};
    FakeGithub github_{clock_};
    test::FakeGithubTransport transport_{clock_, github_};
    github::Observer observer_;
    std::map<std::string, std::string> secrets_;
    std::string own_token_ = "own";
    github::Hosts hosts_{
        clock_,
        transport_,
        [this] {
            return std::make_unique<github::TokenCredentials>([this]() -> Result<Secret> { return Secret(own_token_); });
        },
        observer_,
        {}};
    RememberedLoop loop_;
    std::unique_ptr<Follower> follower_;
    boost::asio::cancellation_signal stop_;
    bool ended_ = true;
    boost::asio::io_context context_{1};
};

}  // namespace dayfly::reconcile
