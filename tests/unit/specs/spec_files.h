// Short ways to write specs and look at what became of them; for the tests of this folder.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "controller/base/file.h"
#include "specs/load.h"

namespace dayfly::specs {

/// A whole object around the lines of `spec`, which begins in line 5 with column 3.
inline std::string object(std::string_view spec, std::string_view name = "shop") {
    return "apiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata: { name: " + std::string(name) + " }\nspec:\n" +
           std::string(spec);
}

/// The same with an image as its source; `spec` begins in line 6.
inline std::string image_object(std::string_view spec, std::string_view name = "shop") {
    return object("  source: { image: nginx }\n" + std::string(spec), name);
}

inline Loaded load_text(std::string_view text, std::string defaults = "{}") {
    return load(text, "a.yaml", {.defaults = {{.text = std::move(defaults)}}});
}

inline std::vector<std::string> problem_texts(Loaded const& loaded) {
    std::vector<std::string> texts;
    std::ranges::transform(loaded.problems, std::back_inserter(texts), &Problem::text);
    return texts;
}

/// The one environment of a text without problems.
inline PreviewEnvironment only(Loaded const& loaded) {
    EXPECT_EQ(problem_texts(loaded), std::vector<std::string>{});
    EXPECT_EQ(loaded.environments.size(), 1u);
    return loaded.environments.empty() ? PreviewEnvironment{} : loaded.environments.front();
}

inline std::string repository_file(std::string const& path) {
    auto content = read_file(std::string(DAYFLY_SOURCE_DIR) + "/" + path, 1u << 20);
    EXPECT_TRUE(content) << path;
    return content.value_or("");
}

}  // namespace dayfly::specs
