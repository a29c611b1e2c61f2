// What GitHub, or somebody who pretends to be GitHub, can make the hook do.
#include "controller/server/github_hook.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <filesystem>
#include <fstream>
#include <map>

#include "controller/base/digest.h"
#include "tests/support/virtual_clock.h"

namespace dayfly::server {
namespace {

constexpr char body[] = R"({"repository":{"full_name":"acme/shop"},"ref":"refs/heads/main"})";

class Hook : public testing::Test {
protected:
    http::Request request(std::string event = "push", std::string text = body, std::string secret = "s3cret") {
        http::Request made{.method = "POST", .target = "/hooks/github", .body = std::move(text)};
        made.headers.add("Content-Type", "application/json");
        made.headers.add("X-GitHub-Event", std::move(event));
        made.headers.add("X-GitHub-Delivery", std::to_string(++deliveries));
        made.headers.add("X-Hub-Signature-256", "sha256=" + hmac_sha256_hex(secret, made.body));
        return made;
    }
    static void set(http::Request& request, std::string const& name, std::string const& value) {
        for (auto& [key, text] : request.headers.fields)
            if (key == name) text = value;
    }
    static void remove(http::Request& request, std::string const& name) {
        std::erase_if(request.headers.fields, [&](auto const& field) { return field.first == name; });
    }
    int status(http::Request const& sent) { return hook.handle(sent).status; }

