#include "controller/fly_sim/secrets.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "controller/base/digest.h"
#include "controller/base/time_text.h"
#include "controller/fly_sim/apps.h"

namespace dayfly::fly_sim {
namespace {

void next_version(State& state, App& app) {
    app.secrets_version++;
    // Only the versions that some host may still see matter.
    std::erase_if(app.secrets_seen,
                  [&](auto const& seen) { return seen.first <= state.now && seen != app.secrets_seen.back(); });
    app.secrets_seen.emplace_back(state.now + state.lasting(state.options.timings.secrets_lag), app.secrets_version);
}

void store(State& state, App& app, std::string const& name, std::string const& value) {
    auto const known = app.secrets.find(name);
    auto const created = known == app.secrets.end() ? state.wall : known->second.created;
    auto const salt = state.options.quirks.secret_digest_stable ? "" : std::to_string(++state.numbers);
    app.secrets[name] = StoredSecret{
        .value = value, .digest = digest_of(state, app, name, value + salt), .created = created, .updated = state.wall};
}

bool is_good_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    });
}

Json all_secrets(App const& app, bool show) {
    auto shown = Json::array();
    for (auto const& [name, secret] : app.secrets) shown.push_back(secret_json(name, secret, show));
    return shown;
}

/// A reader may ask for at least some version; a newer one than there is cannot be shown.
std::optional<Answer> refuse_version(App const& app, Exchange const& exchange) {
    auto text = exchange.param("min_version");
    if (!text) text = exchange.param("version");
    if (!text) return std::nullopt;
    std::uint64_t wanted = 0;
    std::from_chars(text->data(), text->data() + text->size(), wanted);
    if (wanted <= app.secrets_version) return std::nullopt;
    return problem(400, fmt::format("invalid_argument: secrets version {} is newer than {}", wanted, app.secrets_version));
}

}  // namespace

std::string digest_of(State const& state, App const& app, std::string const& name, std::string const& value) {
    auto const digest = sha256_hex(app.id + '\0' + name + '\0' + value);
    return digest.substr(0, state.options.quirks.secret_digest == SecretDigest::Hex16 ? 16 : 32);
}

void put_secret(State& state, App& app, std::string const& name, std::string const& value) {
    store(state, app, name, value);
    next_version(state, app);
}

Json secret_json(std::string const& name, StoredSecret const& secret, bool show_value) {
    Json shown{{"name", name},
               {"digest", secret.digest},
               {"created_at", rfc3339(secret.created)},
               {"updated_at", rfc3339(secret.updated)}};
    if (show_value) shown["value"] = secret.value;
    return shown;
}

Outcome list_secrets(State& state, Exchange const& exchange) {
    auto const app = find_app(state, exchange);
    if (!app) return app.error();
    if (auto refusal = refuse_version(**app, exchange)) return std::move(*refusal);
    // Tokens of controllers may not read values: show_secrets is ignored.
    return reply(200, {{"secrets", all_secrets(**app, false)}});
}

Outcome update_secrets(State& state, Exchange const& exchange) {
    auto const app = find_app(state, exchange);
    if (!app) return app.error();
    auto const* const values = exchange.member("values");
    if (exchange.body_is_broken || values == nullptr || !values->is_object()) {
        return problem(400, "invalid_argument: values is required");
    }
    for (auto const& [name, value] : values->items()) {
        if (!is_good_name(name)) return problem(400, "invalid_argument: invalid secret name");
        if (!value.is_string() && !value.is_null()) return problem(400, "invalid_argument: secret values are strings");
    }
    for (auto const& [name, value] : values->items()) {
        if (value.is_null()) {
            (*app)->secrets.erase(name);
        } else {
            store(state, **app, name, value.get<std::string>());
        }
    }
    // One call makes one version, however many secrets it sets.
    next_version(state, **app);
    return reply(
        200,
        {{"secrets", all_secrets(**app, false)}, {"version", (*app)->secrets_version}, {"Version", (*app)->secrets_version}});
}

Outcome get_secret(State& state, Exchange const& exchange) {
    auto const app = find_app(state, exchange);
    if (!app) return app.error();
    if (auto refusal = refuse_version(**app, exchange)) return std::move(*refusal);
    auto const found = (*app)->secrets.find(exchange.id);
    if (found == (*app)->secrets.end()) return problem(404, "secret not found");
    return reply(200, secret_json(found->first, found->second, false));
}

Outcome set_secret(State& state, Exchange const& exchange) {
    auto const app = find_app(state, exchange);
    if (!app) return app.error();
    auto const* const value = exchange.member("value");
    if (exchange.body_is_broken || value == nullptr || !value->is_string())
        return problem(400, "invalid_argument: value is required");
    if (!is_good_name(exchange.id)) return problem(400, "invalid_argument: invalid secret name");
    put_secret(state, **app, exchange.id, value->get<std::string>());
    auto shown = secret_json(exchange.id, (*app)->secrets[exchange.id], false);
    shown["version"] = (*app)->secrets_version;
    shown["Version"] = (*app)->secrets_version;
    return reply(201, shown);
}

Outcome delete_secret(State& state, Exchange const& exchange) {
    auto const app = find_app(state, exchange);
    if (!app) return app.error();
    if ((*app)->secrets.erase(exchange.id) > 0) next_version(state, **app);
    return reply(200, {{"version", (*app)->secrets_version}, {"Version", (*app)->secrets_version}});
}

}  // namespace dayfly::fly_sim
