// The alerts against what is written about them. Whether they fire when they should is promtool's business (./dev
// check-metrics).
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace dayfly::test {
namespace {

std::string text_of(std::string const& path) {
    std::ifstream stream(std::filesystem::path(DAYFLY_SOURCE_DIR) / path);
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::string> all_of(std::string const& text, std::string const& pattern) {
    std::regex const regex(pattern, std::regex::ECMAScript | std::regex::multiline);
    std::vector<std::string> found;
    for (std::sregex_iterator match(text.begin(), text.end(), regex), end; match != end; ++match) found.push_back((*match)[1]);
    return found;
}

std::string lower(std::string text) {
    for (auto& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return text;
}

struct Alert {
    std::string name;
    std::string rule;  ///< its text
};

std::vector<Alert> alerts() {
    auto const text = text_of("metrics/alerts/dayfly.rules.yaml");
    std::vector<Alert> found;
    for (auto const& name : all_of(text, R"(^ +- alert: (\w+)$)")) {
        auto const begin = text.find("- alert: " + name + "\n");
        found.push_back({.name = name, .rule = text.substr(begin, text.find("\n      - ", begin) - begin)});
    }
    return found;
}

TEST(Alerts, HaveASectionInTheRunbookAndPointAtIt) {
    auto const sections = all_of(text_of("docs/runbooks/alerts.md"), "^## (\\w+)$");
    std::set<std::string> unused(sections.begin(), sections.end());
    ASSERT_GT(alerts().size(), 20u);
    for (auto const& [name, rule] : alerts()) {
        EXPECT_EQ(unused.erase(name), 1u) << name << " has no section of its own";
        // A heading's anchor is its text in small letters.
        EXPECT_TRUE(std::regex_search(rule, std::regex("runbook_url: docs/runbooks/alerts\\.md#" + lower(name) + "(\n|$)")))
            << rule;
    }
    EXPECT_TRUE(unused.empty()) << *unused.begin() << " is no alert";
}

TEST(Alerts, SayHowUrgentTheyAreAndWhatIsWrong) {
    for (auto const& [name, rule] : alerts()) {
        EXPECT_TRUE(std::regex_search(rule, std::regex("severity: (info|warning|critical) "))) << rule;
        for (auto const* part : {"summary: ", "description: ", "dashboard_url: /d/dayfly-"}) {
            EXPECT_NE(rule.find(part), std::string::npos) << name << " lacks " << part;
        }
    }
}

TEST(Alerts, AreTriedInAWorldWhereTheyFireAndInOneWhereTheyDoNot) {
    auto const cases = text_of("metrics/alerts/dayfly.tests.yaml");
    for (auto const& [name, rule] : alerts()) {
        EXPECT_NE(cases.find("- name: " + name + " fires\n"), std::string::npos) << name;
        EXPECT_NE(cases.find("- name: " + name + " stays quiet\n"), std::string::npos) << name;
    }
}

}  // namespace
}  // namespace dayfly::test