    test::VirtualClock clock;
    std::vector<Secret> secrets{Secret("s3cret")};
    std::vector<std::string> looks;
    std::set<std::string> followed{"acme/shop", "acme/docs"};
    std::map<std::string, int> results;
    int deliveries = 0;
    GithubHook hook{clock, [this]() -> Result<std::vector<Secret>> { return secrets; },
                    [this](std::string const& repository) {
                        if (followed.contains(repository)) looks.push_back(repository);
                        return followed.contains(repository);
                    },
                    [this](std::string_view result) { ++results[std::string(result)]; }};
};

TEST(HookSignature, MatchesGithubsPublishedExample) {
    std::vector<Secret> const secrets{Secret("It's a Secret to Everybody")};
    EXPECT_TRUE(is_signed("sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17", "Hello, World!", secrets));
    EXPECT_FALSE(
        is_signed("sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17", "Hello, World?", secrets));
    EXPECT_FALSE(
        is_signed("sha256=757107EA0EB2509FC211221CCE984B8A37570B6D7586C22C46F4379C8B043E17", "Hello, World!", secrets));
    EXPECT_FALSE(is_signed("757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17", "Hello, World!", secrets));
    EXPECT_FALSE(is_signed("", "Hello, World!", secrets));
    EXPECT_FALSE(is_signed("sha256=" + hmac_sha256_hex("", "x"), "x", {Secret("")})) << "an empty secret is everybody's";
    EXPECT_FALSE(is_signed("sha256=", "x", {}));
}

TEST_F(Hook, ASignedEventLeadsToALookAtItsRepository) {
    EXPECT_EQ(status(request()), 202);
    EXPECT_EQ(looks, std::vector<std::string>{"acme/shop"});
    EXPECT_EQ(results["ok"], 1);
}

TEST_F(Hook, NothingIsDoneWithoutAGoodSignature) {
    auto wrong = request();
    set(wrong, "X-Hub-Signature-256", "sha256=" + std::string(64, '0'));
    auto altered = request();
    altered.body.back() = ' ';
    auto missing = request();
    remove(missing, "X-Hub-Signature-256");
    auto sha1 = request();
    remove(sha1, "X-Hub-Signature-256");
    sha1.headers.add("X-Hub-Signature", "sha1=0beec7b5ea3f0fdbc95d0dd47f3c5bc275da8a33");
    for (auto const& one : {wrong, altered, missing, sha1, request("push", body, "another secret")}) {
        EXPECT_EQ(status(one), 401);
    }
    EXPECT_TRUE(looks.empty());
    EXPECT_EQ(results["bad_signature"], 5);
}

TEST_F(Hook, WhileASecretIsReplacedBothAreGood) {
    secrets = {Secret("old"), Secret("new")};
    EXPECT_EQ(status(request("push", body, "old")), 202);
    EXPECT_EQ(status(request("push", body, "new")), 202);
    secrets = {Secret("new")};
    EXPECT_EQ(status(request("push", body, "old")), 401);
}

TEST_F(Hook, OtherEventsFormsAndMethodsAreNotTaken) {
    EXPECT_EQ(status(request("ping", "{}")), 200);
    EXPECT_EQ(status(request("star")), 202);
    auto form = request("push", "payload=%7B%7D");
    set(form, "Content-Type", "application/x-www-form-urlencoded");
    EXPECT_EQ(status(form), 415);
    auto get = request();
    get.method = "GET";
    EXPECT_EQ(status(get), 405);
    EXPECT_EQ(status(request("push", std::string((5u << 20) + 1, ' '))), 413);
    EXPECT_TRUE(looks.empty());
    EXPECT_EQ(results["too_large"], 1);
}

TEST_F(Hook, OfTheContentOnlyAPlausibleRepositoryIsUsed) {
    for (auto const* text :
         {"", "[]", "{}", "{\"repository\":{}}", R"({"repository":{"full_name":7}})", R"({"repository":{"full_name":"../x"}})",
          R"({"repository":{"full_name":"acme/shop/../../admin"}})", R"({"repository":{"full_name":"acme/shop?x=y"}})"}) {
        EXPECT_EQ(status(request("push", text)), 400) << text;
    }
    EXPECT_EQ(status(request("push", std::string(100'000, '['))), 400);
    EXPECT_EQ(status(request("push", R"({"repository":{"full_name":"acme/other"}})")), 202);
    EXPECT_TRUE(looks.empty());
}

TEST_F(Hook, ADeliveryIsTakenOnce) {
    auto const once = request();
    EXPECT_EQ(status(once), 202);
    clock.advance_to(clock.now() + std::chrono::minutes(1));
    EXPECT_EQ(status(once), 202);
    EXPECT_EQ(looks.size(), 1u);
    EXPECT_EQ(results["replay"], 1);
}

TEST_F(Hook, AStormLeadsToOneLookPerRepositoryAndWindow) {
    boost::asio::io_context context{1};
    boost::asio::co_spawn(context, hook.run(), boost::asio::detached);
    test::run_until(context, clock, milliseconds(1), [] { return false; });
    for (int i = 0; i < 1'000; ++i) {
        EXPECT_EQ(status(request()), 202);
        EXPECT_EQ(status(request("pull_request", R"({"repository":{"full_name":"acme/docs"}})")), 202);
    }
    EXPECT_EQ(looks.size(), 2u);
    test::run_until(context, clock, std::chrono::minutes(1), [] { return false; });
    EXPECT_EQ(looks.size(), 4u) << "one more each for what came after the first look";
    EXPECT_EQ(std::ranges::count(looks, "acme/docs"), 2);
}

TEST_F(Hook, SecretsComeOneALineAndAtMostTwo) {
    auto const file = std::filesystem::path(testing::TempDir()) / "hook-secrets";
    auto const read = [&](std::string const& text) {
        std::ofstream(file, std::ios::trunc) << text;
        return read_hook_secrets(file);
    };
    EXPECT_EQ(read("one\n")->size(), 1u);
    EXPECT_EQ(read("one\r\n\ntwo"), (std::vector<Secret>{Secret("one"), Secret("two")}));
    EXPECT_FALSE(read("\n\n"));
    EXPECT_FALSE(read("a\nb\nc\n"));
    std::filesystem::remove(file);
    EXPECT_EQ(read_hook_secrets(file).error().kind, ErrorKind::NotFound);
}

}  // namespace
}  // namespace dayfly::server
