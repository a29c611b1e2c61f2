#include "controller/github/transport.h"

#include <utility>

namespace dayfly::github {

Result<Base> parse_base(std::string_view url) {
    auto parsed = http::parse_url(url);
    if (!parsed) return failure(std::move(parsed.error()), "GitHub's URL");
    if (!parsed->origin.tls && !http::is_loopback(parsed->origin.host)) {
        return failure(ErrorKind::InvalidInput, "GitHub's URL: http:// is for loopback only", "Write https://.");
    }
    if (parsed->target.find('?') != std::string::npos) return failure(ErrorKind::InvalidInput, "GitHub's URL has a query");
    while (parsed->target.ends_with('/')) parsed->target.pop_back();
    return Base{.origin = std::move(parsed->origin), .prefix = std::move(parsed->target)};
}

Task<Result<http::Response>> Transport::send(http::Request request, Secret authorization, milliseconds limit) {
    bool const is_read = request.method == "GET" || request.method == "HEAD";
    request.target = base_.prefix + request.target;
    if (request.headers.find("Accept") == nullptr) request.headers.add("Accept", "application/vnd.github+json");
    request.headers.add("X-GitHub-Api-Version", "2022-11-28");
    request.headers.add("User-Agent", "dayfly");
    if (!request.body.empty()) request.headers.add("Content-Type", "application/json");
    if (!authorization.empty()) request.headers.add("Authorization", authorization.reveal());
    auto response = co_await exchange(std::move(request), limit);
    if (!response && is_read && response.error().kind == ErrorKind::Ambiguous) response.error().kind = ErrorKind::Unavailable;
    co_return response;
}

HttpTransport::HttpTransport(Clock& clock, Base base, HttpTransportOptions options)
    : Transport(base),
      client_(clock, std::move(base.origin), http::ClientOptions{.max_body = options.max_body, .ca_file = options.ca_file}) {}

Task<Result<http::Response>> HttpTransport::exchange(http::Request request, milliseconds limit) {
    co_return co_await client_.send(std::move(request), limit);
}

}  // namespace dayfly::github
