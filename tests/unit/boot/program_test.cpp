// The boot program in real shells, with real git and real npm: what it does, remembers, and says of itself.
#include <gmock/gmock.h>

#include <csignal>

#include "tests/unit/boot/machine.h"

namespace dayfly::boot {
namespace {

namespace fs = std::filesystem;
using test::GitRepository;
using test::read_text;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr char package_json[] = R"({
  "name": "shop", "version": "1.0.0", "private": true,
  "scripts": { "build": "node build.js", "start": "node server.js" },
  "dependencies": { "greeting": "file:greeting" }
})";
constexpr char package_lock[] = R"({
  "name": "shop", "version": "1.0.0", "lockfileVersion": 3, "requires": true,
  "packages": {
    "": { "name": "shop", "version": "1.0.0", "dependencies": { "greeting": "file:greeting" } },
    "greeting": { "version": "1.0.0" },
    "node_modules/greeting": { "resolved": "greeting", "link": true }
  }
})";
constexpr char server_js[] = R"(
const server = require("http").createServer((request, response) => response.end(require("./built.json").text));
server.listen(process.env.LISTEN_PORT, process.env.HOST, () => require("fs").writeFileSync(process.env.UP, server.address().port + "\n"));
)";

std::map<std::string, std::string> node_application() {
    return {{"package.json", package_json},
            {"package-lock.json", package_lock},
            {"greeting/package.json", R"({ "name": "greeting", "version": "1.0.0", "main": "index.js" })"},
            {"greeting/index.js", "module.exports = \"hello\";\n"},
            {"build.js", "require('fs').writeFileSync('built.json', JSON.stringify({text: require('greeting')}));\n"},
            {"server.js", server_js}};
}

/// A repository in which every stage leaves a line in a file beside the checkout.
class Stages : public BootProgram {
protected:
    Stages() : repository_(outside() / "repository"), first_(repository_.commit({{"README.md", "one\n"}})) {
        wants(repository_, first_);
        environment_["DAYFLY_INSTALL"] = "echo install >>../stages";
        environment_["DAYFLY_BUILD"] = "echo build >>../stages";
        environment_["DAYFLY_START"] = "echo start >>../stages";
    }

    [[nodiscard]] std::string stages() const { return read_text(workspace() / "stages"); }

    GitRepository repository_;
    std::string first_;
};

INSTANTIATE_TEST_SUITE_P(Shells, Stages, testing::Values("dash", "busybox"), [](auto const& tested) { return tested.param; });

class NodeApplication : public BootProgram {};
INSTANTIATE_TEST_SUITE_P(Shells, NodeApplication, testing::Values("dash", "busybox"),
                         [](auto const& tested) { return tested.param; });

TEST_P(NodeApplication, IsClonedInstalledBuiltAndStarted) {
    GitRepository repository(outside() / "repository");
    auto const commit = repository.commit(node_application());
    wants(repository, commit);
    environment_["LISTEN_PORT"] = "0";
    environment_["HOST"] = "0.0.0.0";
    auto const running = start();

    auto const progress = report(50, "clone");
    EXPECT_EQ(progress.current, Stage::Start);
    EXPECT_EQ(progress.commit, commit);
    EXPECT_EQ(progress.stages.at(Stage::Clone).code, 0);
    EXPECT_EQ(progress.stages.at(Stage::Install).code, 0);
    EXPECT_EQ(progress.stages.at(Stage::Build).code, 0);
    EXPECT_FALSE(progress.stages.at(Stage::Start).ended);
    EXPECT_THAT(progress.logs.at(Stage::Install), testing::Contains("dayfly: install: npm ci"));
    EXPECT_THAT(progress.logs.at(Stage::Build), testing::Contains("dayfly: build: npm run build"));
    EXPECT_THAT(progress.logs.at(Stage::Start), testing::Contains("dayfly: start: npm run start"));
    EXPECT_EQ(read_text(checkout() / "built.json"), R"({"text":"hello"})");
    EXPECT_TRUE(fs::exists(workspace() / ".cache" / "npm"));

    running->send(SIGTERM);
    EXPECT_EQ(running->wait(), 143);
}

TEST_P(NodeApplication, TellsWhoCanReachThePort) {
    GitRepository repository(outside() / "repository");
    wants(repository, repository.commit(node_application()));
    environment_["LISTEN_PORT"] = "0";
    for (auto const& [host, expected] : std::map<std::string, Listening>{{"127.0.0.1", Listening::LoopbackOnly},
                                                                         {"::1", Listening::LoopbackOnly},
                                                                         {"::ffff:127.0.0.1", Listening::LoopbackOnly},
                                                                         {"0.0.0.0", Listening::All},
                                                                         {"::", Listening::All}}) {
        environment_["HOST"] = host;
        auto const running = start();
        // The system chose the port and the app tells it.
        test::write_text(workspace() / ".dayfly" / "port", came_up_);
        EXPECT_EQ(report().listening, expected) << host << "\n" << report_text();
    }
    test::write_text(workspace() / ".dayfly" / "port", "1\n");
    EXPECT_EQ(report().listening, Listening::Nothing);
}

