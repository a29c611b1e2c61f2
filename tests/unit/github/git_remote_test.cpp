// Heads of repositories behind real git: over plain HTTP, over TLS, and in a folder.
#include "controller/github/git_remote.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>

#include "controller/base/digest.h"
#include "controller/github/hosts.h"
#include "controller/github/local_repository.h"
#include "controller/http/server.h"
#include "tests/support/git_http_backend.h"
#include "tests/support/git_repository.h"

namespace dayfly::github {
namespace {

using Kind = Reference::Kind;

class GitRemoteTest : public ::testing::Test {
protected:
    ~GitRemoteTest() override {
        stop_.emit(boost::asio::cancellation_type::all);
        while (!ended_ && context_.run_one_for(std::chrono::seconds(5)) > 0) {
        }
        if (!certificate_file_.empty()) ::unlink(certificate_file_.c_str());
    }

    void serve(bool tls = false) {
        http::ServerOptions options;
        if (tls) {
            auto const made = http::make_self_signed();
            options.certificate_pem = made->certificate_pem;
            options.private_key_pem = made->private_key_pem;
            certificate_file_ = (repository_.root() / "certificate.pem").string();
            std::ofstream(certificate_file_) << made->certificate_pem;
        }
        server_ = std::make_unique<http::Server>(clock_, Log::none(), options,
                                                 [this](http::Request request) { return answer(std::move(request)); });
        ASSERT_TRUE(server_->listen());
        ended_ = false;
        boost::asio::co_spawn(context_, server_->run(),
                              boost::asio::bind_cancellation_slot(stop_.slot(), [this](std::exception_ptr) { ended_ = true; }));
        url_ = std::string(tls ? "https" : "http") + "://127.0.0.1:" + std::to_string(server_->port()) + "/shop.git";
    }
    Task<http::Response> answer(http::Request request) {
        ++requests_;
        if (!password_.empty()) {
            auto const* const given = request.headers.find("Authorization");
            if (given == nullptr || *given != "Basic " + base64(password_)) co_return http::Response{.status = 401};
        }
        if (instead_) co_return *instead_;
        if (old_protocol_) {
            std::erase_if(request.headers.fields, [](auto const& field) { return field.first == "Git-Protocol"; });
        }
        co_return test::git_http_backend(repository_.root(), request);
    }
    template <class T>
    T run(Task<T> task) {
        std::optional<T> result;
        boost::asio::co_spawn(context_, std::move(task), [&](std::exception_ptr error, T value) {
            if (error) std::rethrow_exception(error);
            result.emplace(std::move(value));
        });
        context_.restart();
        while (!result && context_.run_one_for(std::chrono::seconds(10)) > 0) {
        }
        if (!result) throw std::runtime_error("nothing happened within 10 s");
        return std::move(*result);
    }
    Result<std::optional<Head>> look(Reference const& reference, std::string const& secret = "") {
        if (!hosts_) {
            hosts_ = std::make_unique<Hosts>(
                clock_, transport_,
                [] { return std::make_unique<TokenCredentials>([]() -> Result<Secret> { return Secret(); }); }, observer_,
                HostsOptions{.git_ca_file = certificate_file_});
        }
        auto const address = parse_address(url_, "github.com");
        if (!address) return std::unexpected(address.error());
        EXPECT_TRUE(address->is_local);
        auto const heads =
            run(hosts_->look({.address = *address, .credentials = "test", .secret = Secret(secret)}, {reference}, {reference}));
        return heads.at(reference);
    }
    /// The commit, or "" when there is none; the test fails when the host could not tell.
    std::string commit(Reference const& reference) {
        auto const head = look(reference);
        if (!head) ADD_FAILURE() << head.error().message;
        return head && *head ? (*head)->commit : std::string();
    }
    void expect_all_references() {
        auto const first = repository_.commit("one");
        auto const second = repository_.commit("two", first);
        repository_.set("refs/heads/main", first);
        repository_.set("refs/heads/main-2", second);
        repository_.set("refs/heads/feature/cart", second);
        repository_.git({"tag", "-a", "v1", "-m", "release", first});
        repository_.set("refs/tags/light", second);
        repository_.set("refs/pull/7/head", second);
        repository_.set("refs/merge-requests/8/head", first);
        EXPECT_EQ(commit({}), first);
        EXPECT_EQ(commit({.kind = Kind::Branch, .name = "main"}), first);
        EXPECT_EQ(commit({.kind = Kind::Branch, .name = "feature/cart"}), second);
        EXPECT_EQ(commit({.kind = Kind::Branch, .name = "feature"}), "");
        EXPECT_EQ(commit({.kind = Kind::Tag, .name = "light"}), second);
        EXPECT_EQ(commit({.kind = Kind::PullRequest, .number = 7}), second);
        EXPECT_EQ(commit({.kind = Kind::PullRequest, .number = 8}), first);
        EXPECT_EQ(commit({.kind = Kind::PullRequest, .number = 9}), "");
        EXPECT_EQ(commit({.kind = Kind::Tag, .name = "v1"}),
                  tag_means_commit_ ? first : repository_.git({"rev-parse", "refs/tags/v1"}));
    }

