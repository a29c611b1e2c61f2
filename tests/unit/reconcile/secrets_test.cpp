// Where secret values may come from, and that no message ever shows one.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "controller/boot/program.h"
#include "controller/reconcile/secret_source.h"

namespace dayfly::reconcile {
namespace {

namespace files = std::filesystem;

struct Secrets : testing::Test {
    files::path root = files::temp_directory_path() /
                       (std::string("dayfly_secrets_test_") + testing::UnitTest::GetInstance()->current_test_info()->name());
    files::path folder = root / "secrets";
    std::map<std::string, std::string> environment{{"STAGING_DB", "postgres://hunter2@db"}, {"HOME", "/root"}, {"EMPTY", ""}};

    Secrets() {
        files::create_directories(folder / "keys");
        write(folder / "plain", "hunter2\n");
        write(root / "outside", "not for you");
    }
    ~Secrets() override { files::remove_all(root); }
    static void write(files::path const& path, std::string const& text) { std::ofstream(path) << text; }

    [[nodiscard]] Result<SecretValues> resolve(specs::SecretReference const& reference,
                                               std::set<std::string> allowed = {"STAGING_*", "EMPTY"}) const {
        specs::Spec spec;
        spec.secrets = {reference};
        SecretSource const source({.directory = folder, .allowed_env = std::move(allowed)},
                                  [this](std::string const& name) -> std::optional<std::string> {
                                      auto const found = environment.find(name);
                                      return found == environment.end() ? std::nullopt : std::optional(found->second);
                                  });
        return source.resolve(spec, {reference.name});
    }
    static specs::SecretReference from_env(std::string name) { return {.name = "DB", .env = std::move(name)}; }
    static specs::SecretReference from_file(std::string name) { return {.name = "DB", .env = {}, .file = std::move(name)}; }
};

TEST_F(Secrets, ComeFromAllowedVariables) {
    EXPECT_EQ(resolve(from_env("STAGING_DB")).value().at("DB").reveal(), "postgres://hunter2@db");
    EXPECT_EQ(resolve(from_env("HOME"), {"*"}).value().at("DB").reveal(), "/root");
    EXPECT_EQ(resolve(from_env("HOME"), {"HOME"}).value().at("DB").reveal(), "/root");
    EXPECT_TRUE(resolve(from_env("EMPTY")).value().at("DB").empty()) << "set to nothing is set";
}

TEST_F(Secrets, OfAPrivateRepositoryAreReadFromWhereItsCredentialsAre) {
    specs::Spec spec;
    spec.git = specs::Git{.repository = "acme/shop", .credentials = specs::Credentials{.env = "STAGING_DB", .file = {}}};
    SecretSource const source({.directory = folder, .allowed_env = {"STAGING_*"}},
                              [this](std::string const& name) { return std::optional(environment.at(name)); });
    EXPECT_EQ(source.resolve(spec, {boot::git_token}).value().at(boot::git_token).reveal(), "postgres://hunter2@db");
    // A fork's revision does not have the token among its names, and then it is not even read.
    EXPECT_TRUE(source.resolve(spec, {}).value().empty());
    spec.git->credentials = specs::Credentials{.env = "HOME", .file = {}};
    EXPECT_EQ(source.resolve(spec, {boot::git_token}).error().kind, ErrorKind::Refused);
}

TEST_F(Secrets, OfVariablesThatAreNotAllowedAreRefused) {
    for (auto const& allowed : std::vector<std::set<std::string>>{{}, {"STAGING_*"}, {"HOM"}, {"HOME_*"}, {"home"}}) {
        auto const value = resolve(from_env("HOME"), allowed);
        ASSERT_FALSE(value);
        EXPECT_EQ(value.error().kind, ErrorKind::Refused);
    }
}

TEST_F(Secrets, OfVariablesThatAreNotSetAreTheUsersToMend) {
    auto const value = resolve(from_env("STAGING_OTHER"));
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().kind, ErrorKind::InvalidInput);
    EXPECT_NE(value.error().message.find("STAGING_OTHER"), std::string::npos);
}

TEST_F(Secrets, ComeFromFilesWithoutTheLastNewline) {
    EXPECT_EQ(resolve(from_file("plain")).value().at("DB").reveal(), "hunter2");
    write(folder / "keys/two", "a\nb\n\n");
    EXPECT_EQ(resolve(from_file("keys/two")).value().at("DB").reveal(), "a\nb\n");
}

TEST_F(Secrets, NeverComeFromOutsideTheDirectory) {
    for (auto const* const path : {"../outside", "keys/../../outside", "/etc/hostname", "..", "keys/.."}) {
        auto const value = resolve(from_file(path));
        ASSERT_FALSE(value) << path;
        EXPECT_EQ(value.error().kind, ErrorKind::Refused) << path;
    }
}

TEST_F(Secrets, TooLargeOrMissingAreErrorsThatDoNotShowThem) {
    write(folder / "large", std::string(70'000, 'h') + "unter2");
    write(folder / "keys/inner", "hunter2");
    for (auto const* const path : {"large", "missing", "keys"}) {
        auto const value = resolve(from_file(path));
        ASSERT_FALSE(value) << path;
        EXPECT_EQ(value.error().message.find("hunter2"), std::string::npos);
        EXPECT_EQ(value.error().message.find("hhhh"), std::string::npos);
        EXPECT_NE(value.error().message.find("DB"), std::string::npos) << "but it names the reference";
    }
}

SecretValues values(std::map<std::string, std::string> const& plain) {
    SecretValues result;
    for (auto const& [name, value] : plain) result.emplace(name, Secret(value));
    return result;
}

TEST(SecretsDigest, ChangesWithEveryNameAndValue) {
    EXPECT_EQ(digest_of({}, "app"), "");
    auto const digest = digest_of(values({{"A", "1"}, {"B", "2"}}), "app");
    EXPECT_EQ(digest_of(values({{"B", "2"}, {"A", "1"}}), "app"), digest) << "the same after a restart";
    EXPECT_NE(digest_of(values({{"A", "1"}, {"B", "3"}}), "app"), digest);
    EXPECT_NE(digest_of(values({{"A", "1"}, {"C", "2"}}), "app"), digest);
    EXPECT_NE(digest_of(values({{"A", "1"}}), "app"), digest);
    EXPECT_NE(digest_of(values({{"A", "1\nB:1:2"}}), "app"), digest) << "no value can imitate another entry";
    EXPECT_NE(digest_of(values({{"A", "1"}, {"B", "2"}}), "other"), digest) << "equal secrets of two apps do not show";
}

TEST(Scrubbed, RemovesEveryValueFromWhatOthersSay) {
    SecretValues const values{{"A", Secret("hunter2")}, {"B", Secret("***x")}, {"SHORT", Secret("a")}, {"EMPTY", Secret("")}};
    EXPECT_EQ(scrubbed("hunter2 is no hunter22", values), "*** is no ***2");
    EXPECT_EQ(scrubbed("nothing", values), "nothing");
    EXPECT_EQ(scrubbed("", values), "");
    EXPECT_EQ(scrubbed("***x***x", values), "******");
}

TEST(Scrubbed, LeavesNothingOfAValueThatHoldsAnother) {
    SecretValues const values{{"A_USER", Secret("admin")}, {"B_URL", Secret("postgres://admin:s3cret@db")}};
    EXPECT_EQ(scrubbed("connect postgres://admin:s3cret@db as admin", values), "connect *** as ***");
}

TEST(Scrubbed, KnowsEachLineOfAValueWithSeveral) {
    SecretValues const values{{"KEY", Secret("-----BEGIN KEY-----\r\nMIIEvQIBADANBg\n}\n")}};
    EXPECT_EQ(scrubbed("-----BEGIN KEY-----", values), "***");
    EXPECT_EQ(scrubbed("read MIIEvQIBADANBg }", values), "read *** }");
}

TEST(ShownLine, HidesASecretThatTheEndOfALongLineCutsInTwo) {
    SecretValues const values{{"A", Secret("correct-horse-battery")}};
    std::string const start(490, 'x');
    EXPECT_EQ(shown_line(start + "correct-ho", values), start + "***") << "cut where it came from";
    EXPECT_EQ(shown_line(start + "correct-horse-battery-staple", values), start + "***-staple") << "cut here";
    EXPECT_EQ(shown_line("a short line is correct", values), "a short line is correct");
    EXPECT_EQ(shown_line("\x1b[31mcorrect-horse-battery\x1b[0m\a", values), "***");
    EXPECT_LE(shown_line(std::string(700, 'y'), values).size(), 500u);
}

}  // namespace
}  // namespace dayfly::reconcile
