// Where the token and the secrets of the build are seen, and where not: a private repository over HTTP, and marked values that
// are looked for everywhere.
#include <gmock/gmock.h>

#include <csignal>

#include "controller/base/digest.h"
#include "controller/boot/program.h"
#include "tests/support/git_http_server.h"
#include "tests/unit/boot/machine.h"

namespace dayfly::boot {
namespace {

namespace fs = std::filesystem;
using test::read_text;
using testing::HasSubstr;
using testing::Not;

constexpr char token[] = "marked-git-token-4711";
constexpr char build_secret[] = "marked-build-secret-4712";

class PrivateRepository : public BootProgram {
protected:
    PrivateRepository()
        : repository_(outside() / "served" / "acme" / "shop.git"), commit_(repository_.commit({{"a", "one\n"}})) {
        environment_["DAYFLY_REPOSITORY"] = server_.url() + "/acme/shop.git/.git";
        environment_["DAYFLY_REF"] = "refs/heads/main";
        environment_["DAYFLY_COMMIT"] = commit_;
        environment_[git_token] = token;
        environment_["NPM_TOKEN"] = build_secret;
        environment_["DAYFLY_BUILD_SECRETS"] = "NPM_TOKEN";
        environment_["DAYFLY_INSTALL"] = "";
        environment_["DAYFLY_BUILD"] = "";
        environment_["DAYFLY_START"] = "true";
    }

    test::GitRepository repository_;
    std::string commit_;
    test::GitHttpServer server_{outside() / "served", token};
};

INSTANTIATE_TEST_SUITE_P(Shells, PrivateRepository, testing::Values("dash", "busybox"),
                         [](auto const& tested) { return tested.param; });

TEST_P(PrivateRepository, IsClonedWithItsToken) {
    auto const ended = boot();
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_EQ(read_text(checkout() / "a"), "one\n");
    EXPECT_GT(server_.packs(), 0);
}

TEST_P(PrivateRepository, IsNotAskedAgainForACommitThatIsThere) {
    EXPECT_EQ(boot().code, 0);
    auto const before = server_.presented().size();
    EXPECT_EQ(boot().code, 0);
    EXPECT_EQ(server_.presented().size(), before);
}

TEST_P(PrivateRepository, WithAWrongTokenIsACloneFailureWithoutTheToken) {
    environment_[git_token] = "marked-wrong-token";
    auto const ended = boot();
    EXPECT_EQ(ended.code, 21);
    EXPECT_THAT(ended.output, HasSubstr("Authentication failed"));
    EXPECT_THAT(ended.output, Not(HasSubstr("marked-wrong-token")));
    environment_.erase(git_token);
    EXPECT_EQ(boot().code, 21);
}

TEST_P(PrivateRepository, DoesNotSendItsTokenToWhereItIsRedirected) {
    test::GitHttpServer elsewhere(outside() / "served", "another-token");
    server_.redirect_to(elsewhere.url());
    auto const ended = boot();
    EXPECT_EQ(ended.code, 21) << ended.output;
    ASSERT_FALSE(elsewhere.presented().empty());
    for (auto const& presented : elsewhere.presented()) EXPECT_EQ(presented, "");
}

TEST_P(PrivateRepository, LeavesItsTokenNowhere) {
    // Everything that the program runs is asked for its arguments and its environment, and so is what runs it.
    auto const spy = [&](std::string const& stage) {
        return "{ tr '\\0' '\\n' </proc/$$/environ; tr '\\0' '\\n' </proc/$PPID/environ; } >" + (outside() / stage).string() +
               "; cat /proc/[0-9]*/cmdline >" + (outside() / "arguments").string() + " 2>/dev/null; true";
    };
    environment_["DAYFLY_INSTALL"] = spy("install");
    environment_["DAYFLY_BUILD"] = spy("build");
    environment_["DAYFLY_START"] = spy("start") + "; echo started";
    // And git itself writes down what it is called with.
    install_program("git", "#!/bin/sh\nprintf '%s\\n' \"$@\" >>" + (outside() / "git-arguments").string() +
                               "\ncat /proc/[0-9]*/cmdline >>" + (outside() / "git-arguments").string() +
                               " 2>/dev/null\nexec " + find_program("git").string() + " \"$@\"\n");
    auto const ended = boot();
    ASSERT_EQ(ended.code, 0) << ended.output;
    ASSERT_THAT(ended.output, HasSubstr("started"));
    ASSERT_THAT(read_text(outside() / "git-arguments"), HasSubstr("fetch"));

    for (auto const* secret : {token, build_secret}) {
        EXPECT_THAT(ended.output, Not(HasSubstr(secret)));
        EXPECT_THAT(files_with(secret), testing::IsEmpty());
        EXPECT_THAT(read_text(outside() / "arguments"), Not(HasSubstr(secret)));
        EXPECT_THAT(read_text(outside() / "git-arguments"), Not(HasSubstr(secret)));
        EXPECT_THAT(report_text(1000, "clone"), Not(HasSubstr(secret)));
    }
    EXPECT_THAT(files_with(base64(std::string("x-access-token:") + token)), testing::IsEmpty());
    for (auto const* stage : {"install", "build"}) {
        EXPECT_THAT(read_text(outside() / stage), Not(HasSubstr(token))) << stage;
        EXPECT_THAT(read_text(outside() / stage), HasSubstr(build_secret)) << stage;
    }
    EXPECT_THAT(read_text(outside() / "start"), HasSubstr("PATH="));
    EXPECT_THAT(read_text(outside() / "start"), Not(HasSubstr(token)));
    EXPECT_THAT(read_text(outside() / "start"), Not(HasSubstr(build_secret)));
}

TEST_P(PrivateRepository, IsNotFetchedWithWhatAnAppLeftInItsClone) {
    auto const planted = (outside() / "planted").string();
    environment_["DAYFLY_START"] =
        "printf '[core]\\n\\thooksPath = .git/hooks\\n\\tfsmonitor = touch " + planted +
        "\\n[credential]\\n\\thelper = !touch " + planted +
        "\\n[http]\\n\\textraHeader = X: y\\n' >>.git/config && mkdir -p .git/hooks && printf '#!/bin/sh\\ntouch " + planted +
        "\\n' >.git/hooks/post-checkout && chmod +x .git/hooks/post-checkout";
    ASSERT_EQ(boot().code, 0);
    ASSERT_THAT(read_text(checkout() / ".git" / "config"), HasSubstr(planted));
    environment_["DAYFLY_COMMIT"] = repository_.commit({{"a", "two\n"}});
    auto const ended = boot();
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_EQ(read_text(checkout() / "a"), "two\n");
    EXPECT_FALSE(fs::exists(planted));
}

}  // namespace
}  // namespace dayfly::boot