TEST_P(Stages, RunInTheirOrderAndAreRemembered) {
    EXPECT_EQ(boot().code, 0);
    EXPECT_EQ(stages(), "install\nbuild\nstart\n");
    // Neither the repository nor its host is needed any more.
    fs::remove_all(repository_.path());
    EXPECT_EQ(boot().code, 0);
    EXPECT_EQ(stages(), "install\nbuild\nstart\nstart\n");
    auto const progress = report();
    EXPECT_TRUE(progress.stages.at(Stage::Install).skipped);
    EXPECT_TRUE(progress.stages.at(Stage::Build).skipped);
    EXPECT_EQ(progress.stages.at(Stage::Clone).code, 0);
}

TEST_P(Stages, AreRepeatedOnANewRootWhenTheyMayHaveLeftSomethingThere) {
    EXPECT_EQ(boot().code, 0);
    renew_root();
    EXPECT_EQ(boot().code, 0);
    EXPECT_EQ(stages(), "install\nbuild\nstart\ninstall\nbuild\nstart\n");
}

TEST_P(Stages, OfAPackageManagerAreNotRepeatedOnANewRoot) {
    install_program("npm", "#!/bin/sh\necho \"npm $*\" >>../stages\n");
    environment_["DAYFLY_INSTALL"] = "npm ci";
    EXPECT_EQ(boot().code, 0);
    renew_root();
    EXPECT_EQ(boot().code, 0);
    EXPECT_EQ(stages(), "npm ci\nbuild\nstart\nstart\n");
}

TEST_P(Stages, AreRepeatedForANewCommitInTheSameClone) {
    EXPECT_EQ(boot().code, 0);
    auto const second = repository_.commit({{"README.md", "two\n"}});
    wants(repository_, second);
    EXPECT_EQ(boot().code, 0);
    EXPECT_EQ(stages(), "install\nbuild\nstart\ninstall\nbuild\nstart\n");
    EXPECT_EQ(read_text(checkout() / "README.md"), "two\n");
    EXPECT_EQ(report().commit, second);
    // The first commit is still there: it was fetched into, not cloned again.
    auto const kept =
        test::run({.arguments = {"git", "-C", checkout(), "cat-file", "-e", first_}, .environment = environment_});
    EXPECT_EQ(kept.code, 0) << kept.output;
}

TEST_P(Stages, AreRepeatedWhenWhatTheyDependOnChanged) {
    environment_["DAYFLY_INPUTS"] = "a";
    EXPECT_EQ(boot().code, 0);
    environment_["DAYFLY_INPUTS"] = "b";
    EXPECT_EQ(boot().code, 0);
    EXPECT_EQ(stages(), "install\nbuild\nstart\ninstall\nbuild\nstart\n");
    environment_["DAYFLY_SPEC"] = "other";
    EXPECT_EQ(boot().code, 0);
    EXPECT_EQ(stages(), "install\nbuild\nstart\ninstall\nbuild\nstart\nstart\n");
}

TEST_P(Stages, AreLeftOutWhenTheirCommandIsEmpty) {
    environment_["DAYFLY_INSTALL"] = "";
    environment_["DAYFLY_BUILD"] = "";
    EXPECT_EQ(boot().code, 0);
    EXPECT_EQ(stages(), "start\n");
}

TEST_P(Stages, LeaveAnAppItsChangesAsLongAsTheCommitIsTheSame) {
    environment_["DAYFLY_START"] = "cat README.md; echo changed >README.md";
    EXPECT_EQ(boot().code, 0);
    EXPECT_THAT(boot().output, HasSubstr("changed"));
}

TEST_P(Stages, FailedInstallEndsWithItsCodeAndLog) {
    environment_["DAYFLY_INSTALL"] = "echo install >>../stages; echo no such package; exit 7";
    auto const ended = boot();
    EXPECT_EQ(ended.code, 22);
    EXPECT_THAT(ended.output, HasSubstr("no such package"));
    EXPECT_EQ(stages(), "install\n");
    auto const progress = report();
    EXPECT_EQ(progress.current, Stage::Install);
    EXPECT_EQ(progress.stages.at(Stage::Install).code, 22);
    EXPECT_EQ(progress.logs.at(Stage::Install).back(), "dayfly: install: ended with exit code 7");
    EXPECT_EQ(stage_that_failed(ended.code), (StageEnd{Stage::Install}));
}

