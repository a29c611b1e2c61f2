#include "controller/github/json.h"

#include <limits>

namespace dayfly::github {
namespace {

constexpr int deepest = 64;
Json const null_value = nullptr;

}  // namespace

std::optional<Json> parse_json(std::string_view text) {
    bool too_deep = false;
    auto const watch = [&](int depth, Json::parse_event_t, Json&) {
        too_deep = too_deep || depth > deepest;
        return !too_deep;
    };
    auto value = Json::parse(text, watch, /*allow_exceptions=*/false);
    if (too_deep || value.is_discarded()) return std::nullopt;
    return value;
}

Json const& member(Json const& value, char const* key) {
    if (!value.is_object()) return null_value;
    auto const found = value.find(key);
    return found == value.end() ? null_value : *found;
}

std::string text_at(Json const& value, char const* key) {
    auto const& found = member(value, key);
    return found.is_string() ? found.get<std::string>() : std::string();
}

std::optional<std::int64_t> number_at(Json const& value, char const* key) {
    auto const& found = member(value, key);
    if (!found.is_number_integer()) return std::nullopt;
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (found.is_number_unsigned() && found.get<std::uint64_t>() > most) return std::nullopt;
    return found.get<std::int64_t>();
}

bool flag_at(Json const& value, char const* key) {
    auto const& found = member(value, key);
    return found.is_boolean() && found.get<bool>();
}

}  // namespace dayfly::github
