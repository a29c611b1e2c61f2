#include "tests/support/fake_github.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "controller/base/deadline.h"
#include "controller/base/digest.h"
#include "controller/base/time_text.h"

namespace dayfly::test {
namespace {

using Json = nlohmann::json;

http::Response json_response(int status, std::string body) {
    http::Response response{.status = status, .body = std::move(body)};
    response.headers.add("Content-Type", "application/json; charset=utf-8");
    return response;
}

http::Response problem(int status, std::string const& message) {
    return json_response(status, Json{{"message", message}}.dump());
}

http::Response not_found() { return problem(404, "Not Found"); }

std::int64_t number_in(http::Request const& request, std::string_view name, std::int64_t otherwise) {
    auto const text = http::query_value(request.target, name);
    std::int64_t value = otherwise;
    if (text) std::from_chars(text->data(), text->data() + text->size(), value);
    return value;
}

std::string decoded_base64url(std::string text) {
    std::ranges::replace(text, '-', '+');
    std::ranges::replace(text, '_', '/');
    auto const padding = (4 - text.size() % 4) % 4;
    text.append(padding, '=');
    std::string bytes(3 * text.size() / 4 + 1, '\0');
    auto const size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                      reinterpret_cast<unsigned char const*>(text.data()), static_cast<int>(text.size()));
    bytes.resize(size < 0 ? 0 : static_cast<std::size_t>(size) - padding);
    return bytes;
}

/// Whether `token` is a JSON Web Token signed by the owner of `key_pem` and valid at `now`.
bool proves_the_app(std::string const& token, std::string const& key_pem, WallTime now) {
    auto const last = token.rfind('.');
    auto const first = token.find('.');
    if (first == std::string::npos || first == last) return false;
    auto const data = token.substr(0, last);
    auto const signature = decoded_base64url(token.substr(last + 1));
    BIO* const bio = BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size()));
    EVP_PKEY* const key = PEM_read_bio_PUBKEY(bio, nullptr, nullptr, nullptr);
    BIO_free(bio);
    EVP_MD_CTX* const context = EVP_MD_CTX_new();
    bool const good = key != nullptr && EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key) == 1 &&
                      EVP_DigestVerify(context, reinterpret_cast<unsigned char const*>(signature.data()), signature.size(),
                                       reinterpret_cast<unsigned char const*>(data.data()), data.size()) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    if (!good) return false;
    auto const claims = Json::parse(decoded_base64url(token.substr(first + 1, last - first - 1)), nullptr, false);
    auto const at = std::chrono::duration_cast<seconds>(now.time_since_epoch()).count();
    // GitHub refuses tokens that would live longer than ten minutes.
    return claims.is_object() && claims["iat"].get<std::int64_t>() <= at && claims["exp"].get<std::int64_t>() > at &&
           claims["exp"].get<std::int64_t>() <= at + 600;
}

std::string token_of(http::Request const& request) {
    auto const* const header = request.headers.find("Authorization");
    return header != nullptr && header->starts_with("Bearer ") ? header->substr(7) : std::string();
}

/// The folder's direct members: name to whether it is a folder.
std::map<std::string, bool> members_of(std::map<std::string, std::string> const& files, std::string const& folder) {
    auto const start = folder.empty() ? std::string() : folder + "/";
    std::map<std::string, bool> members;
    for (auto const& [path, text] : files) {
        if (!path.starts_with(start)) continue;
        auto const rest = path.substr(start.size());
        members[rest.substr(0, rest.find('/'))] = rest.find('/') != std::string::npos;
    }
    return members;
}

}  // namespace

std::string commit_of(std::string_view seed) {
    std::string text;
    while (text.size() < 40) text += seed;
    return text.substr(0, 40);
}