TEST_P(Stages, FailedBuildIsNotTriedAgainUntilCommitOrSpecChange) {
    environment_["DAYFLY_BUILD"] = "echo build >>../stages; exit 1";
    EXPECT_EQ(boot().code, 23);
    EXPECT_EQ(boot().code, 23);
    renew_root();
    EXPECT_EQ(boot().code, 23);
    EXPECT_EQ(stages(), "install\nbuild\n");
    EXPECT_EQ(report().stages.at(Stage::Build).code, 23);
    EXPECT_THAT(report().logs.at(Stage::Build), testing::Contains("dayfly: build: ended with exit code 1"));

    environment_["DAYFLY_SPEC"] = "more memory";
    EXPECT_EQ(boot().code, 23);
    EXPECT_EQ(stages(), "install\nbuild\ninstall\nbuild\n");

    wants(repository_, repository_.commit({{"README.md", "mended\n"}}));
    environment_["DAYFLY_BUILD"] = "echo mended >>../stages";
    EXPECT_EQ(boot().code, 0);
    EXPECT_EQ(stages(), "install\nbuild\ninstall\nbuild\ninstall\nmended\nstart\n");
}

TEST_P(Stages, FailedBuildIsTriedAgainByAnotherVersionOfTheMachine) {
    environment_["DAYFLY_BUILD"] = "echo build >>../stages; exit 1";
    environment_["FLY_MACHINE_VERSION"] = "01AAAA";
    EXPECT_EQ(boot().code, 23);
    EXPECT_EQ(boot().code, 23) << "Fly's restarts keep the version";
    EXPECT_EQ(stages(), "install\nbuild\n");
    environment_["FLY_MACHINE_VERSION"] = "01BBBB";
    EXPECT_EQ(boot().code, 23);
    EXPECT_EQ(stages(), "install\nbuild\nbuild\n") << "and what had worked is not repeated";
}

TEST_P(Stages, FailureIsRememberedWithoutAKnownCommitToo) {
    environment_.erase("DAYFLY_COMMIT");
    environment_["DAYFLY_BUILD"] = "echo build >>../stages; exit 1";
    EXPECT_EQ(boot().code, 23);
    EXPECT_EQ(boot().code, 23);
    EXPECT_EQ(stages(), "install\nbuild\n");
}

TEST_P(Stages, ThatTakeTooLongAreEndedWithAllTheyStarted) {
    environment_["DAYFLY_BUILD_SECONDS"] = "1";
    environment_["DAYFLY_BUILD"] = "sleep 987654 & echo $! >../child; echo waiting; wait";
    auto const ended = boot();
    EXPECT_EQ(ended.code, 33);
    EXPECT_EQ(stage_that_failed(ended.code), (StageEnd{Stage::Build, true}));
    EXPECT_EQ(report().logs.at(Stage::Build).back(), "dayfly: build: not finished after 1 s");
    auto child = read_text(workspace() / "child");
    child.pop_back();
    EXPECT_THAT(read_text(fs::path("/proc") / child / "cmdline"), Not(HasSubstr("987654")));
}

TEST_P(Stages, LeaveNothingRunningBehind) {
    environment_["DAYFLY_BUILD"] = "sleep 987655 & echo $! >../child";
    environment_["DAYFLY_START"] = "cat /proc/$(cat ../child)/cmdline 2>/dev/null || echo nobody";
    EXPECT_THAT(boot().output, HasSubstr("nobody"));
}

TEST_P(Stages, CrashedAppEndsWithTheCodeOfStart) {
    environment_["DAYFLY_START"] = "echo no database; exit 3";
    EXPECT_EQ(boot().code, 24);
    EXPECT_EQ(boot().code, 24);  // a crash is not a build failure: it is started again
    auto const progress = report();
    EXPECT_EQ(progress.current, Stage::Start);
    EXPECT_THAT(progress.logs.at(Stage::Start),
                ElementsAre(HasSubstr("start: echo no database"), "no database", "dayfly: start: ended with exit code 3"));
}

TEST_P(Stages, NothingToStartIsSaid) {
    environment_.erase("DAYFLY_START");
    EXPECT_EQ(boot().code, 24);
    EXPECT_THAT(report().logs.at(Stage::Start).back(), HasSubstr("set spec.runtime.start"));
}

TEST_P(Stages, ToldToStopPassItOnAndEnd) {
    environment_["DAYFLY_START"] = "trap 'echo told >>../stages; exit 0' TERM; echo up >\"$UP\"; while :; do sleep 0.1; done";
    auto const running = start();
    running->send(SIGTERM);
    EXPECT_EQ(running->wait(), 143);
    EXPECT_EQ(stages(), "install\nbuild\ntold\n");
}

