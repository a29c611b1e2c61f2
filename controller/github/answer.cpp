#include "controller/github/answer.h"

#include <fmt/format.h>

#include <algorithm>

#include "controller/github/budget.h"
#include "controller/github/json.h"
#include "controller/http/retry_after.h"

namespace dayfly::github {
namespace {

constexpr std::size_t longest_remark = 300;

/// GitHub's own words, cut and on one line: it is somebody else's text.
std::string remark(http::Response const& response) {
    auto const json = response.body.size() <= (64u << 10) ? parse_json(response.body) : std::nullopt;
    if (!json) return {};
    auto text = text_at(*json, "message");
    if (auto const& errors = member(*json, "errors"); errors.is_array()) {
        for (auto const& error : errors) {
            auto const detail = error.is_string() ? error.get<std::string>() : text_at(error, "message");
            if (!detail.empty()) text += (text.empty() ? "" : "; ") + detail;
        }
    }
    std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }, ' ');
    if (text.size() > longest_remark) text.resize(longest_remark);
    return text;
}

std::string forbidden_hint(http::Response const& response) {
    if (response.headers.find("X-GitHub-SSO") != nullptr) {
        return "The organisation wants the token to be authorised for single sign-on: authorise it in GitHub's token settings.";
    }
    if (auto const* const needed = response.headers.find("X-Accepted-GitHub-Permissions"); needed != nullptr) {
        return fmt::format("The token or GitHub App lacks a permission: {}.", needed->substr(0, 100));
    }
    return "Give a token or GitHub App that may read this repository.";
}

}  // namespace

Error error_from(std::string_view method, std::string_view doing, http::Response const& response, WallTime now) {
    bool const is_read = method == "GET" || method == "HEAD";
    auto message = fmt::format("{}: GitHub answers {}", doing, response.status);
    if (auto const words = remark(response); !words.empty()) message += fmt::format(": {}", words);
    auto const error = [&](ErrorKind kind, std::string hint) {
        return Error{
            .kind = kind, .message = message, .hint = std::move(hint), .retry_after = http::retry_after(response.headers, now)};
    };
    if (is_rate_limit(response)) {
        return error(ErrorKind::RateLimited, "A token of its own or a GitHub App has a larger budget: --github-token-file.");
    }
    switch (response.status) {
        case 401:
            return error(ErrorKind::Unauthenticated,
                         "The GitHub token is missing, wrong or expired: set GITHUB_TOKEN or "
                         "--github-token-file.");
        case 403:
        case 451: return error(ErrorKind::Forbidden, forbidden_hint(response));
        case 404:
        case 410:
            return error(ErrorKind::NotFound,
                         "It does not exist, or the token has no access to it: GitHub does not tell these "
                         "apart.");
        case 409: return error(ErrorKind::Conflict, {});
        case 301:
        case 302:
        case 307:
        case 308: return error(ErrorKind::InvalidConfig, "The repository was renamed or moved: write its new name.");
        default: break;
    }
    if (response.status >= 500) return error(is_read ? ErrorKind::Unavailable : ErrorKind::Ambiguous, {});
    if (response.status >= 400) return error(ErrorKind::InvalidConfig, {});
    return error(ErrorKind::Unknown, {});
}

bool is_web_page(http::Response const& response) {
    auto const* const type = response.headers.find("Content-Type");
    return type != nullptr && type->starts_with("text/html");
}

std::string_view result_word(http::Response const& response) {
    if (is_rate_limit(response)) return "rate_limited";
    if (response.status == 304) return "not_modified";
    if (response.status < 300) return is_web_page(response) ? "error" : "ok";
    switch (response.status) {
        case 401: return "unauthorized";
        case 403: return "forbidden";
        case 404: return "not_found";
        default: return "error";
    }
}

std::string next_page(http::Headers const& headers, std::string_view origin_and_prefix) {
    auto const* const header = headers.find("Link");
    if (header == nullptr) return {};
    // <https://api.github.com/x?page=2>; rel="next", <…>; rel="last"
    std::string_view rest = *header;
    while (true) {
        auto const open = rest.find('<');
        auto const close = rest.find('>', open);
        if (open == std::string_view::npos || close == std::string_view::npos) return {};
        auto const url = rest.substr(open + 1, close - open - 1);
        rest.remove_prefix(close + 1);
        auto const parameters = rest.substr(0, rest.find('<'));
        if (parameters.find("rel=\"next\"") == std::string_view::npos) continue;
        if (!url.starts_with(origin_and_prefix) || !url.substr(origin_and_prefix.size()).starts_with('/')) return {};
        return std::string(url.substr(origin_and_prefix.size()));
    }
}

}  // namespace dayfly::github
