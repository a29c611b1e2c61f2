#include "controller/github/app_credentials.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "controller/base/digest.h"
#include "controller/base/signature.h"
#include "controller/base/time_text.h"
#include "controller/github/answer.h"
#include "controller/github/json.h"

namespace dayfly::github {
namespace {

constexpr milliseconds limit{15'000};
constexpr auto renew_before = std::chrono::minutes(5);
constexpr auto longest_life = std::chrono::hours(1);

}  // namespace

Result<Secret> app_token(std::string const& app_id, Secret const& private_key_pem, WallTime now) {
    auto const at = std::chrono::floor<seconds>(now).time_since_epoch().count();
    auto const header = Json{{"alg", "RS256"}, {"typ", "JWT"}}.dump();
    auto const claims = Json{{"iat", at - 60}, {"exp", at + 540}, {"iss", app_id}}.dump();
    auto const signed_part = base64url(header) + '.' + base64url(claims);
    auto const signature = sign_rs256(private_key_pem, signed_part);
    if (!signature) return failure(signature.error(), "GitHub App key");
    return Secret(signed_part + '.' + base64url(*signature));
}

AppCredentials::AppCredentials(Clock& clock, Transport& transport, std::string app_id, std::function<Result<Secret>()> key)
    : clock_(clock), transport_(transport), app_id_(std::move(app_id)), key_(std::move(key)) {}

std::string AppCredentials::budget_of(std::string const& repository) const {
    auto account = repository.substr(0, repository.find('/'));
    std::ranges::transform(account, account.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return account;
}

bool AppCredentials::refused(std::string const& repository) {
    auto const found = installations_.find(budget_of(repository));
    if (found == installations_.end() || found->second.token.empty()) return false;
    found->second = {};
    return true;
}

Task<Result<Secret>> AppCredentials::authorization(std::string repository) {
    auto const account = budget_of(repository);
    if (account.empty()) {
        co_return failure(ErrorKind::InvalidInput, "a GitHub App asks for a repository's account only");
    }
    auto const found = installations_.find(account);
    auto const known = found == installations_.end() ? Installation() : found->second;
    if (!known.token.empty() && clock_.now() < known.renew_at) co_return Secret("Bearer " + known.token.reveal());
    auto fresh = co_await install(std::move(repository), known.id);
    // Installed anew, the app has another id there.
    if (!fresh && fresh.error().kind == ErrorKind::NotFound) installations_.erase(account);
    if (!fresh) co_return failure(std::move(fresh.error()), fmt::format("GitHub App {}, account {}", app_id_, account));
    auto authorization = Secret("Bearer " + fresh->token.reveal());
    installations_.insert_or_assign(account, std::move(*fresh));
    co_return authorization;
}

Task<Result<AppCredentials::Installation>> AppCredentials::install(std::string repository, std::string known_id) {
    Installation fresh{.id = std::move(known_id)};
    if (fresh.id.empty()) {
        auto const found = co_await ask("GET", fmt::format("/repos/{}/installation", repository));
        if (!found) co_return std::unexpected(found.error());
        auto const json = parse_json(found->body).value_or(Json());
        auto const id = number_at(json, "id");
        if (!id) co_return failure(ErrorKind::Unavailable, "GitHub names no installation");
        fresh.id = std::to_string(*id);
    }
    auto const made = co_await ask("POST", fmt::format("/app/installations/{}/access_tokens", fresh.id));
    if (!made) co_return std::unexpected(made.error());
    auto const json = parse_json(made->body).value_or(Json());
    fresh.token = Secret(text_at(json, "token"));
    auto const expires = parse_rfc3339(text_at(json, "expires_at"));
    if (fresh.token.empty() || !expires) co_return failure(ErrorKind::Unavailable, "GitHub gives no installation token");
    // By our own steady clock: how long it lives is what both sides agree on, not what time it is.
    auto const life = std::clamp<WallTime::duration>(*expires - clock_.wall(), 2 * renew_before, longest_life);
    fresh.renew_at = clock_.now() + life - renew_before;
    co_return fresh;
}

Task<Result<http::Response>> AppCredentials::ask(std::string method, std::string target) {
    auto const key = key_();
    if (!key) co_return std::unexpected(key.error());
    auto token = app_token(app_id_, *key, clock_.wall());
    if (!token) co_return std::unexpected(token.error());
    auto const doing = fmt::format("{} {}", method, target);
    auto response = co_await transport_.send(http::Request{.method = method, .target = std::move(target)},
                                             Secret("Bearer " + token->reveal()), limit);
    if (!response) {
        // A token too many hurts nobody: it ends by itself.
        if (response.error().kind == ErrorKind::Ambiguous) response.error().kind = ErrorKind::Unavailable;
        co_return failure(std::move(response.error()), doing);
    }
    if (response->status == 404) {
        co_return failure(ErrorKind::NotFound, doing + ": the app is not installed there",
                          "Install the GitHub App on this account and give it the repository.");
    }
    if (response->status < 200 || response->status > 299) {
        co_return std::unexpected(error_from("GET", doing, *response, clock_.wall()));
    }
    co_return response;
}

}  // namespace dayfly::github
