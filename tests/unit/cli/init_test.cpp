// `dayfly init`: what it writes is valid and means what was found.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <map>

#include "controller/cli/commands.h"
#include "controller/cli/exit_code.h"
#include "controller/cli/first_spec.h"
#include "specs/load.h"

namespace dayfly::cli {
namespace {

namespace fs = std::filesystem;

specs::PreviewEnvironment loaded(std::string const& text) {
    auto const all = specs::load(text, "first.yaml", {});
    for (auto const& problem : all.problems) ADD_FAILURE() << problem.text() << '\n' << text;
    EXPECT_EQ(all.environments.size(), 1u) << text;
    return all.environments.empty() ? specs::PreviewEnvironment() : all.environments.front();
}

TEST(FirstSpec, LoadsToWhatWasDetected) {
    for (auto const* command : {"npm ci",
                                "",
                                "pnpm run dev --host 0.0.0.0 --port $PORT",
                                "echo 'it''s' \"x\" # y",
                                "a: b",
                                "- x",
                                "true",
                                "multi\nline",
                                "100%",
                                "{a}",
                                "[b]",
                                "*c",
                                "&d",
                                "!e",
                                "| f",
                                "> g",
                                "~",
                                "0x1F",
                                "1e3",
                                "key:",
                                "x #y",
                                " padded ",
                                "ünïcode",
                                "tab\there",
                                "@at",
                                "`tick`",
                                "%y"}) {
        github::Detection const detection{.what = "Node.js",
                                          .image = "node:22",
                                          .install = command,
                                          .build = command,
                                          .start = command,
                                          .findings = {"a\nb: c"}};
        auto const spec = loaded(first_spec({.repository = "acme/Shop.js", .path = "apps/web", .detection = detection})).spec;
        EXPECT_EQ(spec.git->repository, "acme/Shop.js");
        EXPECT_EQ(spec.git->path, "apps/web");
        EXPECT_EQ(spec.runtime.image, "node:22");
        EXPECT_EQ(spec.runtime.install, command);
        EXPECT_EQ(spec.runtime.build, command);
        EXPECT_EQ(spec.runtime.start, command);
    }
}

TEST(FirstSpec, LeavesOutWhatIsNotKnown) {
    auto const environment =
        loaded(first_spec({.repository = "https://gitlab.com/group/My_Shop.git", .path = ".", .detection = {}}));
    EXPECT_EQ(environment.key.name, "my-shop");
    EXPECT_EQ(environment.spec.git->path, ".");
    EXPECT_FALSE(environment.spec.runtime.image);
    EXPECT_FALSE(environment.spec.runtime.start);
}

class InitCommand : public ::testing::Test {
protected:
    InitCommand() {
        auto name = (fs::temp_directory_path() / "dayfly-init-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
    }
    ~InitCommand() override { fs::remove_all(folder_); }

    void write(std::string const& path, std::string const& text) {
        fs::create_directories((folder_ / path).parent_path());
        std::ofstream(folder_ / path) << text;
    }
    /// The exit code; what it printed is in out_.
    int init(std::vector<std::string> const& arguments) {
        std::vector<char const*> argv{"dayfly", "init"};
        for (auto const& argument : arguments) argv.push_back(argument.c_str());
        ::testing::internal::CaptureStdout();
        auto const code = run_command_line(static_cast<int>(argv.size()), argv.data());
        out_ = ::testing::internal::GetCapturedStdout();
        return code;
    }

    fs::path folder_;
    std::string out_;
};

TEST_F(InitCommand, WritesAValidFileForACheckout) {
    write("package.json", R"({"engines":{"node":"20"},"scripts":{"dev":"vite","build":"vite build"}})");
    write("package-lock.json", "{}");
    write(".git/config", "[remote \"origin\"]\n\turl = git@github.com:acme/shop.git\n");
    ASSERT_EQ(init({folder_.string()}), done);
    auto const spec = loaded(out_).spec;
    EXPECT_EQ(spec.git->repository, "acme/shop");
    EXPECT_EQ(spec.runtime.image, "node:20");
    EXPECT_EQ(spec.runtime.install, "npm ci");
    EXPECT_EQ(spec.runtime.build, "npm run build");
    EXPECT_EQ(spec.runtime.start, "npm run dev -- --host 0.0.0.0 --port $PORT");
}

TEST_F(InitCommand, TakesAPartOfAMonorepo) {
    write("pnpm-lock.yaml", "");
    write("apps/web/package.json", R"({"scripts":{"start":"x"}})");
    ASSERT_EQ(init({"file://" + folder_.string(), "--path", "apps/web"}), done);
    auto const spec = loaded(out_).spec;
    EXPECT_EQ(spec.git->repository, "file://" + folder_.string());
    EXPECT_EQ(spec.git->path, "apps/web");
    EXPECT_EQ(spec.runtime.start, "pnpm run start");
}

TEST_F(InitCommand, DoesNotWriteThePasswordOfARemote) {
    write("index.html", "");
    write(".git/config", "[remote \"origin\"]\n\turl = https://ana:s3cret@example.com/shop.git\n");
    ASSERT_EQ(init({folder_.string()}), done);
    EXPECT_EQ(out_.find("s3cret"), std::string::npos);
}

TEST_F(InitCommand, SaysWhatItCannotDo) {
    EXPECT_EQ(init({folder_.string(), "--path", "nowhere"}), not_found);
    EXPECT_NE(init({"https://gitlab.com/group/shop.git"}), done);
    EXPECT_EQ(out_, "");
}

}  // namespace
}  // namespace dayfly::cli
