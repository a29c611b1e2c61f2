// The fields of the API as the JSON Schema lists them, which comes from the one description: what tests of every field go by.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "specs/node.h"

namespace dayfly::specs {

using Json = nlohmann::ordered_json;

struct DescribedField {
    std::vector<std::string> path;  ///< "*" for any name of a map, "#" for any item of a list
    Json schema;
    [[nodiscard]] std::string text() const;
};

/// All fields with a name, the inner ones after the ones they lie in; without those that mean nothing when read.
[[nodiscard]] std::vector<DescribedField> described_fields();

/// The places of a field in an object: each is a path of keys and numbers.
[[nodiscard]] std::vector<Json::json_pointer> places_of(std::vector<std::string> const& path, Json const& object);

/// The documents of a YAML file as they are written, without any default.
[[nodiscard]] std::vector<Json> written_documents(std::string const& yaml);

}  // namespace dayfly::specs
