#include "controller/server/github_hook.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/this_coro.hpp>

#include "controller/base/constant_time.h"
#include "controller/base/digest.h"
#include "controller/base/file.h"
#include "controller/github/address.h"
#include "controller/github/json.h"

namespace dayfly::server {
namespace {

constexpr std::size_t longest_delivery_id = 128;

/// The events after which a branch, a pull request or a check may have moved.
constexpr std::array<std::string_view, 8> moving_events{"push",      "pull_request", "create", "delete",
                                                        "check_run", "check_suite",  "status", "repository"};

http::Response text(int status, std::string_view message) {
    http::Response response{.status = status, .body = fmt::format("{}\n", message)};
    response.headers.add("Content-Type", "text/plain; charset=utf-8");
    return response;
}

std::string value_of(http::Request const& request, std::string_view name) {
    auto const* const value = request.headers.find(name);
    return value == nullptr ? std::string() : *value;
}

bool is_json(std::string const& content_type) {
    std::string type = content_type.substr(0, content_type.find(';'));
    while (type.ends_with(' ')) type.pop_back();
    std::ranges::transform(type, type.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return type == "application/json";
}

}  // namespace

bool is_signed(std::string_view header, std::string_view body, std::vector<Secret> const& secrets) {
    bool good = false;
    // Every secret is tried, so that the time does not tell which one is in use.
    for (auto const& secret : secrets) {
        auto const wanted = "sha256=" + hmac_sha256_hex(secret.reveal(), body);
        good = (!secret.empty() && equal_in_constant_time(header, wanted)) || good;
    }
    return good;
}

Result<std::vector<Secret>> read_hook_secrets(std::string const& file) {
    auto const text = read_file(file, 4u << 10);
    if (!text) return failure(text.error(), "webhook secret");
    std::vector<Secret> secrets;
    std::string_view rest = *text;
    while (!rest.empty()) {
        auto const end = rest.find('\n');
        auto line = rest.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!line.empty()) secrets.emplace_back(std::string(line));
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    if (secrets.empty() || secrets.size() > 2) {
        return failure(ErrorKind::InvalidInput,
                       fmt::format("webhook secret: {} holds {} secrets", file, secrets.empty() ? "no" : "more than two"),
                       "Write one secret a line: the one in use, and while it is replaced its successor.");
    }
    return secrets;
}

GithubHook::GithubHook(Clock& clock, Secrets secrets, Look look, Count count, GithubHookOptions options)
    : clock_(clock),
      secrets_(std::move(secrets)),
      look_(std::move(look)),
      count_(std::move(count)),
      options_(options),
      looks_(options.window) {}

http::Response GithubHook::refuse(int status, std::string_view result, std::string_view message) {
    count_(result);
    return text(status, message);
}

http::Response GithubHook::take(std::string_view result, std::string_view message) {
    count_(result);
    return text(202, message);
}

bool GithubHook::remember(std::string const& delivery) {
    if (!seen_.insert(delivery).second) return false;
    order_.push_back(delivery);
    if (order_.size() > options_.deliveries) {
        seen_.erase(order_.front());
        order_.pop_front();
    }
    return true;
}

http::Response GithubHook::handle(http::Request const& request) {
    if (request.method != "POST") return refuse(405, "ignored", "use POST");
    if (request.body.size() > options_.max_body) return refuse(413, "too_large", "the event is too large");
    auto const secrets = secrets_();
    if (!secrets) return refuse(503, "bad_signature", "the webhook secret cannot be read");
    // Nothing of the request is looked into before it is known to be GitHub's. A header with SHA-1 alone proves too little.
    if (!is_signed(value_of(request, "X-Hub-Signature-256"), request.body, *secrets)) {
        return refuse(401, "bad_signature", "a good X-Hub-Signature-256 is needed");
    }
    if (!is_json(value_of(request, "Content-Type"))) {
        return refuse(415, "ignored", "set the webhook's content type to application/json");
    }
    auto const event = value_of(request, "X-GitHub-Event");
    if (event == "ping") {
        count_("ok");
        return text(200, "pong");
    }
    if (std::ranges::find(moving_events, event) == moving_events.end()) return take("ignored", "of no interest");
    auto const delivery = value_of(request, "X-GitHub-Delivery");
    if (delivery.empty() || delivery.size() > longest_delivery_id) {
        return refuse(400, "ignored", "an X-GitHub-Delivery is needed");
    }
    auto const payload = github::parse_json(request.body);
    auto const repository = payload ? github::text_at(github::member(*payload, "repository"), "full_name") : std::string();
    if (!github::is_full_name(repository)) return refuse(400, "ignored", "the event names no repository");
    if (!remember(delivery)) return take("replay", "this delivery was taken before");
    auto const now = clock_.now();
    if (!looks_.call(repository, now)) {
        wake_.notify();
        return take("ok", "taken");
    }
    if (look_(repository)) return take("ok", "taken");
    looks_.forget(repository);
    return take("ignored", "no environment follows this repository");
}

Task<void> GithubHook::run() {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    auto const state = co_await boost::asio::this_coro::cancellation_state;
    while (state.cancelled() == boost::asio::cancellation_type::none) {
        for (auto const& repository : looks_.due(clock_.now())) look_(repository);
        co_await wake_.wait_until(clock_, looks_.next().value_or(clock_.now() + std::chrono::hours(1)));
    }
}

}  // namespace dayfly::server
