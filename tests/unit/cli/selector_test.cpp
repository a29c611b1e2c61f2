// Label selectors.
#include "controller/cli/selector.h"

#include <gtest/gtest.h>

namespace dayfly::cli {
namespace {

bool selects(std::string_view text, std::map<std::string, std::string> const& labels) {
    auto const selector = Selector::parse(text);
    EXPECT_TRUE(selector) << text;
    return selector && selector->selects(labels);
}

TEST(Selector, ReadsWhatKubectlReads) {
    std::map<std::string, std::string> const a{{"team", "a"}, {"tier", "x"}};
    for (auto const* const text :
         {"", "team=a", "team==a", "team = a", "team!=b", "other!=b", "team in (b, a)", "team in (a)", "team notin (b,c)",
          "other notin (b)", "team", "!other", "team=a,tier=x", "team in (a,b),!other"}) {
        EXPECT_TRUE(selects(text, a)) << text;
    }
    for (auto const* const text : {"team=b", "team!=a", "team in (b,c)", "team notin (b,a)", "other", "!team", "team=a,tier=y",
                                   "other=a", "other in (a)", "team="}) {
        EXPECT_FALSE(selects(text, a)) << text;
    }
    EXPECT_TRUE(selects("empty=", {{"empty", ""}}));
}

TEST(Selector, RefusesTheRest) {
    for (auto const* const text :
         {"a b", "team>1", "=a", "!", "team in a", "in (a)", "team is (a)", "team in (a", "a=b=c", ",", "a,,b"}) {
        EXPECT_FALSE(Selector::parse(text)) << text;
    }
}

}  // namespace
}  // namespace dayfly::cli
