// HTTP as an endpoint source needs it. The token goes to the configured origin and nowhere else: there is no client for
// another.
#include "controller/source/endpoint_fetch.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "controller/base/file.h"
#include "controller/base/secret.h"
#include "controller/http/retry_after.h"

namespace dayfly::source {
namespace {

constexpr int max_redirects = 3;
constexpr std::size_t max_token = 16u << 10;

Result<Secret> read_token(std::string const& path) {
    auto text = read_file(path, max_token);
    if (!text) return failure(text.error(), "token file");
    auto const first = text->find_first_not_of(" \t\r\n");
    if (first == std::string::npos) return failure(ErrorKind::InvalidInput, fmt::format("token file {}: is empty", path));
    auto const token = text->substr(first, text->find_last_not_of(" \t\r\n") - first + 1);
    if (!std::ranges::all_of(token, [](char c) { return c > ' ' && c < 0x7f; })) {
        return failure(ErrorKind::InvalidInput, fmt::format("token file {}: holds more than one token", path));
    }
    return Secret(token);
}

bool is_redirect(int status) { return status == 301 || status == 302 || status == 303 || status == 307 || status == 308; }

Error refusal(http::Response const& response, WallTime now) {
    auto const kind = [&] {
        switch (response.status) {
            case 401: return ErrorKind::Unauthenticated;
            case 403: return ErrorKind::Forbidden;
            case 404:
            case 410: return ErrorKind::NotFound;
            case 429: return ErrorKind::RateLimited;
            default: return response.status >= 500 ? ErrorKind::Unavailable : ErrorKind::InvalidInput;
        }
    }();
    return {.kind = kind,
            .message = fmt::format("the endpoint answers {}", response.status),
            .retry_after = http::retry_after(response.headers, now)};
}

std::string header_or_empty(http::Response const& response, std::string_view name) {
    auto const* const value = response.headers.find(name);
    return value == nullptr ? std::string() : *value;
}

}  // namespace

EndpointFetch::EndpointFetch(Clock& clock, http::Url url, FetchOptions options)
    : clock_(clock), url_(std::move(url)), options_(std::move(options)) {}

void EndpointFetch::keep(http::Response const& response) {
    etag_ = header_or_empty(response, "ETag");
    last_modified_ = header_or_empty(response, "Last-Modified");
}

Task<Result<Fetched>> EndpointFetch::fetch() {
    auto fetched = co_await fetch_within();
    // A fresh start after a failure: another connection, and the CA file as it is then.
    if (!fetched) client_.reset();
    co_return fetched;
}

Task<Result<Fetched>> EndpointFetch::fetch_within() {
    auto const deadline = clock_.now() + options_.time_limit;
    if (!client_) {
        client_ = std::make_unique<http::Client>(
            clock_, url_.origin, http::ClientOptions{.max_body = options_.max_body, .ca_file = options_.ca_file});
    }
    auto target = url_.target;
    for (int redirects = 0;; ++redirects) {
        auto request = question(target);
        if (!request) co_return std::unexpected(request.error());
        auto const left = std::chrono::duration_cast<milliseconds>(deadline - clock_.now());
        auto response = co_await client_->send(std::move(*request), left);
        if (!response) {
            // Reading changes nothing, so a lost answer is simply none.
            if (response.error().kind == ErrorKind::Ambiguous) response.error().kind = ErrorKind::Unavailable;
            co_return std::unexpected(response.error());
        }
        if (response->status == 200) co_return Fetched{.response = std::move(*response)};
        if (response->status == 304) {
            if (!etag_.empty() || !last_modified_.empty())
                co_return Fetched{.unchanged = true, .response = std::move(*response)};
            co_return failure(ErrorKind::InvalidInput, "the endpoint answers 304 (not modified), but nothing was read before");
        }
        if (!is_redirect(response->status)) co_return std::unexpected(refusal(*response, clock_.wall()));
        if (redirects == max_redirects) co_return failure(ErrorKind::InvalidInput, "the endpoint redirects too often");
        auto next = redirect_target(*response);
        if (!next) co_return std::unexpected(next.error());
        target = std::move(*next);
    }
}

Result<http::Request> EndpointFetch::question(std::string const& target) const {
    http::Request request{.target = target};
    request.headers.add("Accept", "application/json, application/yaml, text/yaml");
    request.headers.add("Accept-Encoding", "identity");
    if (!options_.token_file.empty()) {
        auto const token = read_token(options_.token_file);
        if (!token) return std::unexpected(token.error());
        request.headers.add("Authorization", "Bearer " + token->reveal());
    }
    if (!etag_.empty()) {
        request.headers.add("If-None-Match", etag_);
    } else if (!last_modified_.empty()) {
        request.headers.add("If-Modified-Since", last_modified_);
    }
    return request;
}

Result<std::string> EndpointFetch::redirect_target(http::Response const& response) const {
    auto const location = header_or_empty(response, "Location");
    if (location.starts_with('/') && !location.starts_with("//")) return location.substr(0, location.find('#'));
    auto const url = http::parse_url(location);
    if (!url || url->origin != url_.origin) {
        return failure(ErrorKind::InvalidInput, "the endpoint redirects to another origin, which is not followed",
                       "Name the address it redirects to as the source.");
    }
    return url->target;
}

}  // namespace dayfly::source
