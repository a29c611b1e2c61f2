// Booleans, numbers, texts and words.
#include "specs/kinds.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "specs/nearest.h"

namespace dayfly::specs {
namespace {

using Json = nlohmann::ordered_json;

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> choices) {
    return std::ranges::find(choices, text) != choices.end();
}

/// C0 without line ends and tabs, DEL, and C1, which terminals obey too.
bool has_control(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        auto const byte = static_cast<unsigned char>(text[at]);
        if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7F) return true;
        if (byte == 0xC2 && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xA0) return true;
    }
    return false;
}

/// Characters, as people and JSON Schema count them; the text is UTF-8.
std::size_t length_of(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char letter) { return (static_cast<unsigned char>(letter) & 0xC0) != 0x80; }));
}

}  // namespace

Verdict Boolean::read(Node const& node, bool& value) const {
    if (!node.is_scalar() || node.quoted) {
        bool const only_quoted = node.is_scalar() && is_one_of(node.text, {"true", "false"});
        return fmt::format("{} is not true or false{}", what_is(node),
                           only_quoted ? "; remove the quotes" : "; write true or false");
    }
    if (is_one_of(node.text, {"true", "True", "TRUE"})) {
        value = true;
    } else if (is_one_of(node.text, {"false", "False", "FALSE"})) {
        value = false;
    } else {
        return fmt::format("{} is not true or false; write true or false", what_is(node));
    }
    return {};
}

Json Boolean::write(bool const& value) const { return value; }
Json Boolean::schema() const { return {{"type", "boolean"}}; }

Verdict WholeNumber::read(Node const& node, std::int64_t& value) const {
    auto const wanted = fmt::format("write a whole number from {} to {}", minimum, maximum);
    if (!node.is_scalar()) return fmt::format("{} is not a number; {}", what_is(node), wanted);
    std::int64_t number = 0;
    auto const* const end = node.text.data() + node.text.size();
    auto const [stop, error] = std::from_chars(node.text.data(), end, number);
    if (error == std::errc::result_out_of_range && stop == end)
        return fmt::format("{} is out of range; {}", what_is(node), wanted);
    if (error != std::errc() || stop != end) return fmt::format("{} is not a whole number; {}", what_is(node), wanted);
    auto const digits = std::string_view(node.text).substr(node.text.starts_with('-') ? 1 : 0);
    if (digits.size() > 1 && digits.starts_with('0'))
        return fmt::format("{} begins with a zero, which makes it octal to some readers of YAML; {}", what_is(node), wanted);
    if (node.quoted) return fmt::format("{} is not a number; remove the quotes", what_is(node));
    if (number < minimum || number > maximum) return fmt::format("{} is out of range; {}", what_is(node), wanted);
    value = number;
    return {};
}

Json WholeNumber::write(std::int64_t const& value) const { return value; }
Json WholeNumber::schema() const { return {{"type", "integer"}, {"minimum", minimum}, {"maximum", maximum}}; }

Verdict Text::read(Node const& node, std::string& value) const {
    if (!node.is_scalar()) return fmt::format("{} is not text; write a single value, in quotes if need be", what_is(node));
    if (node.text.empty() && !may_be_empty) return "is empty; write a value or leave the field out";
    if (node.text.size() > longest) {
        if (auto const length = length_of(node.text); length > longest)
            return fmt::format("the text has {} characters; write at most {}", length, longest);
    }
    if (has_control(node.text)) return "the text holds a control character; remove it";
    if (format != nullptr && !matches(*format, node.text)) {
        return fmt::format("{} is not {}; {}", quote(node), format->name, format->advice);
    }
    value = node.text;
    return {};
}

Json Text::write(std::string const& value) const { return value.empty() && !may_be_empty ? Json() : Json(value); }

Json Text::schema() const {
    Json schema;
    schema["type"] = looks_like_anything ? Json::array({"string", "number", "boolean"}) : Json("string");
    if (!may_be_empty) schema["minLength"] = 1;
    schema["maxLength"] = longest;
    if (format != nullptr) schema["pattern"] = format->pattern;
    return schema;
}

Verdict OneOf::read(Node const& node, std::string& value) const {
    std::size_t index = 0;
    auto verdict = read_word(node, names, index);
    if (!verdict) value = names[index];
    return verdict;
}

Json OneOf::write(std::string const& value) const { return value; }
Json OneOf::schema() const { return words_schema(names); }

Verdict read_word(Node const& node, std::span<std::string_view const> words, std::size_t& index) {
    if (!node.is_scalar()) return fmt::format("{} is not a word{}", what_is(node), suggestion("", words));
    auto const found = std::ranges::find(words, node.text);
    if (found == words.end()) return fmt::format("{} is not known here{}", quote(node), suggestion(node.text, words));
    index = static_cast<std::size_t>(found - words.begin());
    return {};
}

Json write_word(std::string_view word) { return word; }
Json words_schema(std::span<std::string_view const> words) {
    return {{"type", "string"}, {"enum", std::vector<std::string_view>(words.begin(), words.end())}};
}

}  // namespace dayfly::specs
