// An endpoint source against a real server under TLS: whatever goes wrong, nothing is called gone that the endpoint did not
// call gone.
#include "controller/source/endpoint_source.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "tests/unit/source/endpoint_world.h"

namespace dayfly::source::test {
namespace {

namespace asio = boost::asio;

http::Response with(http::Response response, std::string name, std::string value) {
    response.headers.add(std::move(name), std::move(value));
    return response;
}

using Names = std::set<std::string>;

TEST(EndpointOptions, TakesHttpsAndPlainHttpToThisMachineOnly) {
    EXPECT_TRUE(EndpointOptions{.url = "https://specs.example.com/envs"}.check());
    EXPECT_TRUE(EndpointOptions{.url = "http://127.0.0.1:9000/envs"}.check());
    EXPECT_TRUE(EndpointOptions{.url = "http://[::1]:9000/envs"}.check());
    EXPECT_FALSE(EndpointOptions{.url = "http://specs.example.com/envs"}.check());
    EXPECT_FALSE(EndpointOptions{.url = "https://me:secret@specs.example.com/envs"}.check());
    EXPECT_FALSE((EndpointOptions{.url = "https://specs.example.com/", .interval = 10ms}.check()));
}

TEST_F(EndpointTest, ReadsOnce) {
    answer({complete_answer({"a", "b"})});
    auto const snapshot = read_once();
    ASSERT_TRUE(snapshot) << snapshot.error().message;
    EXPECT_EQ(endpoint_names(**snapshot), (Names{"a", "b"}));
    EXPECT_TRUE((*snapshot)->complete);
    EXPECT_EQ((*snapshot)->source, url("/envs"));
    EXPECT_EQ(*requests_.at(0).headers.find("Accept-Encoding"), "identity");
}

TEST_F(EndpointTest, HasANameWithoutTheQueryWhichStillTellsTwoQueriesApart) {
    auto const name = [&](std::string const& target) {
        return EndpointSource(clock_, random_, log_, {.url = url(target)}).name();
    };
    EXPECT_EQ(name("/envs"), url("/envs"));
    EXPECT_EQ(name("/envs?key=hunter2").find("hunter2"), std::string::npos);
    EXPECT_NE(name("/envs?key=hunter2"), name("/envs?key=hunter3"));
    EXPECT_EQ(name("/envs?key=hunter2"), name("/envs?key=hunter2"));
}

// H1

TEST_F(EndpointTest, AsksWithTheEtagAndTakesNotModifiedAsAConfirmation) {
    auto const tagged = with(complete_answer({"a"}), "ETag", R"(W/"1")");
    auto const next = with(complete_answer({"b"}), "ETag", R"("2")");
    answer({tagged, {.status = 304}, next});
    start();
    run_until([&] { return published_.size() >= 3; });
    EXPECT_EQ(requests_.at(0).headers.find("If-None-Match"), nullptr);
    EXPECT_EQ(*requests_.at(1).headers.find("If-None-Match"), R"(W/"1")");
    EXPECT_TRUE(published_[0].changed);
    EXPECT_FALSE(published_[1].changed);
    EXPECT_TRUE(published_[1].snapshot->complete);
    EXPECT_GE(published_[1].snapshot->read_at, published_[0].snapshot->read_at);
    EXPECT_TRUE(published_[2].changed);
    EXPECT_EQ(endpoint_names(*published_[2].snapshot), Names{"b"});
}

TEST_F(EndpointTest, AChangedEtagOverTheSameObjectsIsNoChange) {
    answer({with(complete_answer({"a"}), "ETag", R"("1")"), with(complete_answer({"a"}), "ETag", R"("2")")});
    start();
    run_until([&] { return published_.size() >= 2; });
    EXPECT_FALSE(published_[1].changed);
}

TEST_F(EndpointTest, FindsChangesByContentWhenThereIsNoValidator) {
    answer({complete_answer({"a"}), complete_answer({"a"}), complete_answer({"a", "b"})});
    start();
    run_until([&] { return published_.size() >= 3; });
    EXPECT_FALSE(published_[1].changed);
    EXPECT_TRUE(published_[2].changed);
}

TEST_F(EndpointTest, UsesTheDateWhenThereIsNoEtag) {
    answer({with(complete_answer({"a"}), "Last-Modified", "Sun, 01 Nov 2026 00:00:00 GMT"), {.status = 304}});
    start();
    run_until([&] { return published_.size() >= 2; });
    EXPECT_EQ(*requests_.at(1).headers.find("If-Modified-Since"), "Sun, 01 Nov 2026 00:00:00 GMT");
}

TEST_F(EndpointTest, DoesNotKeepTheEtagOfABadAnswer) {
    answer({with(json_answer("{}"), "ETag", R"("bad")"), complete_answer({"a"})});
    options_.interval = 1ms;
    start();
    run_until_asked(1);
    source_->poke();
    run_until([&] { return !published_.empty(); });
    EXPECT_EQ(requests_.at(1).headers.find("If-None-Match"), nullptr);
}

TEST_F(EndpointTest, ACompletenessThatIsTakenBackIsAChange) {
    answer({complete_answer({"a"}), json_answer(R"({"items":[)" + endpoint_json("a") + "]}")});
    start();
    run_until([&] { return published_.size() >= 2; });
    EXPECT_TRUE(published_[1].changed);
    EXPECT_FALSE(published_[1].snapshot->complete);
    EXPECT_FALSE(published_[1].snapshot->upsert_only) << "an endpoint that was complete once has something to say";
    ASSERT_EQ(published_[1].snapshot->notes.size(), 1u);
    EXPECT_TRUE(published_[1].snapshot->notes[0].message.contains("no longer says"));
}

TEST_F(EndpointTest, IsUpsertOnlyWhileItNeverSpeaksOfCompletenessAndCanBeRead) {
    answer({with(yaml_answer(endpoint_yaml("a")), "ETag", R"("1")"), {.status = 304}, {.status = 500}, {.status = 304}});
    start();
    run_until([&] { return published_.size() >= 3; });
    source_->poke();
    run_until([&] { return published_.size() >= 4; });
    for (std::size_t i : {0u, 1u, 3u}) EXPECT_TRUE(published_[i].snapshot->upsert_only) << i;
    EXPECT_FALSE(published_[2].snapshot->upsert_only);
    EXPECT_TRUE(published_[3].changed);
}

// H2

TEST_F(EndpointTest, NotModifiedWithoutAnythingReadBeforeIsAnError) {
    answer({{.status = 304}});
    start();
    run_until_asked(1);
    EXPECT_TRUE(published_.empty());
    EXPECT_FALSE(source_->status().up);
}

// H3, H4, H7: an answer that cannot be used keeps the last good set, says nothing of what is gone, and is told.

struct Bad {
    char const* name;
    http::Response response;
    ErrorKind kind = ErrorKind::InvalidInput;
};

class BadAnswer : public EndpointTest, public ::testing::WithParamInterface<Bad> {};

TEST_P(BadAnswer, KeepsWhatWasKnownAndIsTold) {
    options_.fetch.max_body = 4096;
    answer({complete_answer({"a"}), GetParam().response});
    start();
    run_until([&] { return source_->status().errors >= 1; });
    EXPECT_FALSE(source_->status().up);
    EXPECT_NE(source_->status().problem, "");
    ASSERT_EQ(published_.size(), 2u);
    auto const& kept = *published_[1].snapshot;
    EXPECT_TRUE(published_[1].changed);
    EXPECT_EQ(kept.unreadable, source_->status().problem);
    EXPECT_FALSE(kept.complete);
    EXPECT_EQ(endpoint_names(kept), Names{"a"});
    stop();
    auto const once = read_once();
    ASSERT_FALSE(once);
    EXPECT_EQ(once.error().kind, GetParam().kind) << once.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Endpoint, BadAnswer,
    ::testing::Values(
        Bad{"NoContent", {.status = 204}}, Bad{"Partial", {.status = 206}},
        Bad{"ServerError", {.status = 500}, ErrorKind::Unavailable}, Bad{"BadGateway", {.status = 502}, ErrorKind::Unavailable},
        Bad{"Unauthorized", {.status = 401}, ErrorKind::Unauthenticated},
        Bad{"Forbidden", {.status = 403}, ErrorKind::Forbidden}, Bad{"NotFound", {.status = 404}, ErrorKind::NotFound},
        Bad{"TooManyRequests", {.status = 429}, ErrorKind::RateLimited},
        Bad{"TruncatedBody", {.body = "0123456789", .delivery = http::Delivery::Truncated}, ErrorKind::Unavailable},
        Bad{"DroppedConnection", {.delivery = http::Delivery::Dropped}, ErrorKind::Unavailable},
        Bad{"GzipBomb", with(json_answer("\x1f\x8b..."), "Content-Encoding", "gzip")},
        Bad{"Html", with({.body = "<html>"}, "Content-Type", "text/html")}, Bad{"EmptyObject", json_answer("{}")},
        Bad{"Null", json_answer("null")}, Bad{"BareList", json_answer("[]")},
        Bad{"OtherType", with({.body = endpoint_yaml("b")}, "Content-Type", "image/png")},
        Bad{"BodyOverLimit", yaml_answer(endpoint_yaml("b") + std::string(5000, '#')), ErrorKind::Unavailable},
        Bad{"RedirectWithoutTarget", {.status = 302}}),
    [](auto const& tested) { return tested.param.name; });

TEST_F(EndpointTest, RecoversWhenTheEndpointDoes) {
    answer({{.status = 500}, complete_answer({"a"})});
    options_.interval = 1ms;
    start();
    run_until_asked(1);
    source_->poke();
    run_until([&] { return !published_.empty(); });
    EXPECT_TRUE(source_->status().up);
    EXPECT_EQ(source_->status().problem, "");
    EXPECT_EQ(source_->status().errors, 1u);
}

TEST_F(EndpointTest, TellsAFailureOnceConfirmsItAndTakesNotModifiedForItsEnd) {
    answer({with(complete_answer({"a"}), "ETag", R"("1")"), {.status = 503}, {.status = 503}, {.status = 304}});
    start();
    run_until([&] { return !published_.empty(); });
    for (std::size_t count = 2; count <= 4; ++count) {
        source_->poke();
        run_until([&] { return published_.size() >= count; });
    }
    for (std::size_t i : {1u, 2u}) {
        EXPECT_EQ(published_[i].changed, i == 1);
        EXPECT_NE(published_[i].snapshot->unreadable, "");
        EXPECT_FALSE(published_[i].snapshot->complete);
    }
    EXPECT_TRUE(published_[3].changed);
    EXPECT_EQ(published_[3].snapshot->unreadable, "");
    EXPECT_TRUE(published_[3].snapshot->complete);
    EXPECT_EQ(endpoint_names(*published_[3].snapshot), Names{"a"});
}

TEST_F(EndpointTest, LeavesAServerAloneForAsLongAsItWants) {
    answer({with({.status = 429}, "Retry-After", "60")});
    start();
    run_until_asked(1);
    source_->poke();
    bool waited = false;
    asio::co_spawn(context_, clock_.sleep_for(50ms), [&](std::exception_ptr) { waited = true; });
    run_until([&] { return waited; });
    EXPECT_EQ(requests_.size(), 1u);
}

TEST_F(EndpointTest, DoesNotTrustAnUnknownAuthority) {
    answer({complete_answer({"a"})});
    options_.fetch.ca_file.clear();
    auto const once = read_once();
    ASSERT_FALSE(once);
    EXPECT_EQ(once.error().kind, ErrorKind::Unavailable);
    EXPECT_TRUE(requests_.empty());
}

TEST_F(EndpointTest, DuplicatesAreToldAndNeverGone) {
    answer({complete_answer({"a", "twin"}), complete_answer({"a", "twin", "twin"})});
    start();
    run_until([&] { return published_.size() >= 2; });
    auto const& snapshot = *published_[1].snapshot;
    EXPECT_EQ(endpoint_names(snapshot), Names{"a"});
    ASSERT_EQ(snapshot.broken.size(), 1u);
    EXPECT_EQ(snapshot.broken[0].name, "twin");
    EXPECT_EQ(snapshot.problems.size(), 2u);
}

// H6

TEST_F(EndpointTest, FollowsRedirectsWithinItsOriginAtMostThreeTimes) {
    int left = 0;
    handler_ = [&](http::Request) -> Task<http::Response> {
        if (left-- > 0) co_return with({.status = 307}, "Location", left % 2 == 0 ? "/moved?x=1" : url("/moved?x=1"));
        co_return complete_answer({"a"});
    };
    left = 3;
    EXPECT_TRUE(read_once());
    EXPECT_EQ(requests_.back().target, "/moved?x=1");
    left = 4;
    EXPECT_FALSE(read_once());
}

class ForeignRedirect : public EndpointTest, public ::testing::WithParamInterface<char const*> {};

TEST_P(ForeignRedirect, IsNotFollowedAndCarriesNoToken) {
    // Another server, which must never be asked.
    asio::ip::tcp::acceptor other(context_, {asio::ip::address_v4::loopback(), 0});
    other.non_blocking(true);
    std::string location = GetParam();
    if (auto const at = location.find("OTHER"); at != std::string::npos) {
        location.replace(at, 5, std::to_string(other.local_endpoint().port()));
    }
    if (auto const at = location.find("OWN"); at != std::string::npos) location.replace(at, 3, std::to_string(server_->port()));
    options_.fetch.token_file = file("token", "t0ps3cret\n");
    answer({with({.status = 302}, "Location", location)});
    auto const once = read_once();
    ASSERT_FALSE(once);
    EXPECT_EQ(once.error().kind, ErrorKind::InvalidInput);
    boost::system::error_code error;
    auto const caller = other.accept(error);
    EXPECT_EQ(error, asio::error::would_block);
    EXPECT_EQ(requests_.size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Endpoint, ForeignRedirect,
                         ::testing::Values("https://127.0.0.1:OTHER/envs", "http://127.0.0.1:OWN/envs",
                                           "//127.0.0.1:OTHER/envs", "https://localhost:OWN/envs",
                                           "https://me@127.0.0.1:OWN/envs", "envs", "ftp://127.0.0.1/"));

// H8 and what needs a server without manners

class RawEndpoint : public EndpointTest {
protected:
    /// Plain HTTP to a peer that says `words`, one every five milliseconds, and then waits or closes.
    void answer_raw(std::vector<std::string> words, bool close) {
        options_.url = "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/envs";
        asio::co_spawn(context_, talk(std::move(words), close), [](std::exception_ptr) {});
    }

private:
    Task<void> talk(std::vector<std::string> words, bool close) {
        constexpr auto token = asio::as_tuple(asio::use_awaitable);
        auto [error, socket] = co_await acceptor_.async_accept(token);
        for (auto const& word : words) {
            auto const [failed, size] = co_await asio::async_write(socket, asio::buffer(word), token);
            if (failed) co_return;
            co_await clock_.sleep_for(5ms);
        }
        std::string rest(1024, '\0');
        while (!close) {
            auto const [ended, size] = co_await socket.async_read_some(asio::buffer(rest), token);
            if (ended) co_return;
        }
    }
    asio::ip::tcp::acceptor acceptor_{context_, {asio::ip::address_v4::loopback(), 0}};
};

TEST_F(RawEndpoint, EndsAnAnswerThatDripsForEver) {
    std::vector<std::string> words{"HTTP/1.1 200 OK\r\nContent-Type: application/yaml\r\nContent-Length: 100000\r\n\r\n"};
    words.resize(1000, "#");
    answer_raw(words, false);
    options_.fetch.time_limit = 100ms;
    auto const began = std::chrono::steady_clock::now();
    auto const once = read_once();
    ASSERT_FALSE(once);
    EXPECT_EQ(once.error().kind, ErrorKind::Unavailable);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 3s);
}

TEST_F(RawEndpoint, EndsAnAnswerThatNeverComes) {
    answer_raw({}, false);
    options_.fetch.time_limit = 50ms;
    EXPECT_EQ(read_once().error().kind, ErrorKind::Unavailable);
}

TEST_F(RawEndpoint, DoesNotTakeChunksThatBreakOffForAWholeAnswer) {
    auto const header = "HTTP/1.1 200 OK\r\nContent-Type: application/yaml\r\nTransfer-Encoding: chunked\r\n\r\n";
    auto const text = endpoint_yaml("a");
    std::array<char, 32> size{};
    std::snprintf(size.data(), size.size(), "%zx\r\n", text.size());
    answer_raw({header + std::string(size.data()) + text + "\r\n"}, true);
    EXPECT_EQ(read_once().error().kind, ErrorKind::Unavailable);
}

// Credentials

TEST_F(EndpointTest, SendsTheTokenThatIsInTheFileAtEachQuestionAndSaysItNowhere) {
    options_.fetch.token_file = file("token", "t0ps3cret-1\n");
    options_.url = url("/envs?key=hunter2");
    answer({complete_answer({"a"}), {.status = 401}, complete_answer({"b"})});
    start();
    run_until_asked(2);
    file("token", "t0ps3cret-2");
    source_->poke();
    run_until([&] { return published_.size() >= 3; });
    EXPECT_EQ(*requests_.at(0).headers.find("Authorization"), "Bearer t0ps3cret-1");
    EXPECT_EQ(*requests_.at(2).headers.find("Authorization"), "Bearer t0ps3cret-2");
    for (auto const* secret : {"t0ps3cret", "hunter2"})
        EXPECT_EQ(everything_said().find(secret), std::string::npos) << everything_said();
    for (auto const& each : published_) EXPECT_EQ(each.snapshot->source.find("hunter2"), std::string::npos);
}

TEST_F(EndpointTest, AsksNothingWithoutItsToken) {
    answer({complete_answer({"a"})});
    options_.fetch.token_file = directory_ + "/missing";
    EXPECT_EQ(read_once().error().kind, ErrorKind::NotFound);
    options_.fetch.token_file = file("empty", " \n");
    EXPECT_EQ(read_once().error().kind, ErrorKind::InvalidInput);
    options_.fetch.token_file = file("two", "one t0ps3cret\r\nX: y");
    auto const once = read_once();
    EXPECT_EQ(once.error().kind, ErrorKind::InvalidInput);
    EXPECT_EQ(once.error().message.find("t0ps3cret"), std::string::npos);
    EXPECT_TRUE(requests_.empty());
}

TEST_F(EndpointTest, EndsAtOnceWhenItIsCancelledInTheMiddleOfAQuestion) {
    handler_ = [this](http::Request) -> Task<http::Response> {
        co_await clock_.sleep_for(3s);
        co_return complete_answer({"a"});
    };
    start();
    run_until([&] { return requests_.size() == 1; });
    auto const began = std::chrono::steady_clock::now();
    stop();
    EXPECT_LT(std::chrono::steady_clock::now() - began, 1s);
    EXPECT_TRUE(published_.empty());
    EXPECT_EQ(source_->status().errors, 0u);
}

}  // namespace
}  // namespace dayfly::source::test