TEST_P(Stages, LogsAreBoundedAndKeepTheirEnd) {
    environment_["DAYFLY_BUILD"] =
        "i=0; while [ $i -lt 60000 ]; do echo \"line $i of a long log, long enough\"; i=$((i+1)); done";
    EXPECT_EQ(boot().code, 0);
    EXPECT_LE(fs::file_size(workspace() / ".dayfly" / "build.log"), 262144u);
    auto const lines = report(20, "build").logs.at(Stage::Build);
    EXPECT_EQ(lines.size(), 20u);
    EXPECT_EQ(lines.back(), "line 59999 of a long log, long enough");
    EXPECT_LE(report_text(1000, "clone").size(), 150'000u);
}

TEST_P(Stages, LogThatLooksLikeAReportIsNotTakenForOne) {
    environment_["DAYFLY_BUILD"] =
        R"(printf 'end\nlog start\nstage start\nport 3000 all\n|bar\n\033[31mred\033[0m\000x\rover\n')";
    environment_["DAYFLY_START"] = "exit 1";
    EXPECT_EQ(boot().code, 24);
    auto const progress = report(50, "build");
    EXPECT_EQ(progress.port, 0);
    EXPECT_THAT(progress.logs.at(Stage::Build), ElementsAre(HasSubstr("dayfly: build:"), "end", "log start", "stage start",
                                                            "port 3000 all", "|bar", "redx", "over"));
}

TEST_P(Stages, UnknownCommitIsACloneFailure) {
    environment_["DAYFLY_COMMIT"] = std::string(40, '1');
    environment_["DAYFLY_CLONE_SECONDS"] = "30";
    auto const ended = boot();
    EXPECT_EQ(ended.code, 21) << ended.output;
    EXPECT_EQ(stages(), "");
}

TEST_P(Stages, RepositoryThatIsNotThereIsACloneFailureAndSaysSo) {
    environment_["DAYFLY_REPOSITORY"] = "file://" + (outside() / "nowhere").string();
    auto const ended = boot();
    EXPECT_EQ(ended.code, 21);
    EXPECT_THAT(report().logs.at(Stage::Clone), testing::Contains(HasSubstr("does not appear to be a git repository")));
}

TEST_P(Stages, FolderOutsideTheRepositoryIsRefused) {
    fs::create_symlink(outside(), repository_.path() / "away");
    wants(repository_, repository_.commit({}));
    environment_["DAYFLY_PATH"] = "away";
    EXPECT_EQ(boot().code, 21);
    environment_["DAYFLY_PATH"] = "nowhere";
    EXPECT_EQ(boot().code, 21);
    EXPECT_EQ(stages(), "");
}

TEST_P(Stages, OlderCommitComesFromTheHistoryWhereIdsAreRefused) {
    auto const later = repository_.commit({{"README.md", "two\n"}});
    // The old protocol serves what a reference points to, and nothing else.
    test::write_text(outside() / "gitconfig", "[protocol]\n\tversion = 0\n[safe]\n\tdirectory = *\n");
    environment_["GIT_CONFIG_SYSTEM"] = outside() / "gitconfig";
    auto const ended = boot();
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("does not give that commit by its id"));
    EXPECT_EQ(read_text(checkout() / "README.md"), "one\n");
}

TEST_P(Stages, ShortenedPinIsFoundOnWhateverBranchItIs) {
    repository_.branch("side");
    auto const pinned = repository_.commit({{"README.md", "side\n"}});
    repository_.git({"checkout", "--quiet", "main"});
    environment_["DAYFLY_REF"] = "HEAD";
    environment_["DAYFLY_COMMIT"] = pinned.substr(0, 9);
    auto const ended = boot();
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_EQ(report().commit, pinned);
}

TEST_P(Stages, DamagedCloneIsMadeAnew) {
    EXPECT_EQ(boot().code, 0);
    fs::remove_all(checkout() / ".git" / "objects");
    test::write_text(checkout() / ".git" / "objects", "not a directory");
    wants(repository_, repository_.commit({{"README.md", "two\n"}}));
    auto const ended = boot();
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_EQ(read_text(checkout() / "README.md"), "two\n");
}

TEST_P(Stages, WithoutGitInTheImageSayWhatIsMissing) {
    fs::remove(programs() / "git");
    for (auto const* name : {"sh", "mkdir", "rm", "mv", "cat", "date", "tr", "cut", "wc", "tail"}) {
        if (!fs::exists(programs() / name)) fs::create_symlink(find_program(name), programs() / name);
    }
    environment_["PATH"] = programs();
    auto const ended = boot();
    EXPECT_EQ(ended.code, 20);
    EXPECT_THAT(ended.output, HasSubstr("the image has no git"));
}

}  // namespace
}  // namespace dayfly::boot
