// What the client makes of GitHub's answers: conditions, budget, pages, renames, and answers that are none.
#include <boost/asio/experimental/awaitable_operators.hpp>

#include "controller/github/hosts.h"
#include "tests/unit/github/github_world.h"

namespace dayfly::github {
namespace {

using Fault = FakeGithub::Fault;

class ClientTest : public GithubTest {
protected:
    ClientTest() { client(); }
};

TEST_F(ClientTest, AsksConditionallyTheSecondTimeAndKeepsTheAnswer) {
    auto const first = run(client_->get("acme/shop", "/repos/acme/shop"));
    auto const second = run(client_->get("acme/shop", "/repos/acme/shop"));
    ASSERT_TRUE(first && second);
    EXPECT_FALSE(first->unchanged);
    EXPECT_TRUE(second->unchanged);
    EXPECT_EQ(second->body, first->body);
    EXPECT_EQ(github_.counted, 1) << "a 304 is free";
    github_.repositories["acme/shop"].archived = true;
    auto const third = run(client_->get("acme/shop", "/repos/acme/shop"));
    ASSERT_TRUE(third);
    EXPECT_FALSE(third->unchanged);
    EXPECT_NE(third->body, first->body);
}

TEST_F(ClientTest, SendsTheTokenAndTheVersion) {
    ASSERT_TRUE(get_json("/repos/acme/shop"));
    auto const& headers = github_.whole_requests.at(0).headers;
    EXPECT_EQ(*headers.find("Authorization"), "Bearer t0ken");
    EXPECT_EQ(*headers.find("X-GitHub-Api-Version"), "2022-11-28");
    EXPECT_NE(headers.find("User-Agent"), nullptr);
}

TEST_F(ClientTest, AsksWithoutAuthorizationWhenThereIsNoToken) {
    token_.clear();
    ASSERT_TRUE(get_json("/repos/acme/shop"));
    EXPECT_EQ(github_.whole_requests.at(0).headers.find("Authorization"), nullptr);
}

TEST_F(ClientTest, NamesWhatAFailureMeans) {
    std::vector<std::pair<Fault, ErrorKind>> const table{
        {Fault::Down, ErrorKind::Unavailable},    {Fault::Refused, ErrorKind::Unavailable},
        {Fault::Slow, ErrorKind::Unavailable},    {Fault::Garbage, ErrorKind::Unavailable},
        {Fault::WebPage, ErrorKind::Unavailable}, {Fault::Error, ErrorKind::Unavailable},
        {Fault::NotFound, ErrorKind::NotFound},   {Fault::Unauthorized, ErrorKind::Unauthenticated},
        {Fault::Forbidden, ErrorKind::Forbidden}, {Fault::Secondary, ErrorKind::RateLimited},
        {Fault::TooMany, ErrorKind::RateLimited},
    };
    for (auto const& [fault, kind] : table) {
        client();
        github_.fault = fault;
        auto const answer = get_json("/repos/acme/shop");
        ASSERT_FALSE(answer) << static_cast<int>(fault);
        EXPECT_EQ(answer.error().kind, kind) << answer.error().message;
        EXPECT_EQ(answer.error().message.find("t0ken"), std::string::npos);
        EXPECT_NE(answer.error().message.find("/repos/acme/shop"), std::string::npos) << answer.error().message;
    }
}

TEST_F(ClientTest, SaysThatNotFoundMayBeAMissingPermission) {
    github_.repositories["acme/shop"].is_private = true;
    token_.clear();
    auto const answer = get_json("/repos/acme/shop");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::NotFound);
    EXPECT_NE(answer.error().hint.find("no access"), std::string::npos);
}

TEST_F(ClientTest, StopsBeforeTheBudgetIsSpentAndGoesOnWhenItIsNew) {
    github_.rate_limit = 300;
    for (int i = 0; i < 400; ++i) (void)get_json("/repos/acme/shop/commits/" + std::to_string(i));
    EXPECT_EQ(github_.counted, 280) << "20 are left alone";
    EXPECT_EQ(observer_.held, 120);
    EXPECT_EQ(observer_.remaining, 20);
    auto const held = get_json("/repos/acme/shop");
    ASSERT_FALSE(held);
    EXPECT_EQ(held.error().kind, ErrorKind::RateLimited);
    EXPECT_GT(held.error().retry_after, 50min);
    clock_.advance_to(clock_.now() + *held.error().retry_after);
    EXPECT_TRUE(get_json("/repos/acme/shop"));
}

TEST_F(ClientTest, CountsQuestionsOnTheirWayAsSpent) {
    using namespace boost::asio::experimental::awaitable_operators;
    github_.rate_limit = 211;
    for (int i = 0; i < 190; ++i) (void)get_json("/repos/acme/shop/commits/" + std::to_string(i));
    auto const [one, two, three] = run([](Client& to) -> Task<std::tuple<bool, bool, bool>> {
        auto [a, b, c] =
            co_await (to.get_json("acme/shop", "/repos/acme/shop") && to.get_json("acme/shop", "/repos/acme/shop/branches") &&
                      to.get_json("acme/shop", "/repos/acme/shop/pulls"));
        co_return std::tuple(a.has_value(), b.has_value(), c.has_value());
    }(*client_));
    EXPECT_EQ(one + two + three, 1) << "21 were left, 20 of them untouchable";
}

TEST_F(ClientTest, WaitsLongerAfterEachSecondaryLimit) {
    github_.fault = Fault::Secondary;
    ASSERT_FALSE(get_json("/repos/acme/shop"));
    auto const first = client_->budget("acme/shop").hold(clock_.wall(), 0);
    ASSERT_TRUE(first);
    EXPECT_EQ(*first, 1min);
    clock_.advance_to(clock_.now() + *first);
    ASSERT_FALSE(get_json("/repos/acme/shop"));
    EXPECT_EQ(client_->budget("acme/shop").hold(clock_.wall(), 0), 2min);
    auto const asked = github_.requests.size();
    ASSERT_FALSE(get_json("/repos/acme/shop"));
    EXPECT_EQ(github_.requests.size(), asked) << "while told to wait, nothing is asked";
}

TEST_F(ClientTest, FollowsARenameOnceAndRemembersIt) {
    github_.repositories["acme/store"] = github_.repositories["acme/shop"];
    github_.repositories["acme/shop"].moved_to = "acme/store";
    auto const first = get_json("/repos/acme/shop");
    ASSERT_TRUE(first);
    EXPECT_EQ(text_at(*first, "full_name"), "acme/store");
    ASSERT_TRUE(get_json("/repos/acme/shop"));
    EXPECT_EQ(github_.requests,
              (std::vector<std::string>{"GET /repos/acme/shop", "GET /repositories/1", "GET /repositories/1"}));
}

TEST_F(ClientTest, DoesNotFollowARedirectToSomebodyElse) {
    github_.extra = [](http::Request const&) {
        http::Response response{.status = 301};
        response.headers.add("Location", "https://api.github.com.example.net/repos/acme/shop");
        return std::optional(response);
    };
    auto const answer = get_json("/repos/acme/shop");
    ASSERT_FALSE(answer);
    EXPECT_EQ(github_.requests.size(), 1u);
}

TEST_F(ClientTest, ReadsAllPagesAndSaysWhenThereAreMore) {
    auto& branches = github_.repositories["acme/shop"].branches;
    for (int i = 0; i < 250; ++i) branches["b" + std::to_string(i)] = commit_of("b");
    auto const pages = run(client_->get_pages("acme/shop", "/repos/acme/shop/branches?per_page=100"));
    ASSERT_TRUE(pages);
    EXPECT_EQ(pages->items.size(), 251u);
    EXPECT_TRUE(pages->complete);
    EXPECT_FALSE(pages->unchanged);
    auto const again = run(client_->get_pages("acme/shop", "/repos/acme/shop/branches?per_page=100"));
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->unchanged);
    EXPECT_EQ(again->items, pages->items);
    client({.max_pages = 2});
    auto const few = run(client_->get_pages("acme/shop", "/repos/acme/shop/branches?per_page=100"));
    ASSERT_TRUE(few);
    EXPECT_FALSE(few->complete);
    EXPECT_EQ(few->items.size(), 200u);
}