std::optional<http::Response> FakeGithub::faulty() const {
    switch (fault) {
        case Fault::Garbage: return json_response(200, "{\"oops");
        case Fault::WrongShape: return json_response(200, R"({"documentation_url":"https://docs.github.com"})");
        case Fault::WebPage: {
            http::Response response{.status = 200, .body = "<html><body>Sign in</body></html>"};
            response.headers.add("Content-Type", "text/html; charset=utf-8");
            return response;
        }
        case Fault::Error: return problem(503, "Service unavailable");
        case Fault::NotFound: return not_found();
        case Fault::Unauthorized: return problem(401, "Bad credentials");
        case Fault::Forbidden: return problem(403, "Resource not accessible by personal access token");
        case Fault::Secondary: return problem(403, "You have exceeded a secondary rate limit.");
        case Fault::TooMany: {
            auto response = problem(429, "Too many requests");
            response.headers.add("Retry-After", "120");
            return response;
        }
        case Fault::Empty: return json_response(200, "[]");
        default: return std::nullopt;
    }
}

Task<Result<http::Response>> FakeGithub::answer(http::Request request) {
    request.target.erase(0, request.target.starts_with(prefix) ? prefix.size() : 0);
    requests.push_back(request.method + " " + request.target);
    whole_requests.push_back(request);
    if (fault == Fault::Down) co_return failure(ErrorKind::Ambiguous, "the connection was closed");
    if (fault == Fault::Refused) co_return failure(ErrorKind::Unavailable, "connection refused");
    if (fault == Fault::Slow) co_await clock_.sleep_for(std::chrono::hours(1));
    if (auto response = faulty()) co_return std::move(*response);

    auto const token = token_of(request);
    auto& window = windows_[token];
    if (clock_.wall() >= window.reset) window = {.used = 0, .reset = clock_.wall() + std::chrono::hours(1)};
    auto const limit = token.empty() ? anonymous_limit : rate_limit;
    auto response = window.used >= limit ? problem(403, "API rate limit exceeded") : route(request, token);
    // ETags differ between identities, as GitHub's do.
    if (request.method == "GET" && response.status == 200) {
        auto const etag = "W/\"" + sha256_hex(token + response.body).substr(0, 32) + '"';
        auto const* const condition = request.headers.find("If-None-Match");
        if (condition != nullptr && *condition == etag) {
            response = http::Response{.status = 304};
            ++not_modified;
        }
        response.headers.add("ETag", etag);
    }
    // "Making a conditional request does not count against your primary rate limit if a 304 response is returned."
    if (response.status != 304 && window.used < limit) {
        ++window.used;
        ++counted;
    }
    response.headers.add("X-RateLimit-Limit", std::to_string(limit));
    response.headers.add("X-RateLimit-Remaining", std::to_string(limit - window.used));
    response.headers.add("X-RateLimit-Reset",
                         std::to_string(std::chrono::ceil<seconds>(window.reset).time_since_epoch().count()));
    response.headers.add("X-RateLimit-Resource", "core");
    co_return response;
}

http::Response FakeGithub::route(http::Request const& request, std::string const& token) {
    auto const path = http::path_of(request.target);
    if (extra) {
        if (auto response = extra(request)) return std::move(*response);
    }
    if (path.starts_with("/app/") || path.ends_with("/installation")) return app(request, path);
    bool const known = token.empty() || tokens.contains(token);
    auto const ends = installation_ends_.find(token);
    bool const lives = ends != installation_ends_.end() && clock_.wall() < ends->second;
    if (!known && !lives) return problem(401, "Bad credentials");
    std::string name;
    std::string_view rest;
    if (path.starts_with("/repos/")) {
        auto const slash = path.find('/', path.find('/', 7) + 1);
        name = http::percent_decode(path.substr(7, slash == std::string_view::npos ? slash : slash - 7));
        rest = slash == std::string_view::npos ? std::string_view() : path.substr(slash);
    } else if (path.starts_with("/repositories/")) {
        auto const slash = path.find('/', 14);
        auto const id = std::string(path.substr(14, slash == std::string_view::npos ? slash : slash - 14));
        for (auto const& [full_name, repository] : repositories) {
            if (std::to_string(repository.id) == id && repository.moved_to.empty()) name = full_name;
        }
        rest = slash == std::string_view::npos ? std::string_view() : path.substr(slash);
    }
    auto const found = repositories.find(name);
    if (found == repositories.end() || !may_read(name, found->second, token)) return not_found();
    if (!found->second.moved_to.empty()) {
        auto const query = request.target.substr(path.size());
        auto response = problem(301, "Moved Permanently");
        response.headers.add(
            "Location", fmt::format("{}/repositories/{}{}{}", base, repositories.at(found->second.moved_to).id, rest, query));
        return response;
    }
    return of_repository(name, found->second, rest, request);
}

bool FakeGithub::may_read(std::string const& name, FakeRepository const& repository, std::string const& token) const {
    if (!repository.is_private || installation_ends_.contains(token)) return true;
    auto const access = tokens.find(token);
    return access != tokens.end() && access->second.contains(name);
}

http::Response FakeGithub::of_repository(std::string const& name, FakeRepository const& repository, std::string_view rest,
                                         http::Request const& request) {
    auto const accept = request.headers.find("Accept") == nullptr ? std::string() : *request.headers.find("Accept");
    if (rest.empty()) {
        return json_response(200, Json{{"id", repository.id},
                                       {"full_name", name},
                                       {"private", repository.is_private},
                                       {"archived", repository.archived},
                                       {"fork", false},
                                       {"default_branch", repository.default_branch}}
                                      .dump());
    }
    if (rest == "/branches") {
        std::vector<std::string> items;
        for (auto const& [branch, commit] : repository.branches) {
            items.push_back(Json{{"name", branch}, {"commit", {{"sha", commit}}}, {"protected", false}}.dump());
        }
        return page_of(items, request);
    }
    if (rest.starts_with("/commits/")) {
        auto const reference = http::percent_decode(rest.substr(9));
        std::string commit;
        if (reference.starts_with("heads/") && repository.branches.contains(reference.substr(6))) {
            commit = repository.branches.at(reference.substr(6));
        } else if (reference.starts_with("tags/") && repository.tags.contains(reference.substr(5))) {
            commit = repository.tags.at(reference.substr(5));
        } else {
            for (auto const& [known, files] : repository.files) {
                if (known.starts_with(reference)) commit = known;
            }
        }
        if (commit.empty()) return problem(422, "No commit found for SHA: " + reference);
        if (accept.find("github.sha") == std::string::npos) return json_response(200, Json{{"sha", commit}}.dump());
        http::Response response{.status = 200, .body = commit};
        response.headers.add("Content-Type", "application/vnd.github.sha; charset=utf-8");
        return response;
    }
    if (rest == "/pulls") {
        std::vector<std::pair<std::int64_t, FakePullRequest>> pulls(repository.pulls.begin(), repository.pulls.end());
        auto const state = http::query_value(request.target, "state").value_or("open");
        std::erase_if(pulls, [&](auto const& pull) { return state != "all" && pull.second.state != state; });
        bool const by_update = http::query_value(request.target, "sort") == "updated";
        std::ranges::sort(pulls, std::greater(),
                          [&](auto const& pull) { return std::pair(by_update ? pull.second.updated : 0, pull.first); });
        std::vector<std::string> items;
        for (auto const& [number, pull] : pulls) items.push_back(pull_json(name, repository, number));
        return page_of(items, request);
    }
    if (rest.starts_with("/pulls/")) {
        std::int64_t number = 0;
        std::from_chars(rest.data() + 7, rest.data() + rest.size(), number);
        if (!repository.pulls.contains(number)) return not_found();
        return json_response(200, pull_json(name, repository, number));
    }
    if (rest.starts_with("/compare/")) {
        auto const range = http::percent_decode(rest.substr(9));
        auto const dots = range.find("...");
        auto const from = range.substr(0, dots);
        auto const to = range.substr(dots + 3);
        if (!repository.files.contains(from) || !repository.files.contains(to)) return not_found();
        bool ahead = false;
        for (auto at = to; repository.parents.contains(at) && !ahead;) {
            at = repository.parents.at(at);
            ahead = at == from;
        }
        auto files = Json::array();
        auto const& before = repository.files.at(from);
        auto const& after = repository.files.at(to);
        std::map<std::string, std::string> all = before;
        all.insert(after.begin(), after.end());
        for (auto const& [path, text] : all) {
            bool const same = before.contains(path) && after.contains(path) && before.at(path) == after.at(path);
            if (!same && files.size() < 300) files.push_back(Json{{"filename", path}});
        }
        return json_response(200, Json{{"status", from == to ? "identical"
                                                  : ahead    ? "ahead"
                                                             : "diverged"},
                                       {"files", files}}
                                      .dump());
    }
    if (rest.starts_with("/contents")) {
        auto const path = http::percent_decode(rest.substr(std::min<std::size_t>(rest.size(), 10)));
        auto const commit = repository.files.find(http::query_value(request.target, "ref").value_or(""));
        if (commit == repository.files.end()) return not_found();
        if (auto const file = commit->second.find(path); file != commit->second.end()) {
            http::Response response{.status = 200, .body = file->second};
            response.headers.add("Content-Type", "application/vnd.github.raw+json; charset=utf-8");
            return response;
        }
        auto const members = members_of(commit->second, path);
        if (members.empty()) return not_found();
        auto list = Json::array();
        for (auto const& [member, is_folder] : members)
            list.push_back({{"name", member}, {"type", is_folder ? "dir" : "file"}});
        return json_response(200, list.dump());
    }
    return not_found();
}

std::string FakeGithub::pull_json(std::string const& name, FakeRepository const& repository, std::int64_t number) const {
    auto const& pull = repository.pulls.at(number);
    auto const head = pull.head_repository.empty() ? name : pull.head_repository;
    auto head_repository = Json{{"id", head == name ? repository.id : repository.id + 1'000'000},
                                {"full_name", head},
                                {"owner", {{"id", pull.head_owner}}}};
    if (head == "-") head_repository = nullptr;
    auto json = Json{{"number", number},
                     {"state", pull.state},
                     {"draft", pull.draft},
                     {"author_association", pull.association},
                     {"user", {{"login", "octocat"}, {"id", pull.author}}},
                     {"updated_at", fmt::format("2026-11-01T00:{:02}:{:02}Z", pull.updated / 60 % 60, pull.updated % 60)},
                     {"merged_at", nullptr},
                     {"head", {{"ref", pull.head_branch}, {"sha", pull.head_commit}, {"repo", head_repository}}},
                     {"base", {{"ref", repository.default_branch}, {"repo", {{"id", repository.id}, {"full_name", name}}}}}};
    if (pull.merged) json["merged_at"] = "2026-11-01T00:00:00Z";
    return json.dump();
}

http::Response FakeGithub::page_of(std::vector<std::string> const& items, http::Request const& request) const {
    auto const size = static_cast<std::size_t>(std::clamp<std::int64_t>(number_in(request, "per_page", 30), 1, 100));
    auto const page = static_cast<std::size_t>(std::max<std::int64_t>(number_in(request, "page", 1), 1));
    std::string body = "[";
    for (auto i = (page - 1) * size; i < std::min(items.size(), page * size); ++i)
        body += (body.size() > 1 ? "," : "") + items[i];
    auto response = json_response(200, body + "]");
    if (page * size < items.size()) {
        auto target = request.target;
        if (auto const at = target.find("&page="); at != std::string::npos) target.erase(at);
        response.headers.add("Link", fmt::format("<{}{}&page={}>; rel=\"next\", <{}{}&page={}>; rel=\"last\"", base, target,
                                                 page + 1, base, target, (items.size() + size - 1) / size));
    }
    return response;
}

http::Response FakeGithub::app(http::Request const& request, std::string_view path) {
    if (!proves_the_app(token_of(request), app_key_pem, clock_.wall()))
        return problem(401, "A JSON web token could not be decoded");
    if (path.ends_with("/installation")) return json_response(200, R"({"id":77})");
    if (path != "/app/installations/77/access_tokens" || request.method != "POST") return not_found();
    auto const token = fmt::format("ghs_{}", ++installation_tokens);
    installation_ends_[token] = clock_.wall() + installation_life;
    return json_response(201, Json{{"token", token}, {"expires_at", rfc3339(installation_ends_[token])}}.dump());
}

FakeGithubTransport::FakeGithubTransport(Clock& clock, FakeGithub& github)
    : Transport(github::parse_base(github.base).value()), clock_(clock), github_(github) {}

Task<Result<http::Response>> FakeGithubTransport::exchange(http::Request request, milliseconds limit) {
    auto response = co_await with_deadline(clock_, limit, "answer", github_.answer(std::move(request)));
    if (!response && response.error().kind == ErrorKind::TimedOut) response.error().kind = ErrorKind::Ambiguous;
    co_return response;
}

}  // namespace dayfly::test
