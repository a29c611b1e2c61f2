// The reference in docs/ against the catalogue that it is made of.
#include "metrics/document.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "metrics/catalogue.h"

namespace dayfly::metrics {
namespace {

TEST(Document, IsWhatStandsInDocs) {
    std::ifstream file(std::filesystem::path(DAYFLY_SOURCE_DIR) / "docs/metrics.md");
    std::string const written{std::istreambuf_iterator<char>(file), {}};
    Catalogue catalogue({.version = "1", .revision = {}, .fly_actions = {"create_app"}});

    EXPECT_EQ(written, document(catalogue.collect())) << "run: dayfly schema --metrics > docs/metrics.md";
}

TEST(Document, ShowsEveryFamilyOnceWhetherItHasSeriesOrNot) {
    Catalogue catalogue({.version = "1", .revision = {}, .fly_actions = {}});
    auto const families = catalogue.collect();
    auto const text = document(families);
    for (auto const& [description, samples] : families) {
        auto const row = "| `" + description.name + "` |";
        auto const first = text.find(row);
        EXPECT_NE(first, std::string::npos) << description.name;
        EXPECT_EQ(text.find(row, first + 1), std::string::npos) << description.name;
    }
}

}  // namespace
}  // namespace dayfly::metrics
