// What `apply` shows, on a terminal and elsewhere.
#include "controller/cli/step_lines.h"

#include <gtest/gtest.h>

#include "controller/cli/table.h"

namespace dayfly::cli {
namespace {

StepLine step(std::string name, std::string state, std::string message = "") {
    return {.environment = "shop", .step = std::move(name), .state = std::move(state), .message = std::move(message)};
}

std::string line(std::string const& text) { return std::string("shop                     ") + text + "\n"; }

TEST(StepLines, AreOneAChangeAwayFromATerminal) {
    StepLines lines({});
    EXPECT_EQ(lines.update({step("App", "Running"), step("Machine", "Pending")}), line("App      Running  "));
    EXPECT_EQ(lines.update({step("App", "Running"), step("Machine", "Pending")}), "");
    EXPECT_EQ(lines.update({step("App", "Done"), step("Machine", "Running", "web-0")}),
              line("App      Done     ") + line("Machine  Running  web-0"));
}

TEST(StepLines, AreRewrittenOnATerminal) {
    StepLines lines({.rewrites = true, .columns = 41});
    EXPECT_EQ(lines.update({step("App", "Running")}), "\r\033[2K" + line("App      Running"));
    EXPECT_EQ(lines.update({step("App", "Done", "a rather long message"), step("Machine", "Running")}),
              "\033[1A\r\033[2K" + line("App      Done   ") + "\r\033[2K" + line("Machine  Running"));
}

TEST(StepLines, FollowEachOtherWhenTheTerminalIsTooSmall) {
    StepLines lines({.rewrites = true, .rows = 3});
    auto const first = lines.update({step("A", "Running"), step("B", "Running")});
    EXPECT_NE(first.find("\033[2K"), std::string::npos);
    EXPECT_EQ(lines.update({step("A", "Running"), step("B", "Running"), step("C", "Running")}), line("C        Running  "));
    EXPECT_EQ(lines.update({step("A", "Done"), step("B", "Running"), step("C", "Running")}), line("A        Done     "));
}

TEST(StepLines, ShowTheStateInColour) {
    StepLines lines({.colours = true});
    EXPECT_EQ(lines.update({step("App", "Failed")}), "\033[31mshop                     App      Failed   \033[0m\n");
}

TEST(StepLines, LetNoMessageSteerTheTerminal) {
    StepLines lines({});
    EXPECT_EQ(lines.update({step("App", "Failed", "a\033[2Jb\nc")}), line("App      Failed   a?[2Jb?c"));
}

TEST(Table, LetsNoCellSteerTheTerminal) {
    EXPECT_EQ(table({"NAME", "MESSAGE"}, {{"a", "b\033]0;x\a"}}), "NAME   MESSAGE\na      b?]0;x?\n");
}

}  // namespace
}  // namespace dayfly::cli
