// Typed, forgiving access to JSON that somebody else wrote: what is absent or null reads as empty, what has the wrong shape is
// remembered, and nothing throws. The one way in which this room looks into JSON.
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/fly/types.h"

namespace dayfly::fly_rest {

using Json = nlohmann::json;

/// Nothing for text that is not JSON, or nests deeper than any answer of Fly does (64 levels).
[[nodiscard]] std::optional<Json> parse_json(std::string_view text);

/// Compact text; nothing when a string inside is not UTF-8.
[[nodiscard]] std::optional<std::string> write_json(Json const& value);

/// Reads the members of one JSON object. A member of the wrong type reads as empty and makes the shared `sound` false; the
/// caller looks at it once, at the end, and then gives up the whole answer instead of believing half of it.
class ObjectReader {
public:
    ObjectReader(Json const& value, bool& sound);

    [[nodiscard]] std::string text(char const* key) const;
    [[nodiscard]] std::int64_t integer(char const* key) const;
    /// integer() within the bounds of int.
    [[nodiscard]] int number(char const* key) const;
    [[nodiscard]] bool flag(char const* key) const;
    /// Go's duration text or nanoseconds.
    [[nodiscard]] std::chrono::nanoseconds duration(char const* key) const;
    [[nodiscard]] std::vector<std::string> texts(char const* key) const;
    [[nodiscard]] fly::StringMap string_map(char const* key) const;
    /// The object at `key`; an empty one when it is absent.
    [[nodiscard]] ObjectReader object(char const* key) const;
    /// The elements at `key`; an empty array when it is absent.
    [[nodiscard]] Json const& list(char const* key) const;
    /// The members at `key`; an empty object when it is absent.
    [[nodiscard]] Json const& members(char const* key) const;
    [[nodiscard]] bool has(char const* key) const;
    /// The raw member; null when absent.
    [[nodiscard]] Json const& at(char const* key) const;
    /// `lower` if it is there, else `upper`: Fly's platform answers and some old ones spell keys in Pascal case.
    [[nodiscard]] char const* either(char const* lower, char const* upper) const { return has(lower) ? lower : upper; }

private:
    Json const* value_;
    bool* sound_;
};

/// Reads every element of an array; nothing when `array` is not one or an element does not read: a list that silently lacked
/// an element would look like that element's absence. null is how Go writes a list without elements.
template <class T>
[[nodiscard]] std::optional<std::vector<T>> read_all(Json const& array, std::optional<T> (*read)(Json const&)) {
    std::vector<T> all;
    if (array.is_null()) return all;
    if (!array.is_array()) return std::nullopt;
    all.reserve(array.size());
    for (auto const& element : array) {
        auto one = read(element);
        if (!one) return std::nullopt;
        all.push_back(std::move(*one));
    }
    return all;
}

}  // namespace dayfly::fly_rest
