// JSON that somebody else wrote, read without trust: bounded in depth, and nothing throws.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace dayfly::github {

using Json = nlohmann::json;

/// Nothing for text that is not JSON, or nests deeper than any answer of GitHub does (64 levels).
[[nodiscard]] std::optional<Json> parse_json(std::string_view text);

/// The member `key` of an object; null when there is none or `value` is no object.
[[nodiscard]] Json const& member(Json const& value, char const* key);
/// The text at `key`; "" when it is absent or something else.
[[nodiscard]] std::string text_at(Json const& value, char const* key);
/// The whole number at `key`; nothing when it is absent or something else.
[[nodiscard]] std::optional<std::int64_t> number_at(Json const& value, char const* key);
/// True only when `key` holds true.
[[nodiscard]] bool flag_at(Json const& value, char const* key);

}  // namespace dayfly::github
