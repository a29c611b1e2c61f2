// JSON values as block YAML. Strings stay bare only when no reader of YAML 1.1 or 1.2 could take them for something else.
#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>

#include "specs/render.h"

namespace dayfly::specs {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view first_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz/_";
constexpr std::string_view inner_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_.-+@=, :()$";

bool is_reserved(std::string_view text) {
    constexpr std::array<std::string_view, 9> words{"true", "false", "yes", "no", "on", "off", "null", "y", "n"};
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return std::ranges::find(words, lower) != words.end();
}

bool stays_bare(std::string_view text) {
    if (text.empty() || first_letters.find(text.front()) == std::string_view::npos) return false;
    if (text.find_first_not_of(inner_letters) != std::string_view::npos) return false;
    if (text.back() == ' ' || text.back() == ':' || text.find(": ") != std::string_view::npos) return false;
    return !is_reserved(text);
}

/// A duration, a quantity or a version begins with a digit but has a letter that no number has: it may stay bare.
bool is_measure(std::string_view text) {
    auto const digits = text.find_first_not_of("0123456789");
    if (digits == 0 || digits == std::string_view::npos) return false;
    constexpr std::array<std::string_view, 6> units{"Mi", "Gi", "h", "m", "s", "ms"};
    return std::ranges::find(units, text.substr(digits)) != units.end();
}

std::string string_text(std::string const& text) {
    if (stays_bare(text) || is_measure(text)) return text;
    // JSON's string is a YAML double-quoted scalar.
    return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string scalar_text(Json const& value) {
    if (value.is_string()) return string_text(value.get_ref<std::string const&>());
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void write(Json const& value, std::size_t indent, std::string& text);

/// Behind "name:" or "-": on the same line what fits there, else below.
void write_value(Json const& value, std::size_t indent, std::string& text) {
    if (value.is_structured() && !value.empty()) {
        text += '\n';
        write(value, indent, text);
    } else {
        text += ' ' + scalar_text(value) + '\n';
    }
}

void write(Json const& value, std::size_t indent, std::string& text) {
    if (value.is_object()) {
        for (auto const& [name, member] : value.items()) {
            text.append(indent, ' ');
            text += string_text(name) + ':';
            write_value(member, indent + 2, text);
        }
        return;
    }
    for (auto const& item : value) {
        text.append(indent, ' ');
        text += '-';
        if (item.is_object() && !item.empty()) {
            // The first field stands behind the dash.
            std::string block;
            write(item, indent + 2, block);
            text += block.substr(indent + 1);
        } else {
            write_value(item, indent + 2, text);
        }
    }
}

}  // namespace

std::string json_to_yaml(Json const& value) {
    if (!value.is_structured() || value.empty()) return scalar_text(value) + '\n';
    std::string text;
    write(value, 0, text);
    return text;
}

}  // namespace dayfly::specs
