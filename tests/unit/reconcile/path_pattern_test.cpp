// `watch` patterns against paths.
#include "controller/reconcile/path_pattern.h"

#include <gtest/gtest.h>

namespace dayfly::reconcile {
namespace {

TEST(PathPattern, MatchesAsPeopleExpect) {
    for (auto const& [pattern, path] :
         {std::pair{"apps/web/**", "apps/web/page.js"}, std::pair{"apps/web/**", "apps/web/a/b/c.js"},
          std::pair{"apps/web", "apps/web/page.js"}, std::pair{"./apps/web/", "apps/web/page.js"},
          std::pair{"package.json", "package.json"}, std::pair{"**/*.ts", "index.ts"}, std::pair{"**/*.ts", "a/b/index.ts"},
          std::pair{"a/**/z", "a/z"}, std::pair{"a/**/z", "a/b/c/z"}, std::pair{"*.md", "README.md"},
          std::pair{"a?c/*", "abc/d"}, std::pair{"**", "anything/at/all"}}) {
        EXPECT_TRUE(matches_path(pattern, path)) << pattern << ' ' << path;
    }
}

TEST(PathPattern, MatchesNothingElse) {
    for (auto const& [pattern, path] : {std::pair{"apps/web/**", "apps/website/page.js"}, std::pair{"apps/web", "apps/website"},
                                        std::pair{"*.md", "docs/README.md"}, std::pair{"a/**/z", "a/b/y"},
                                        std::pair{"a?c", "a/c"}, std::pair{"apps/*/x", "apps/a/b/x"}}) {
        EXPECT_FALSE(matches_path(pattern, path)) << pattern << ' ' << path;
    }
}

TEST(PathPattern, EndsQuicklyForHostilePatterns) {
    std::string pattern;
    for (int i = 0; i < 200; ++i) pattern += "**/a*a*a*/";
    EXPECT_FALSE(matches_path(pattern + "b", std::string(200, 'a') + "/" + std::string(200, 'a')));
}

}  // namespace
}  // namespace dayfly::reconcile
