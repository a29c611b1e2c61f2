// Typed access to JSON; see the header.
#include "controller/fly_rest/json_read.h"

#include <limits>

#include "controller/base/time_text.h"

namespace dayfly::fly_rest {
namespace {

constexpr std::size_t deepest = 64;

Json constant(std::string_view text) {
    static std::vector<Document> kept;
    kept.push_back(*Document::parse(text));
    return kept.back().root();
}

Json const null_value = constant("null");
simdjson::dom::array const empty_list = constant("[]").get_array().value_unsafe();
simdjson::dom::object const empty_object = constant("{}").get_object().value_unsafe();

std::optional<std::int64_t> whole(Json value) {
    // Beyond what 64 bits with a sign hold it is a number all the same, but none that Fly writes.
    if (std::int64_t number = 0; value.get_int64().get(number) == simdjson::SUCCESS) return number;
    double number = 0;
    if (!value.is_double() || value.get_double().get(number) != simdjson::SUCCESS) return std::nullopt;
    // 2^53: beyond it a double no longer holds every whole number.
    if (!(number >= -9007199254740992.0 && number <= 9007199254740992.0)) return std::nullopt;
    auto const truncated = static_cast<std::int64_t>(number);
    return static_cast<double>(truncated) == number ? std::optional(truncated) : std::nullopt;
}

std::optional<std::string_view> text_in(Json value) {
    std::string_view text;
    return value.get_string().get(text) == simdjson::SUCCESS ? std::optional(text) : std::nullopt;
}

}  // namespace

std::optional<Document> Document::parse(std::string_view text) {
    auto parser = std::make_unique<simdjson::dom::parser>();
    // One more than the levels that are allowed: the library refuses at the last.
    if (parser->allocate(text.size(), deepest + 1) != simdjson::SUCCESS) return std::nullopt;
    Json root;
    if (parser->parse(text.data(), text.size()).get(root) != simdjson::SUCCESS) return std::nullopt;
    return Document(std::move(parser), root);
}

std::optional<Json> member(Json object, std::string_view key) {
    Json value;
    if (object.at_key(key).get(value) != simdjson::SUCCESS) return std::nullopt;
    return value;
}

ObjectReader::ObjectReader(Json value, bool& sound) : value_(empty_object), sound_(&sound) {
    if (value.get_object().get(value_) != simdjson::SUCCESS && !value.is_null()) sound = false;
}

Json ObjectReader::at(char const* key) const {
    Json value;
    return value_.at_key(key).get(value) == simdjson::SUCCESS ? value : null_value;
}

bool ObjectReader::has(char const* key) const { return !at(key).is_null(); }

std::string ObjectReader::text(char const* key) const {
    auto const value = at(key);
    if (auto const text = text_in(value)) return std::string(*text);
    if (!value.is_null()) *sound_ = false;
    return {};
}

std::int64_t ObjectReader::integer(char const* key) const {
    auto const value = at(key);
    if (value.is_null()) return 0;
    auto const number = whole(value);
    if (!number) *sound_ = false;
    return number.value_or(0);
}

int ObjectReader::number(char const* key) const {
    auto const value = integer(key);
    if (value >= std::numeric_limits<int>::min() && value <= std::numeric_limits<int>::max()) return static_cast<int>(value);
    *sound_ = false;
    return 0;
}

bool ObjectReader::flag(char const* key) const {
    auto const value = at(key);
    bool flag = false;
    if (value.get_bool().get(flag) == simdjson::SUCCESS) return flag;
    if (!value.is_null()) *sound_ = false;
    return false;
}

std::chrono::nanoseconds ObjectReader::duration(char const* key) const {
    auto const value = at(key);
    if (value.is_null()) return {};
    if (auto const text = text_in(value)) {
        if (text->empty()) return {};
        auto const parsed = parse_duration(*text);
        if (!parsed) *sound_ = false;
        return parsed.value_or(std::chrono::nanoseconds{});
    }
    auto const number = whole(value);
    if (!number || *number < 0) *sound_ = false;
    return std::chrono::nanoseconds(number && *number > 0 ? *number : 0);
}

std::vector<std::string> ObjectReader::texts(char const* key) const {
    std::vector<std::string> all;
    for (auto const element : list(key)) {
        if (auto const text = text_in(element)) {
            all.emplace_back(*text);
        } else {
            *sound_ = false;
        }
    }
    return all;
}

fly::StringMap ObjectReader::string_map(char const* key) const { return string_map_from(members(key), *sound_); }

ObjectReader ObjectReader::object(char const* key) const { return {at(key), *sound_}; }

simdjson::dom::array ObjectReader::list(char const* key) const {
    auto const value = at(key);
    auto list = empty_list;
    if (value.get_array().get(list) != simdjson::SUCCESS && !value.is_null()) *sound_ = false;
    return list;
}

simdjson::dom::object ObjectReader::members(char const* key) const {
    auto const value = at(key);
    auto members = empty_object;
    if (value.get_object().get(members) != simdjson::SUCCESS && !value.is_null()) *sound_ = false;
    return members;
}

fly::StringMap string_map_from(simdjson::dom::object object, bool& sound) {
    fly::StringMap map;
    for (auto const [name, value] : object) {
        if (auto const text = text_in(value)) {
            map.insert_or_assign(std::string(name), std::string(*text));
        } else if (!value.is_null()) {
            sound = false;
        }
    }
    return map;
}

}  // namespace dayfly::fly_rest
