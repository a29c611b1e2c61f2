// Where a machine's paths are on this computer, and what is written there before it starts.
#include "controller/fly_local/machine_root.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "controller/base/digest.h"

namespace dayfly::fly_local {
namespace {

namespace fs = std::filesystem;
using fly_sim::Json;

class Disk : public testing::Test {
protected:
    Disk() {
        auto name = (fs::temp_directory_path() / "dayfly-root-XXXXXX").string();
        directory_ = ::mkdtemp(name.data());
    }
    ~Disk() override { fs::remove_all(directory_); }

    fly_sim::Launch launch(Json config, std::string volume = "vol_1") {
        config["mounts"] = {{{"volume", "vol_1"}, {"path", "/workspace"}}};
        return {.machine = "m1", .volume = std::move(volume), .config = std::make_shared<Json const>(std::move(config))};
    }
    static Json file(std::string const& path, std::string const& text) {
        return {{"guest_path", path}, {"raw_value", base64(text)}};
    }
    std::string text_at(std::string const& path) const {
        std::ifstream in(directory_ / path);
        std::ostringstream text;
        text << in.rdbuf();
        return text.str();
    }

    fs::path directory_;
};

TEST_F(Disk, PathsAreBelowTheVolumeOrTheRootWhateverTheySay) {
    auto const root = root_for(directory_, launch({}));
    EXPECT_EQ(root.place_of("/workspace/a/b"), directory_ / "volumes/vol_1/a/b");
    EXPECT_EQ(root.place_of("/workspaces"), directory_ / "machines/m1/root/workspaces");
    EXPECT_EQ(root.place_of("/etc/../../../x"), directory_ / "machines/m1/root/x");
    EXPECT_EQ(root.place_of("/workspace/../etc/x"), directory_ / "machines/m1/root/etc/x");
    EXPECT_EQ(root.place_of("/dayfly/boot.sh"), directory_ / "machines/m1/root/dayfly/boot.sh");
}

TEST_F(Disk, PlainProcessesGetTheirGuestPathsMappedAndNothingElse) {
    auto const root = root_for(directory_, launch({}));
    EXPECT_EQ(root.mapped("/workspace"), directory_ / "volumes/vol_1/");
    EXPECT_EQ(root.mapped("/dayfly/boot.sh"), directory_ / "machines/m1/root/dayfly/boot.sh");
    for (auto const* const other : {"/bin/sh", "npm ci", "/workspacex", "a:/workspace", ""})
        EXPECT_EQ(root.mapped(other), other);
}

TEST_F(Disk, FilesAreWrittenAnewAndTheVolumeStays) {
    auto const first = launch({{"files", {file("/dayfly/boot.sh", "one"), file("/workspace/kept", "kept")}}});
    auto const root = root_for(directory_, first);
    ASSERT_TRUE(prepare(root, first));
    EXPECT_EQ(text_at("machines/m1/root/dayfly/boot.sh"), "one");
    EXPECT_EQ(text_at("volumes/vol_1/kept"), "kept");
    std::ofstream(directory_ / "machines/m1/root/made-by-the-program") << "x";
    auto const second = launch({{"files", {file("/dayfly/boot.sh", "two")}}});
    ASSERT_TRUE(prepare(root, second));
    EXPECT_EQ(text_at("machines/m1/root/dayfly/boot.sh"), "two");
    EXPECT_FALSE(fs::exists(directory_ / "machines/m1/root/made-by-the-program")) << "the root is reset at each start";
    EXPECT_EQ(text_at("volumes/vol_1/kept"), "kept");
}

TEST_F(Disk, AFileMayComeFromASecretAndHasItsMode) {
    auto wanted = launch({{"files", {{{"guest_path", "/key"}, {"secret_name", "KEY"}, {"mode", 0400}}}}});
    auto const root = root_for(directory_, wanted);
    EXPECT_EQ(prepare(root, wanted).error().kind, ErrorKind::InvalidInput);
    wanted.secrets["KEY"] = base64("s");
    ASSERT_TRUE(prepare(root, wanted));
    EXPECT_EQ(text_at("machines/m1/root/key"), "s");
    EXPECT_EQ(fs::status(directory_ / "machines/m1/root/key").permissions(), fs::perms::owner_read);
    wanted.secrets["KEY"] = "not base 64!";
    EXPECT_EQ(prepare(root, wanted).error().message, "/key: its content is not base 64");
}

TEST_F(Disk, ALinkOnTheVolumeLeadsNoFileOutOfIt) {
    auto const wanted = launch({{"files", {file("/workspace/out/passwd", "mine")}}});
    auto const root = root_for(directory_, wanted);
    fs::create_directories(directory_ / "volumes/vol_1");
    fs::create_directories(directory_ / "outside");
    fs::create_directory_symlink(directory_ / "outside", directory_ / "volumes/vol_1/out");
    auto const refused = prepare(root, wanted);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("a link leads out"), std::string::npos) << refused.error().message;
    EXPECT_FALSE(fs::exists(directory_ / "outside/passwd"));
}

TEST(DeliveredProgram, IsOneOfTheConfigsOwnFiles) {
    Json const files = {{{"guest_path", "/dayfly/boot.sh"}, {"raw_value", ""}}};
    EXPECT_TRUE(runs_delivered_program({{"files", files}, {"init", {{"exec", {"/bin/sh", "/dayfly/boot.sh"}}}}}));
    EXPECT_FALSE(runs_delivered_program({{"files", files}, {"init", {{"exec", {"/app"}}}}}));
    EXPECT_FALSE(runs_delivered_program({{"files", files}, {"init", Json::object()}}));
    EXPECT_FALSE(runs_delivered_program({{"init", {{"exec", {"/bin/sh", "/dayfly/boot.sh"}}}}}));
}

}  // namespace
}  // namespace dayfly::fly_local
