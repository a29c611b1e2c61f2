// Typed access to JSON; see the header.
#include "controller/fly_rest/json_read.h"

#include <limits>

#include "controller/base/time_text.h"

namespace dayfly::fly_rest {
namespace {

constexpr int deepest = 64;

Json const null_value = nullptr;
Json const empty_list = Json::array();
Json const empty_object = Json::object();

bool too_deep(std::string_view text) {
    int depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char const c = text[i];
        if (quoted) {
            if (c == '\\') ++i;
            if (c == '"') quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            if (++depth > deepest) return true;
        } else if (c == '}' || c == ']') {
            --depth;
        }
    }
    return false;
}

std::optional<std::int64_t> whole(Json const& value) {
    if (value.is_number_unsigned()) {
        auto const number = value.get<std::uint64_t>();
        if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
        return static_cast<std::int64_t>(number);
    }
    if (value.is_number_integer()) return value.get<std::int64_t>();
    if (!value.is_number_float()) return std::nullopt;
    auto const number = value.get<double>();
    // 2^53: beyond it a double no longer holds every whole number.
    if (!(number >= -9007199254740992.0 && number <= 9007199254740992.0)) return std::nullopt;
    auto const truncated = static_cast<std::int64_t>(number);
    return static_cast<double>(truncated) == number ? std::optional(truncated) : std::nullopt;
}

}  // namespace

std::optional<Json> parse_json(std::string_view text) {
    if (too_deep(text)) return std::nullopt;
    auto value = Json::parse(text, nullptr, false);
    if (value.is_discarded()) return std::nullopt;
    return value;
}

std::optional<std::string> write_json(Json const& value) {
    try {
        return value.dump();
    } catch (Json::type_error const&) {  // the library's only way to say "not UTF-8"
        return std::nullopt;
    }
}

ObjectReader::ObjectReader(Json const& value, bool& sound) : value_(&empty_object), sound_(&sound) {
    if (value.is_object()) {
        value_ = &value;
    } else if (!value.is_null()) {
        sound = false;
    }
}

Json const& ObjectReader::at(char const* key) const {
    auto const it = value_->find(key);
    return it == value_->end() ? null_value : *it;
}

bool ObjectReader::has(char const* key) const { return !at(key).is_null(); }

std::string ObjectReader::text(char const* key) const {
    auto const& value = at(key);
    if (value.is_string()) return value.get<std::string>();
    if (!value.is_null()) *sound_ = false;
    return {};
}

std::int64_t ObjectReader::integer(char const* key) const {
    auto const& value = at(key);
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
    auto const& value = at(key);
    if (value.is_boolean()) return value.get<bool>();
    if (!value.is_null()) *sound_ = false;
    return false;
}

std::chrono::nanoseconds ObjectReader::duration(char const* key) const {
    auto const& value = at(key);
    if (value.is_null()) return {};
    if (value.is_string()) {
        auto const& text = value.get_ref<std::string const&>();
        if (text.empty()) return {};
        auto const parsed = parse_duration(text);
        if (!parsed) *sound_ = false;
        return parsed.value_or(std::chrono::nanoseconds{});
    }
    auto const number = whole(value);
    if (!number || *number < 0) *sound_ = false;
    return std::chrono::nanoseconds(number && *number > 0 ? *number : 0);
}

std::vector<std::string> ObjectReader::texts(char const* key) const {
    std::vector<std::string> all;
    for (auto const& element : list(key)) {
        if (element.is_string()) {
            all.push_back(element.get<std::string>());
        } else {
            *sound_ = false;
        }
    }
    return all;
}

fly::StringMap ObjectReader::string_map(char const* key) const {
    fly::StringMap map;
    for (auto const& [name, value] : members(key).items()) {
        if (value.is_string()) {
            map.emplace(name, value.get<std::string>());
        } else if (!value.is_null()) {
            *sound_ = false;
        }
    }
    return map;
}

ObjectReader ObjectReader::object(char const* key) const { return {at(key), *sound_}; }

Json const& ObjectReader::list(char const* key) const {
    auto const& value = at(key);
    if (value.is_array()) return value;
    if (!value.is_null()) *sound_ = false;
    return empty_list;
}

Json const& ObjectReader::members(char const* key) const {
    auto const& value = at(key);
    if (value.is_object()) return value;
    if (!value.is_null()) *sound_ = false;
    return empty_object;
}

}  // namespace dayfly::fly_rest
