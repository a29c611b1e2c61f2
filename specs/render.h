// The object written out with every default: what `dayfly render` shows and what the round-trip tests read back.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "specs/environment.h"

namespace dayfly::specs {

/// apiVersion, kind, metadata and the whole spec, in the order of the documentation; fields without a value are left out,
/// except the ones where null has a meaning (volume, service).
[[nodiscard]] nlohmann::ordered_json to_json(PreviewEnvironment const& environment);
[[nodiscard]] std::string to_yaml(PreviewEnvironment const& environment);
/// Any JSON value as YAML text; strings are quoted where YAML would read them as something else.
[[nodiscard]] std::string json_to_yaml(nlohmann::ordered_json const& value);

/// The JSON Schema (draft 2020-12) of the YAML, from the same description of the fields that the reader uses.
[[nodiscard]] nlohmann::ordered_json json_schema();

}  // namespace dayfly::specs
