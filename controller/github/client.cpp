#include "controller/github/client.h"

#include <fmt/format.h>

#include <utility>

#include "controller/base/signal.h"
#include "controller/github/answer.h"

namespace dayfly::github {
namespace {

constexpr int max_redirects = 3;

bool is_redirect(int status) { return status == 301 || status == 302 || status == 307 || status == 308; }

}  // namespace

/// One question on its way, and everybody who waits for its answer.
struct Client::Flight {
    Signal landed;
    std::optional<Result<Answer>> answer;
};

Client::Client(Clock& clock, Transport& transport, std::unique_ptr<Credentials> credentials, Observer& observer,
               ClientOptions options)
    : clock_(clock),
      observer_(observer),
      options_(options),
      transport_(transport),
      credentials_(std::move(credentials)),
      cache_(options_.cache_bytes) {}

Task<Result<Answer>> Client::get(std::string repository, std::string target, std::string accept) {
    auto const key = accept + ' ' + target;
    while (true) {
        auto const under_way = flights_.find(key);
        if (under_way == flights_.end()) break;
        auto const flight = under_way->second;
        co_await flight->landed.wait_until(clock_, clock_.now() + options_.limit);
        if (flight->answer) co_return *flight->answer;
        // Its asker was cancelled before the answer came; if it is still there, it is we who were cancelled or ran out of time.
        if (flights_.contains(key)) co_return failure(ErrorKind::TimedOut, fmt::format("GET {}: no answer in time", target));
    }
    auto const flight = std::make_shared<Flight>();
    flights_.emplace(key, flight);
    struct Landing {
        Client& client;
        std::string const& key;
        Flight& flight;
        ~Landing() {
            client.flights_.erase(key);
            flight.landed.notify();
        }
    } const landing{*this, key, *flight};
    flight->answer = co_await fetch(std::move(repository), std::move(target), std::move(accept));
    co_return *flight->answer;
}

Task<Result<Answer>> Client::fetch(std::string repository, std::string target, std::string accept) {
    auto const key = accept + ' ' + target;
    http::Request request{.target = target};
    request.headers.add("Accept", accept);
    std::string etag;
    if (auto const* const kept = cache_.find(key); kept != nullptr) {
        etag = kept->etag;
        if (!kept->target.empty()) request.target = kept->target;
        request.headers.add("If-None-Match", etag);
    }
    auto asked = co_await ask(std::move(repository), std::move(request));
    if (!asked) {
        // A place that answers no more may have been moved back.
        if (asked.error().kind == ErrorKind::NotFound) cache_.forget(key);
        co_return std::unexpected(std::move(asked.error()));
    }
    auto& response = asked->response;
    if (response.status == 304) {
        auto const* const kept = cache_.find(key);
        if (kept == nullptr || etag.empty() || kept->etag != etag) {
            cache_.forget(key);
            co_return failure(ErrorKind::Unavailable, fmt::format("GET {}: 304 to a question without a condition", target));
        }
        co_return Answer{.body = kept->body, .next = kept->next, .unchanged = true};
    }
    Answer answer{.status = response.status,
                  .body = std::move(response.body),
                  .next = next_page(response.headers, transport_.base().text())};
    auto const* const new_etag = response.headers.find("ETag");
    if (response.status == 200 && new_etag != nullptr) {
        cache_.put(key, {.etag = *new_etag,
                         .body = answer.body,
                         .next = answer.next,
                         .target = asked->target == target ? std::string() : asked->target});
    } else {
        cache_.forget(key);
    }
    co_return answer;
}

Task<Result<Json>> Client::get_json(std::string repository, std::string target) {
    auto const doing = fmt::format("GET {}", http::path_of(target));
    auto const answer = co_await get(std::move(repository), std::move(target));
    if (!answer) co_return std::unexpected(answer.error());
    auto json = parse_json(answer->body);
    if (!json) co_return failure(ErrorKind::Unavailable, fmt::format("{}: the answer is not JSON", doing));
    co_return std::move(*json);
}

Task<Result<Pages>> Client::get_pages(std::string repository, std::string target) {
    Pages pages;
    for (int page = 0; !target.empty(); ++page) {
        if (page == options_.max_pages) {
            pages.complete = false;
            break;
        }
        auto const doing = fmt::format("GET {}", http::path_of(target));
        auto const answer = co_await get(repository, std::move(target));
        if (!answer) co_return std::unexpected(answer.error());
        auto json = parse_json(answer->body);
        if (!json || !json->is_array())
            co_return failure(ErrorKind::Unavailable, fmt::format("{}: the answer is not a list", doing));
        for (auto& item : *json) pages.items.push_back(std::move(item));
        pages.unchanged = pages.unchanged && answer->unchanged;
        target = answer->next;
    }
    co_return pages;
}

Task<Result<Json>> Client::write(std::string method, std::string repository, std::string target, Json body) {
    auto const doing = fmt::format("{} {}", method, http::path_of(target));
    http::Request request{.method = std::move(method), .target = std::move(target)};
    if (!body.is_null()) request.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
    auto asked = co_await ask(std::move(repository), std::move(request));
    if (!asked) co_return std::unexpected(std::move(asked.error()));
    if (asked->response.body.empty()) co_return Json();
    auto json = parse_json(asked->response.body);
    if (!json) co_return failure(ErrorKind::Ambiguous, fmt::format("{}: the answer is not JSON", doing));
    co_return std::move(*json);
}

/// Follows redirects and turns everything but a success and a 304 into an error.
Task<Result<Client::Asked>> Client::ask(std::string repository, http::Request request) {
    auto const deadline = clock_.now() + options_.limit;
    auto const doing = fmt::format("{} {}", request.method, http::path_of(request.target));
    bool const is_read = request.method == "GET";
    bool asked_anew = false;
    for (int redirects = 0;;) {
        auto const left = std::chrono::duration_cast<milliseconds>(deadline - clock_.now());
        auto response = co_await send(repository, request, left);
        if (!response) co_return failure(std::move(response.error()), doing);
        auto const status = response->status;
        if (status == 401 && !asked_anew && credentials_->refused(repository)) {
            asked_anew = true;
            continue;
        }
        // 307 and 308 say that the same may be sent there; for the others GitHub promises that of reads only.
        bool const follows = is_redirect(status) && (is_read || status == 307 || status == 308);
        if (auto target = follows ? redirect_target(*response) : std::string(); !target.empty()) {
            if (++redirects > max_redirects) co_return failure(ErrorKind::Unavailable, doing + ": too many redirects");
            request.target = std::move(target);
            continue;
        }
        if (status != 304 && (status < 200 || status > 299)) {
            co_return std::unexpected(error_from(request.method, doing, *response, clock_.wall()));
        }
        if (status != 304 && is_web_page(*response)) {
            co_return failure(is_read ? ErrorKind::Unavailable : ErrorKind::Ambiguous,
                              fmt::format("{}: a web page came instead of GitHub's answer", doing),
                              "Look for a proxy or sign-in page between the controller and GitHub.");
        }
        co_return Asked{.response = std::move(*response), .target = std::move(request.target)};
    }
}

/// One exchange, within the budget.
Task<Result<http::Response>> Client::send(std::string const& repository, http::Request request, milliseconds limit) {
    auto& budget = budgets_[credentials_->budget_of(repository)];
    if (auto const hold = budget.hold(clock_.wall(), options_.reserve)) {
        observer_.held_back();
        Error error{.kind = ErrorKind::RateLimited,
                    .message = "not asked: GitHub's rate limit is used up",
                    .hint = "A token of its own or a GitHub App has a larger budget: --github-token-file.",
                    .retry_after = *hold};
        co_return std::unexpected(std::move(error));
    }
    auto authorization = co_await credentials_->authorization(repository);
    if (!authorization) co_return std::unexpected(std::move(authorization.error()));
    struct Spent {
        Budget& budget;
        Clock& clock;
        http::Response const* response = nullptr;
        ~Spent() { budget.end(response, clock.wall()); }
    };
    auto const began = clock_.now();
    Result<http::Response> response;
    {
        budget.begin();
        Spent spent{budget, clock_};
        response = co_await transport_.send(std::move(request), std::move(*authorization), limit);
        if (response) spent.response = &*response;
    }
    observer_.requested(response ? result_word(*response) : "conn", clock_.now() - began);
    if (response && budget.limit() > 0) observer_.budget(budget.limit(), budget.remaining(), budget.reset());
    co_return response;
}

/// "" when it leaves this GitHub.
std::string Client::redirect_target(http::Response const& response) const {
    auto const* const location = response.headers.find("Location");
    if (location == nullptr) return {};
    auto const base = transport_.base().text();
    std::string_view target = *location;
    if (target.starts_with(base)) {
        target.remove_prefix(base.size());
    } else if (target.starts_with(transport_.base().prefix + "/")) {
        target.remove_prefix(transport_.base().prefix.size());
    }
    return target.starts_with('/') && !target.starts_with("//") ? std::string(target) : std::string();
}

Budget Client::budget(std::string const& repository) const {
    auto const found = budgets_.find(credentials_->budget_of(repository));
    return found == budgets_.end() ? Budget() : found->second;
}

}  // namespace dayfly::github
