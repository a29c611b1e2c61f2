// Walks JSON and blanks values.
#include "controller/fly_rest/mask_body.h"

#include <algorithm>
#include <array>

#include "controller/fly/error_text.h"
#include "controller/fly_rest/json_read.h"
#include "controller/fly_rest/json_write.h"

namespace dayfly::fly_rest {
namespace {

constexpr std::size_t longest = 8192;

/// Everything below these keys is secret.
constexpr std::array<std::string_view, 20> secret_keys{
    "authorization", "access_token", "command",   "connection_uri", "env",    "nonce",    "password",
    "plaintext",     "private_key",  "raw_value", "refresh_token",  "secret", "stderr",   "stdin",
    "stdout",        "token",        "tokens",    "value",          "values", "api_token"};

/// Below "secrets", only these tell no secret.
constexpr std::array<std::string_view, 8> harmless_keys{"name",       "digest",     "env_var", "version",
                                                        "created_at", "updated_at", "type",    "Version"};

void blank(Body& value) {
    if (value.is_structured()) {
        for (auto& inner : value) blank(inner);
    } else if (!value.is_null()) {
        value = "***";
    }
}

void mask(Body& value, bool among_secrets) {
    if (value.is_array()) {
        for (auto& inner : value) {
            if (among_secrets && inner.is_primitive()) {
                blank(inner);
            } else {
                mask(inner, among_secrets);
            }
        }
    }
    if (!value.is_object()) return;
    for (auto const& [key, inner] : value.items()) {
        bool const harmless = std::ranges::find(harmless_keys, key) != harmless_keys.end();
        bool const secret =
            std::ranges::find(secret_keys, key) != secret_keys.end() || (key == "secrets" && inner.is_primitive());
        if (secret || (among_secrets && !harmless)) {
            blank(inner);
        } else {
            mask(inner, among_secrets || key == "secrets");
        }
    }
}

}  // namespace

std::string mask_body(std::string_view body) {
    if (body.empty()) return {};
    // The reader refuses what nests too deep for the writer's recursion.
    auto json = Document::parse(body) ? Body::parse(body, nullptr, false) : Body();
    if (!json.is_structured()) return "(" + std::to_string(body.size()) + " bytes, not a JSON object)";
    mask(json, false);
    return fly::bounded(write_json(json).value_or("(not UTF-8)"), longest);
}

}  // namespace dayfly::fly_rest