TEST_F(ClientTest, AsksTheSameOnceForSeveralAtATime) {
    using namespace boost::asio::experimental::awaitable_operators;
    auto const [one, two] = run([](Client& to) -> Task<std::tuple<Result<Json>, Result<Json>>> {
        co_return co_await (to.get_json("acme/shop", "/repos/acme/shop") && to.get_json("acme/shop", "/repos/acme/shop"));
    }(*client_));
    ASSERT_TRUE(one && two);
    EXPECT_EQ(*one, *two);
    EXPECT_EQ(github_.requests.size(), 1u);
}

TEST_F(ClientTest, WritesOnceAndCallsALostAnswerAmbiguous) {
    github_.fault = Fault::Down;
    auto const lost = run(client_->write("POST", "acme/shop", "/repos/acme/shop/deployments", Json{{"ref", "main"}}));
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().kind, ErrorKind::Ambiguous);
    EXPECT_EQ(github_.requests.size(), 1u);
    github_.fault = Fault::None;
    github_.extra = [](http::Request const& request) {
        http::Response response{.status = 201, .body = request.body};
        response.headers.add("Content-Type", "application/json");
        return std::optional(response);
    };
    auto const made = run(client_->write("POST", "acme/shop", "/repos/acme/shop/deployments", Json{{"ref", "main"}}));
    ASSERT_TRUE(made);
    EXPECT_EQ(text_at(*made, "ref"), "main");
}

