// Small files read whole, and log lines that a machine can take apart again.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "controller/base/file.h"
#include "controller/base/log.h"

namespace dayfly {
namespace {

struct Files : testing::Test {
    std::filesystem::path folder =
        std::filesystem::temp_directory_path() /
        (std::string("dayfly_file_test_") + testing::UnitTest::GetInstance()->current_test_info()->name());
    Files() { std::filesystem::create_directories(folder); }
    ~Files() override { std::filesystem::remove_all(folder); }
    std::string write(std::string const& name, std::string const& text) {
        std::ofstream(folder / name) << text;
        return folder / name;
    }
};

TEST_F(Files, AreReadWholeUpToTheLimit) {
    auto const path = write("a", std::string("12345\0789", 9));
    auto const whole = read_file(path, 9);
    ASSERT_TRUE(whole) << whole.error().message;
    EXPECT_EQ(*whole, std::string("12345\0789", 9));
    EXPECT_EQ(read_file(write("empty", ""), 9).value(), "");
}

TEST_F(Files, AreRefusedWhenTooLargeOrNoFileAtAll) {
    auto const large = read_file(write("a", "123456"), 5);
    ASSERT_FALSE(large);
    EXPECT_EQ(large.error().kind, ErrorKind::InvalidInput);
    EXPECT_EQ(read_file(folder, 5).error().kind, ErrorKind::InvalidInput);
    EXPECT_EQ(read_file(folder / "missing", 5).error().kind, ErrorKind::NotFound);
}

struct Lines {
    std::vector<std::string> lines;
    Log log(LogLevel level, LogFormat format) {
        return {level, format, [this](LogLevel, std::string const& line) { lines.push_back(line); }};
    }
};

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
    Lines out;
    auto log = out.log(LogLevel::Warn, LogFormat::Text);
    log.info("not this");
    log.error("but this");
    ASSERT_EQ(out.lines.size(), 1u);
    EXPECT_FALSE(log.enabled(LogLevel::Info));
    auto off = out.log(LogLevel::Off, LogFormat::Text);
    off.error("nothing at all");
    EXPECT_EQ(out.lines.size(), 1u);
}

TEST(Log, KeepsOneThingOnOneLineWhateverAValueHolds) {
    for (auto const format : {LogFormat::Text, LogFormat::Json}) {
        Lines out;
        auto log = out.log(LogLevel::Debug, format);
        log.info("it happened", {{"env", "default/shop"}, {"why", "two\nlines \"quoted\" \x01 and = more"}});
        ASSERT_EQ(out.lines.size(), 1u);
        EXPECT_EQ(out.lines.front().find('\n'), std::string::npos) << out.lines.front();
        EXPECT_EQ(out.lines.front().find('\x01'), std::string::npos) << out.lines.front();
        EXPECT_NE(out.lines.front().find("default/shop"), std::string::npos);
    }
}

}  // namespace
}  // namespace dayfly
