// The rules of the architecture, held against the files themselves. Each rule is also shown a file that breaks it.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/structure/source_tree.h"

namespace dayfly::test {
namespace {

void expect_no_findings(std::vector<SourceFile> const& files, std::function<Findings(SourceFile const&)> const& rule) {
    ASSERT_GT(files.size(), 50u) << "the project's files were not found";
    for (auto const& file : files) {
        for (auto const& finding : rule(file)) ADD_FAILURE() << file.path << ": " << finding;
    }
}

bool in_project(std::string const& path) { return std::filesystem::exists(std::filesystem::path(DAYFLY_SOURCE_DIR) / path); }

TEST(Structure, IncludesNeverRunUpwards) {
    expect_no_findings(cpp_files(), upward_includes);
    EXPECT_EQ(upward_includes({.path = "controller/fly/x.h", .text = "#include \"controller/plan/plan.h\"\n"}).size(), 1u);
    EXPECT_EQ(upward_includes({.path = "specs/x.cpp", .text = "#pragma once\n  #  include \"metrics/series.h\"\n"}).size(), 1u);
    EXPECT_EQ(upward_includes({.path = "controller/new_room/x.h", .text = ""}).size(), 1u);
    EXPECT_TRUE(upward_includes({.path = "controller/plan/x.h", .text = "#include \"controller/base/result.h\"\n"}).empty());
}

TEST(Structure, BeastAndTlsStayInHttp) {
    expect_no_findings(cpp_files(), misplaced_transport);
    EXPECT_EQ(misplaced_transport({.path = "controller/http/x.h", .text = "#include <boost/beast/core.hpp>\n"}).size(), 1u);
    EXPECT_EQ(misplaced_transport({.path = "tests/x.cpp", .text = "#include <boost/asio/ssl.hpp>\n"}).size(), 1u);
    EXPECT_TRUE(misplaced_transport({.path = "controller/http/x.cpp", .text = "#include <boost/beast/core.hpp>\n"}).empty());
}

TEST(Structure, TimeAndRandomnessArePassedIn) {
    expect_no_findings(cpp_files(), misplaced_time);
    EXPECT_EQ(misplaced_time({.path = "controller/plan/x.cpp", .text = "asio::steady_timer t;"}).size(), 1u);
    EXPECT_EQ(misplaced_time({.path = "controller/http/x.cpp", .text = "auto n = std::chrono::system_clock::now();"}).size(),
              1u);
    EXPECT_EQ(misplaced_time({.path = "controller/main.cpp", .text = "std::random_device d;"}).size(), 1u);
}

TEST(Structure, PlanIsPureAndTheLoopKnowsNeitherHttpNorJson) {
    expect_no_findings(cpp_files(), forbidden_knowledge);
    EXPECT_EQ(forbidden_knowledge({.path = "controller/plan/x.h", .text = "#include <boost/asio/awaitable.hpp>\n"}).size(), 1u);
    EXPECT_EQ(forbidden_knowledge({.path = "controller/reconcile/x.h", .text = "#include <nlohmann/json.hpp>\n"}).size(), 1u);
}

TEST(Structure, EveryFileSaysWhatItIs) {
    expect_no_findings(cpp_files(), [](SourceFile const& file) { return missing_opening(file, in_project); });
    auto const none = [](std::string const&) { return false; };
    EXPECT_EQ(missing_opening({.path = "a/x.h", .text = "#pragma once\n"}, none).size(), 1u);
    EXPECT_EQ(missing_opening({.path = "a/x.cpp", .text = "#include <vector>\n"}, none).size(), 1u);
}

TEST(Structure, NoFileNamesAPathOfOneMachine) {
    expect_no_findings(project_files(), machine_paths);
    EXPECT_EQ(machine_paths({.path = "x.md",
                             .text = "a\nsee /wo"
                                     "rk/here\n"})
                  .size(),
              1u);
    EXPECT_TRUE(machine_paths({.path = "x.yaml", .text = "mountPath: /workspace/root/a\n"}).empty());
}

}  // namespace
}  // namespace dayfly::test
