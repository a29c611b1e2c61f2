// Typed, forgiving access to JSON that somebody else wrote: what is absent or null reads as empty, what has the wrong shape is
// remembered, and nothing throws. The one way in which this room looks into JSON.
#pragma once

#include <simdjson.h>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/fly/types.h"

namespace dayfly::fly_rest {

/// One value inside a Document. Cheap to copy; lives as long as the document.
using Json = simdjson::dom::element;

/// The text of one answer, taken apart. Fly's list of a thousand machines is 2 MB every half minute, and reading it is most of
/// what an idle controller does.
class Document {
public:
    /// Nothing for text that is not JSON in UTF-8, or nests deeper than any answer of Fly does (64 levels).
    [[nodiscard]] static std::optional<Document> parse(std::string_view text);
    [[nodiscard]] Json root() const { return root_; }

private:
    Document(std::unique_ptr<simdjson::dom::parser> parser, Json root) : parser_(std::move(parser)), root_(root) {}
    std::unique_ptr<simdjson::dom::parser> parser_;  ///< owns what `root_` points into
    Json root_;
};

/// The value at `key`, null included; nothing when `object` is no object or lacks it.
[[nodiscard]] std::optional<Json> member(Json object, std::string_view key);

/// Reads the members of one JSON object. A member of the wrong type reads as empty and makes the shared `sound` false; the
/// caller looks at it once, at the end, and then gives up the whole answer instead of believing half of it.
class ObjectReader {
public:
    ObjectReader(Json value, bool& sound);

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
    [[nodiscard]] simdjson::dom::array list(char const* key) const;
    /// The members at `key`; an empty object when it is absent.
    [[nodiscard]] simdjson::dom::object members(char const* key) const;
    [[nodiscard]] bool has(char const* key) const;
    /// The raw member; null when absent.
    [[nodiscard]] Json at(char const* key) const;
    /// `lower` if it is there, else `upper`: Fly's platform answers and some old ones spell keys in Pascal case.
    [[nodiscard]] char const* either(char const* lower, char const* upper) const { return has(lower) ? lower : upper; }

private:
    simdjson::dom::object value_;
    bool* sound_;
};

/// The texts in a JSON object; one that is null is left out, anything else makes `sound` false.
[[nodiscard]] fly::StringMap string_map_from(simdjson::dom::object object, bool& sound);

/// Reads every element of an array; nothing when `array` is not one or an element does not read: a list that silently lacked
/// an element would look like that element's absence. null is how Go writes a list without elements.
template <class T>
[[nodiscard]] std::optional<std::vector<T>> read_all(simdjson::dom::array array, std::optional<T> (*read)(Json)) {
    std::vector<T> all;
    all.reserve(array.size());
    for (auto const element : array) {
        auto one = read(element);
        if (!one) return std::nullopt;
        all.push_back(std::move(*one));
    }
    return all;
}
template <class T>
[[nodiscard]] std::optional<std::vector<T>> read_all(Json value, std::optional<T> (*read)(Json)) {
    if (value.is_null()) return std::vector<T>{};
    simdjson::dom::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS) return std::nullopt;
    return read_all(array, read);
}

}  // namespace dayfly::fly_rest