    SystemClock clock_;
    test::BareRepository repository_;
    HttpTransport transport_{clock_, parse_base("https://api.github.com").value(), {}};
    Observer observer_;
    std::unique_ptr<Hosts> hosts_;
    std::unique_ptr<http::Server> server_;
    std::string url_;
    std::string certificate_file_;
    std::string password_;
    std::optional<http::Response> instead_;
    bool old_protocol_ = false;
    bool tag_means_commit_ = true;
    int requests_ = 0;
    bool ended_ = true;
    boost::asio::cancellation_signal stop_;
    boost::asio::io_context context_{1};
};

TEST_F(GitRemoteTest, TellsEveryKindOfReferenceOverPlainHttp) {
    serve();
    expect_all_references();
}

TEST_F(GitRemoteTest, TellsThemOverTls) {
    serve(true);
    expect_all_references();
}

TEST_F(GitRemoteTest, TellsThemWhenTheServerSpeaksTheOldProtocol) {
    old_protocol_ = true;
    serve();
    expect_all_references();
}

TEST_F(GitRemoteTest, TellsThemOfAFolder) {
    tag_means_commit_ = false;
    url_ = "file://" + repository_.folder();
    expect_all_references();
    tag_means_commit_ = true;
    repository_.git({"pack-refs", "--all"});
    EXPECT_EQ(commit({.kind = Kind::Tag, .name = "v1"}), repository_.git({"rev-parse", "v1^{commit}"}));
    EXPECT_EQ(commit({}), repository_.git({"rev-parse", "refs/heads/main"}));
}

TEST_F(GitRemoteTest, AsksOnceWhenItKnowsTheServer) {
    serve();
    repository_.set("refs/heads/main", repository_.commit("one"));
    (void)commit({});
    EXPECT_EQ(requests_, 2);
    (void)commit({});
    EXPECT_EQ(requests_, 3);
}

TEST_F(GitRemoteTest, SeesAMovedAForcedAndADeletedBranch) {
    serve();
    auto const one = repository_.commit("one");
    auto const two = repository_.commit("two", one);
    auto const other = repository_.commit("other");
    Reference const branch{.kind = Kind::Branch, .name = "feature"};
    repository_.set("refs/heads/main", one);
    for (auto const& wanted : {one, two, other}) {
        repository_.set("refs/heads/feature", wanted);
        EXPECT_EQ(commit(branch), wanted);
    }
    repository_.git({"update-ref", "-d", "refs/heads/feature"});
    auto const gone = look(branch);
    ASSERT_TRUE(gone);
    EXPECT_FALSE(*gone) << "the server answered, and there is no such branch";
}

TEST_F(GitRemoteTest, ReadsAPrivateRepositoryByToken) {
    password_ = "x-access-token:s3cret";
    serve();
    auto const one = repository_.commit("one");
    repository_.set("refs/heads/main", one);
    auto const refused = look({});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Unauthenticated);
    auto const wrong = look({}, "wr0ng");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().message.find("wr0ng"), std::string::npos);
    auto const head = look({}, "s3cret");
    ASSERT_TRUE(head) << head.error().message;
    EXPECT_EQ((*head)->commit, one);
    password_ = "ana:s3cret";
    EXPECT_TRUE(look({}, "ana:s3cret")) << "a user name of one's own";
}

TEST_F(GitRemoteTest, TellsAnEmptyRepositoryFromNone) {
    serve();
    auto const empty = look({});
    ASSERT_TRUE(empty) << empty.error().message;
    EXPECT_FALSE(*empty);
    url_ = url_.substr(0, url_.rfind('/')) + "/other.git";
    auto const none = look({});
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind, ErrorKind::NotFound);
}

TEST_F(GitRemoteTest, TakesNothingElseForAnAnswer) {
    serve();
    repository_.set("refs/heads/main", repository_.commit("one"));
    auto const with_type = [](int status, std::string type, std::string body) {
        http::Response response{.status = status, .body = std::move(body)};
        response.headers.add("Content-Type", std::move(type));
        return response;
    };
    std::string const git_type = "application/x-git-upload-pack-advertisement";
    for (auto const& [response, kind] : {std::pair{with_type(200, "text/html", "<html>"), ErrorKind::Unavailable},
                                         std::pair{with_type(200, git_type, "<html>"), ErrorKind::Unavailable},
                                         std::pair{with_type(200, git_type, ""), ErrorKind::Unavailable},
                                         std::pair{with_type(200, git_type, "0008oops"), ErrorKind::Unavailable},
                                         std::pair{with_type(200, git_type, "ffff"), ErrorKind::Unavailable},
                                         std::pair{with_type(503, "text/plain", ""), ErrorKind::Unavailable},
                                         std::pair{with_type(403, "text/plain", ""), ErrorKind::Forbidden},
                                         std::pair{with_type(429, "text/plain", ""), ErrorKind::RateLimited}}) {
        instead_ = response;
        auto const head = look({});
        ASSERT_FALSE(head) << response.body;
        EXPECT_EQ(head.error().kind, kind) << head.error().message;
    }
    instead_.reset();
    EXPECT_TRUE(look({}));
}

TEST(LocalRepository, IsReadThroughItsWorkingTreeToo) {
    test::BareRepository const bare;
    bare.set("refs/heads/main", bare.commit("one"));
    bare.git({"clone", "-q", bare.folder(), (bare.root() / "checkout").string()});
    auto const references = local_references((bare.root() / "checkout").string(), {"refs/heads/main"});
    ASSERT_TRUE(references) << references.error().message;
    EXPECT_EQ(references->commits.at("HEAD"), bare.git({"rev-parse", "refs/heads/main"}));
    EXPECT_EQ(references->head, "refs/heads/main");
    EXPECT_FALSE(local_references(bare.root(), {"refs/heads/main"}));
    auto const outside = local_references(bare.folder(), {"refs/../../checkout/.git/HEAD"});
    ASSERT_TRUE(outside);
    EXPECT_EQ(outside->commits.size(), 2u) << "nothing but HEAD and what it points at";
}

}  // namespace
}  // namespace dayfly::github
