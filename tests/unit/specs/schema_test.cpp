// The JSON Schema that is published, and the examples that point at it.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "specs/render.h"
#include "tests/unit/specs/described_fields.h"
#include "tests/unit/specs/spec_files.h"

namespace dayfly::specs {
namespace {

void for_each_schema(Json const& schema, std::string const& path,
                     std::function<void(Json const&, std::string const&)> const& check) {
    check(schema, path);
    if (schema.contains("items")) for_each_schema(schema["items"], path + "[]", check);
    for (auto const* const key : {"properties", "patternProperties"}) {
        if (!schema.contains(key)) continue;
        for (auto const& [name, inner] : schema[key].items()) for_each_schema(inner, path + "." + name, check);
    }
}

TEST(Schema, IsTheCommittedFile) {
    EXPECT_EQ(repository_file("specs/previewenvironment.schema.json"), json_schema().dump(2) + "\n")
        << "write it anew: dayfly schema > specs/previewenvironment.schema.json";
}

TEST(Schema, LetsNoUnknownFieldPassAndDescribesEveryKnownOne) {
    for_each_schema(json_schema(), "", [](Json const& schema, std::string const& path) {
        auto const type = schema.contains("type") ? schema["type"].dump() : "";
        if (type.find("object") != std::string::npos) EXPECT_EQ(schema.at("additionalProperties"), false) << path;
        if (!schema.contains("properties")) return;
        for (auto const& [name, inner] : schema["properties"].items()) {
            EXPECT_FALSE(inner.value("description", "").empty()) << path << "." << name;
        }
    });
}

TEST(Schema, KnowsWordsDefaultsAndChoices) {
    auto const spec = json_schema()["properties"]["spec"]["properties"];

    EXPECT_EQ(spec["driftPolicy"]["enum"].dump(), R"(["correct","detect"])");
    EXPECT_EQ(spec["machine"]["properties"]["memory"]["default"], "1Gi");
    EXPECT_EQ(spec["processes"]["patternProperties"].front()["properties"]["machine"]["properties"]["memory"]["default"],
              "512Mi");
    EXPECT_EQ(spec["source"]["oneOf"].size(), 2u);
    EXPECT_EQ(spec["service"]["type"].dump(), R"(["object","null"])");
    EXPECT_EQ(json_schema()["required"].dump(), R"(["apiVersion","kind","metadata","spec"])");
}

class Example : public testing::TestWithParam<std::string> {};

TEST_P(Example, LoadsAndSaysWhatItShows) {
    auto const text = repository_file("specs/examples/" + GetParam());
    EXPECT_TRUE(text.starts_with("# yaml-language-server: $schema=../previewenvironment.schema.json\n# "));
    auto const third_line = text.find('\n', text.find('\n') + 1) + 1;
    EXPECT_EQ(text.compare(third_line, 2, "# "), 0);

    auto const loaded = load(text, GetParam(), {});
    EXPECT_EQ(problem_texts(loaded), std::vector<std::string>{});
    EXPECT_FALSE(loaded.environments.empty());
    EXPECT_TRUE(loaded.notes.empty());
}

std::vector<std::string> example_names() {
    std::vector<std::string> names;
    for (auto const& file : std::filesystem::directory_iterator(std::string(DAYFLY_SOURCE_DIR) + "/specs/examples")) {
        names.push_back(file.path().filename());
    }
    std::ranges::sort(names);
    return names;
}

INSTANTIATE_TEST_SUITE_P(Specs, Example, testing::ValuesIn(example_names()), [](auto const& name) {
    auto title = name.param;
    std::ranges::replace_if(title, [](unsigned char letter) { return std::isalnum(letter) == 0; }, '_');
    return title;
});

TEST(Examples, UseEveryDescribedField) {
    auto const documents = written_documents(repository_file("specs/examples/05-every-field.yaml"));
    for (auto const& field : described_fields()) {
        bool const used =
            std::ranges::any_of(documents, [&](Json const& document) { return !places_of(field.path, document).empty(); });
        EXPECT_TRUE(used) << field.text();
    }
}

}  // namespace
}  // namespace dayfly::specs
