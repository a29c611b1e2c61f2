// Whatever stands in repository, branch, folder, variables and commands: only the commands are run, and every value arrives as
// it was written. A property, tried with random texts in real shells.
#include <gmock/gmock.h>

#include "controller/base/random.h"
#include "controller/boot/program.h"
#include "tests/unit/boot/machine.h"

namespace dayfly::boot {
namespace {

namespace fs = std::filesystem;
using test::read_text;

/// What a shell would do something about; each leaves a file PWNED behind when it is run.
constexpr char const* hostile[] = {"$(touch PWNED)",
                                   "`touch PWNED`",
                                   "; touch PWNED;",
                                   "\ntouch PWNED\n",
                                   "' ; touch PWNED; '",
                                   "\" ; touch PWNED; \"",
                                   "| touch PWNED |",
                                   "&& touch PWNED &&",
                                   "${IFS}",
                                   "$HOME",
                                   "*",
                                   "\\",
                                   "%s%n",
                                   "-",
                                   "--upload-pack=touch${IFS}PWNED",
                                   "$((1/0))",
                                   "\t",
                                   "#",
                                   "~",
                                   "é",
                                   "!!",
                                   "a"};
/// The same where neither blanks nor most signs are allowed: within a name of a reference.
constexpr char const* hostile_names[] = {"$(touch${IFS}PWNED)",
                                         "`touch${IFS}PWNED`",
                                         ";touch${IFS}PWNED;",
                                         "'\"",
                                         "|touch${IFS}PWNED|",
                                         "&&touch${IFS}PWNED&&",
                                         "$HOME",
                                         "%s%n",
                                         "-x",
                                         "(reboot)",
                                         "#",
                                         "!",
                                         "é",
                                         "a",
                                         "@",
                                         "+"};

template <std::size_t N>
std::string some(Random& random, char const* const (&parts)[N], std::size_t most) {
    std::string text;
    for (auto count = 1 + random.below(most); count > 0; --count) text += parts[random.below(N)];
    return text;
}

/// `text` as one word of a command.
std::string quoted(std::string const& text) {
    std::string word = "'";
    for (char const c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return word + "'";
}

std::string variable_name(Random& random) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz0123456789";
    std::string name(1, letters[random.below(53)]);
    for (auto count = 4 + random.below(10); count > 0; --count) name += letters[random.below(letters.size())];
    return name;
}

class Injection : public BootProgram {
protected:
    void expect_untouched() {
        for (auto const& place : {root(), outside()}) {
            for (auto const& entry : fs::recursive_directory_iterator(place)) {
                ASSERT_NE(entry.path().filename(), "PWNED") << entry.path();
            }
        }
    }
};

INSTANTIATE_TEST_SUITE_P(Shells, Injection, testing::Values("dash", "busybox"),
                         [](auto const& tested) { return tested.param; });

TEST_P(Injection, NothingIsRunButTheCommandsAndEveryValueArrives) {
    constexpr std::uint64_t seed = 20261126;
    Random random(seed);
    for (int round = 0; round < 12; ++round) {
        SCOPED_TRACE("seed " + std::to_string(seed) + ", round " + std::to_string(round));
        fs::remove_all(workspace());
        auto const folder = "f" + some(random, hostile, 3);
        auto name = some(random, hostile_names, 3);
        if (name == "@" || name.starts_with('-') || name.ends_with('.')) name = "b" + name;
        test::GitRepository repository(outside() / ("r" + std::to_string(round) + some(random, hostile_names, 2)));
        repository.commit({});
        repository.branch(name);
        auto const commit = repository.commit({{folder + "/marker", folder}});

        std::map<std::string, std::string> values;
        for (int i = 0; i < 6; ++i) values[variable_name(random)] = some(random, hostile, 6);
        auto const said = some(random, hostile, 6);
        wants(repository, random.below(2) == 0 ? commit : "");
        environment_["DAYFLY_REF"] = "refs/heads/" + name;
        environment_["DAYFLY_PATH"] = folder;
        environment_["DAYFLY_INSTALL"] = "printf %s " + quoted(said) + " >" + quoted((outside() / "install").string());
        environment_["DAYFLY_BUILD"] = "cat marker >" + quoted((outside() / "build").string());
        environment_["DAYFLY_START"] = "cat /proc/$$/environ >" + quoted((outside() / "start").string());
        environment_["DAYFLY_BUILD_SECRETS"] = some(random, hostile, 4);
        for (auto const& [key, value] : values) environment_[key] = value;

        auto const ended = boot();
        ASSERT_EQ(ended.code, 0) << ended.output;
        EXPECT_EQ(read_text(outside() / "install"), said);
        EXPECT_EQ(read_text(outside() / "build"), folder);
        auto const seen = std::string(1, '\0') + read_text(outside() / "start");
        for (auto const& [key, value] : values) {
            EXPECT_NE(seen.find('\0' + key + '=' + value + '\0'), std::string::npos) << key << "=" << value;
            environment_.erase(key);
        }
        EXPECT_EQ(report().commit, commit);
        expect_untouched();
    }
}

TEST_P(Injection, RepositoriesAndReferencesThatAreOptionsOrCommandsAreRefused) {
    for (auto const* repository :
         {"--upload-pack=touch PWNED", "ext::sh -c touch% PWNED", "-x", "$(touch PWNED)", "fd::17", ""}) {
        environment_["DAYFLY_REPOSITORY"] = repository;
        environment_["DAYFLY_REF"] = "HEAD";
        EXPECT_EQ(boot().code, 21) << repository;
    }
    test::GitRepository good(outside() / "repository");
    auto const commit = good.commit({{"a", "b"}});
    for (auto const* reference :
         {"--exec=touch PWNED", "refs/heads/main:refs/heads/other", "+refs/heads/*", "refs/heads/a b", "-x"}) {
        wants(good, "");
        environment_["DAYFLY_REF"] = reference;
        EXPECT_EQ(boot().code, 21) << reference;
    }
    wants(good, "--exec=touch PWNED");
    EXPECT_EQ(boot().code, 21);
    expect_untouched();
}

}  // namespace
}  // namespace dayfly::boot
