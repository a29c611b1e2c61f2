// Walks through the schema and through documents.
#include "tests/unit/specs/described_fields.h"

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "specs/render.h"
#include "specs/yaml_tree.h"

namespace dayfly::specs {
namespace {

void collect(Json const& schema, std::vector<std::string> const& path, std::vector<DescribedField>& fields);

void collect_inner(Json const& schema, std::vector<std::string> path, std::string token, std::vector<DescribedField>& fields) {
    path.push_back(std::move(token));
    collect(schema, path, fields);
}

void collect(Json const& schema, std::vector<std::string> const& path, std::vector<DescribedField>& fields) {
    if (schema.contains("items")) collect_inner(schema["items"], path, "#", fields);
    if (schema.contains("patternProperties")) collect_inner(schema["patternProperties"].front(), path, "*", fields);
    if (!schema.contains("properties")) return;
    for (auto const& [name, inner] : schema["properties"].items()) {
        if (!inner.contains("type") && !inner.contains("const")) continue;
        auto inner_path = path;
        inner_path.push_back(name);
        fields.push_back({inner_path, inner});
        collect(inner, inner_path, fields);
    }
}

Json as_json(Node const& node) {
    switch (node.kind) {
        case Node::Kind::Null: return nullptr;
        case Node::Kind::Scalar:
            if (node.quoted || !Json::accept(node.text)) return node.text;
            return Json::parse(node.text);
        case Node::Kind::Sequence: {
            auto list = Json::array();
            for (auto const& item : node.items) list.push_back(as_json(item));
            return list;
        }
        case Node::Kind::Map: break;
    }
    auto object = Json::object();
    for (auto const& [key, value] : node.entries) object[key.text] = as_json(value);
    return object;
}

void find_places(std::span<std::string const> path, Json const& value, Json::json_pointer const& at,
                 std::vector<Json::json_pointer>& places) {
    if (path.empty()) {
        places.push_back(at);
    } else if (path.front() == "#") {
        for (std::size_t index = 0; value.is_array() && index < value.size(); ++index) {
            find_places(path.subspan(1), value[index], at / index, places);
        }
    } else if (value.is_object()) {
        for (auto const& [name, inner] : value.items()) {
            if (path.front() == "*" || path.front() == name) find_places(path.subspan(1), inner, at / name, places);
        }
    }
}

}  // namespace

std::string DescribedField::text() const { return fmt::format("{}", fmt::join(path, ".")); }

std::vector<DescribedField> described_fields() {
    std::vector<DescribedField> fields;
    collect(json_schema(), {}, fields);
    return fields;
}

std::vector<Json::json_pointer> places_of(std::vector<std::string> const& path, Json const& object) {
    std::vector<Json::json_pointer> places;
    find_places(path, object, Json::json_pointer(), places);
    return places;
}

std::vector<Json> written_documents(std::string const& yaml) {
    auto const file = read_yaml(yaml, LoadLimits{});
    EXPECT_TRUE(file.problems.empty());
    std::vector<Json> documents;
    for (auto const& document : file.documents) documents.push_back(as_json(document));
    return documents;
}

}  // namespace dayfly::specs
