// JSON that we write: bodies of requests.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace dayfly::fly_rest {

using Body = nlohmann::json;

/// Compact text; nothing when a string inside is not UTF-8.
[[nodiscard]] std::optional<std::string> write_json(Body const& body);

}  // namespace dayfly::fly_rest
