// git-sync's webhook: who is told to look, and what git-sync is answered.
#include "controller/server/git_sync_hook.h"

#include <gtest/gtest.h>

namespace dayfly::server {
namespace {

/// A source that counts how often it was told to look.
class Told final : public source::Source {
public:
    explicit Told(std::string name) : name_(std::move(name)) {}

    [[nodiscard]] std::string const& name() const override { return name_; }
    [[nodiscard]] source::SourceStatus const& status() const override { return status_; }
    Task<Result<std::shared_ptr<source::Snapshot const>>> read_once() override {
        co_return failure(ErrorKind::NotFound, "nothing is here");
    }
    Task<void> run(source::Publish) override { co_return; }
    void poke() override { ++times; }

    int times = 0;

private:
    std::string name_;
    source::SourceStatus status_;
};

http::Request call(std::string method = "POST") {
    http::Request request{.method = std::move(method), .target = "/hooks/git-sync"};
    request.headers.add("Gitsync-Hash", "3f9c2ab0c1d2e3f4a5b6c7d8e9f00112233445566");
    return request;
}

TEST(GitSyncHook, LetsEveryDirectoryLookAndNoEndpointBeAsked) {
    Told one("dir:/git/current/envs");
    Told two("dir:specs");
    Told endpoint("https://inventory.example/previews");
    EXPECT_EQ(git_sync_hook(call(), {&one, &endpoint, &two}).status, 200);
    EXPECT_EQ(one.times, 1);
    EXPECT_EQ(two.times, 1);
    EXPECT_EQ(endpoint.times, 0) << "a caller without a token must not make us call others";
}

TEST(GitSyncHook, TakesTheSameCommitAgain) {
    Told directory("dir:specs");
    EXPECT_EQ(git_sync_hook(call(), {&directory}).status, 200);
    EXPECT_EQ(git_sync_hook(call(), {&directory}).status, 200);
    EXPECT_EQ(directory.times, 2);
}

TEST(GitSyncHook, SaysSoWhenThereIsNoDirectoryToLookAt) {
    Told endpoint("https://inventory.example/previews");
    EXPECT_EQ(git_sync_hook(call(), {&endpoint}).status, 404);
    EXPECT_EQ(git_sync_hook(call(), {}).status, 404);
}

TEST(GitSyncHook, DoesNothingForOtherMethods) {
    Told directory("dir:specs");
    EXPECT_EQ(git_sync_hook(call("GET"), {&directory}).status, 405);
    EXPECT_EQ(directory.times, 0);
}

}  // namespace
}  // namespace dayfly::server