TEST_F(ClientTest, TellsWhatHappened) {
    (void)get_json("/repos/acme/shop");
    (void)get_json("/repos/acme/shop");
    (void)get_json("/repos/acme/other");
    github_.fault = Fault::Refused;
    (void)get_json("/repos/acme/shop");
    EXPECT_EQ(observer_.results, (std::vector<std::string>{"ok", "not_modified", "not_found", "conn"}));
}

TEST(GithubBase, IsHttpsOrLoopback) {
    EXPECT_EQ(parse_base("https://api.github.com")->text(), "https://api.github.com");
    EXPECT_EQ(parse_base("https://github.example.com/api/v3/")->text(), "https://github.example.com/api/v3");
    EXPECT_EQ(parse_base("http://127.0.0.1:8000")->text(), "http://127.0.0.1:8000");
    for (auto const* url : {"http://github.example.com", "api.github.com", "https://x/y?z", "ssh://git@github.com"}) {
        EXPECT_FALSE(parse_base(url)) << url;
    }
}

TEST(GithubBase, TellsWhereItsRepositoriesAreCloned) {
    EXPECT_EQ(clone_origin(*parse_base("https://api.github.com")), "https://github.com");
    EXPECT_EQ(clone_origin(*parse_base("https://git.acme.example/api/v3")), "https://git.acme.example");
    EXPECT_EQ(clone_origin(*parse_base("https://git.acme.example:8443/api/v3")), "https://git.acme.example:8443");
    EXPECT_EQ(clone_origin(*parse_base("http://127.0.0.1:8000")), "http://127.0.0.1:8000");
}

TEST(EtagCacheTest, ForgetsWhatWasNotUsedForTheLongestTime) {
    EtagCache cache(4'000);
    for (int i = 0; i < 20; ++i) {
        cache.put(std::to_string(i), {.etag = "e", .body = std::string(500, 'x')});
        (void)cache.find("0");
    }
    EXPECT_LE(cache.bytes(), 4'000u);
    EXPECT_NE(cache.find("0"), nullptr);
    EXPECT_NE(cache.find("19"), nullptr);
    EXPECT_EQ(cache.find("5"), nullptr);
    cache.put("large", {.etag = "e", .body = std::string(3'000, 'x')});
    EXPECT_EQ(cache.find("large"), nullptr);
    for (auto const* key : {"0", "19", "18", "17", "16", "15", "14"}) cache.forget(key);
    EXPECT_EQ(cache.bytes(), 0u);
}

}  // namespace
}  // namespace dayfly::github
