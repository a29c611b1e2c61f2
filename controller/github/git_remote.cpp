#include "controller/github/git_remote.h"

#include <fmt/format.h>

#include <utility>

#include "controller/base/digest.h"
#include "controller/http/retry_after.h"

namespace dayfly::github {
namespace {

constexpr milliseconds limit{20'000};
constexpr int max_redirects = 2;
constexpr std::size_t max_body = 32u << 20;

constexpr char advertisement_type[] = "application/x-git-upload-pack-advertisement";
constexpr char result_type[] = "application/x-git-upload-pack-result";

/// "/acme/shop.git" of "/acme/shop.git/"; a query would end up in the middle of other targets.
std::string path_without_end(std::string_view target) {
    std::string path(http::path_of(target));
    while (path.ends_with('/')) path.pop_back();
    return path;
}

std::string basic(Secret const& password) {
    auto const& text = password.reveal();
    return "Basic " + base64(text.find(':') == std::string::npos ? "x-access-token:" + text : text);
}

Error refusal(http::Response const& response, WallTime now) {
    Error error{.kind = ErrorKind::Unavailable,
                .message = fmt::format("the Git server answers {}", response.status),
                .retry_after = http::retry_after(response.headers, now)};
    if (response.status == 401) {
        error.kind = ErrorKind::Unauthenticated;
        error.hint = "Give spec.source.git.credentials a token that may read this repository.";
    }
    if (response.status == 403) error.kind = ErrorKind::Forbidden;
    if (response.status == 404 || response.status == 410) {
        error.kind = ErrorKind::NotFound;
        error.hint = "It does not exist, or the credentials have no access to it.";
    }
    if (response.status == 429) error.kind = ErrorKind::RateLimited;
    return error;
}

bool has_type(http::Response const& response, std::string_view type) {
    auto const* const header = response.headers.find("Content-Type");
    return header != nullptr && header->starts_with(type);
}

}  // namespace

GitRemote::GitRemote(Clock& clock, http::Url url, std::string ca_file)
    : clock_(clock),
      path_(path_without_end(url.target)),
      client_(clock, std::move(url.origin), http::ClientOptions{.max_body = max_body, .ca_file = std::move(ca_file)}) {}

Task<Result<References>> GitRemote::references(std::vector<std::string> prefixes, Secret password) {
    auto const deadline = clock_.now() + limit;
    auto answer = speaks_v2_ ? co_await list(prefixes, password, deadline) : co_await discover(prefixes, password, deadline);
    // A server that was replaced may speak another version: begin anew next time.
    if (!answer) speaks_v2_ = false;
    co_return answer;
}

Task<Result<References>> GitRemote::discover(std::vector<std::string> const& prefixes, Secret const& password,
                                             Instant deadline) {
    auto const response =
        co_await ask({.target = path_ + "/info/refs?service=git-upload-pack"}, password, advertisement_type, deadline);
    if (!response) co_return std::unexpected(response.error());
    auto advertisement = read_advertisement(response->body);
    if (!advertisement) co_return std::unexpected(advertisement.error());
    if (!advertisement->speaks_v2) co_return std::move(advertisement->references);
    speaks_v2_ = true;
    object_format_ = std::move(advertisement->object_format);
    co_return co_await list(prefixes, password, deadline);
}

Task<Result<References>> GitRemote::list(std::vector<std::string> const& prefixes, Secret const& password, Instant deadline) {
    http::Request request{
        .method = "POST", .target = path_ + "/git-upload-pack", .body = ls_refs_request(prefixes, object_format_)};
    request.headers.add("Content-Type", "application/x-git-upload-pack-request");
    auto const response = co_await ask(std::move(request), password, result_type, deadline);
    if (!response) co_return std::unexpected(response.error());
    co_return read_ls_refs(response->body);
}

Task<Result<http::Response>> GitRemote::ask(http::Request request, Secret const& password, std::string const& type,
                                            Instant deadline) {
    request.headers.add("Accept", type);
    request.headers.add("Accept-Encoding", "identity");
    request.headers.add("User-Agent", "git/dayfly");
    request.headers.add("Git-Protocol", "version=2");
    if (!password.empty()) request.headers.add("Authorization", basic(password));
    for (int redirects = 0;; ++redirects) {
        auto response = co_await client_.send(request, std::chrono::duration_cast<milliseconds>(deadline - clock_.now()));
        if (!response) {
            // Listing references changes nothing.
            if (response.error().kind == ErrorKind::Ambiguous) response.error().kind = ErrorKind::Unavailable;
            co_return std::unexpected(std::move(response.error()));
        }
        auto const* const location = response->headers.find("Location");
        constexpr std::string_view service = "/info/refs?service=git-upload-pack";
        if (response->status >= 301 && response->status <= 308 && location != nullptr && redirects < max_redirects) {
            // As git does: only the first question may be sent elsewhere, and here only within the host the password is for.
            auto const here = client_.origin().text();
            auto const target = location->starts_with(here) ? location->substr(here.size()) : *location;
            if (target.starts_with('/') && !target.starts_with("//") && target.ends_with(service)) {
                path_ = target.substr(0, target.size() - service.size());
                request.target = target;
                continue;
            }
        }
        if (response->status != 200) co_return std::unexpected(refusal(*response, clock_.wall()));
        if (!has_type(*response, type)) {
            co_return failure(ErrorKind::Unavailable, "something other than a Git server answers",
                              "Look at the repository's URL, and for a proxy or sign-in page.");
        }
        co_return response;
    }
}

}  // namespace dayfly::github
