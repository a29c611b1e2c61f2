#include "controller/github/feedback.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <utility>

namespace dayfly::github {
namespace {

std::string repository_path(Report const& report, std::string_view rest) {
    return fmt::format("/repos/{}{}", report.repository, rest);
}

/// A deployment's payload may come back as an object or as the text that it was sent as.
bool carries(Json const& deployment, std::string const& identity) {
    auto const& payload = member(deployment, "payload");
    if (payload.is_object()) return text_at(payload, "dayfly") == identity;
    auto const json = payload.is_string() ? parse_json(payload.get<std::string>()) : std::nullopt;
    return json && text_at(*json, "dayfly") == identity;
}

Json without_empty(Json body) {
    for (auto it = body.begin(); it != body.end();)
        it = it->is_string() && it->get<std::string>().empty() ? body.erase(it) : ++it;
    return body;
}

}  // namespace

Feedback::Feedback(Clock& clock, Client& client, FeedbackCount count, FeedbackOptions options)
    : clock_(clock), client_(client), count_(std::move(count)), options_(std::move(options)) {}

Task<Result<void>> Feedback::tell(Report report) {
    auto const state = co_await boost::asio::this_coro::cancellation_state;
    while (busy_.contains(report.identity)) {
        if (state.cancelled() != boost::asio::cancellation_type::none)
            co_return failure(ErrorKind::Cancelled, "telling GitHub was given up");
        co_await freed_.wait_until(clock_, clock_.now() + std::chrono::hours(1));
    }
    struct Turn {
        Feedback& feedback;
        std::string identity;
        ~Turn() {
            feedback.busy_.erase(identity);
            feedback.freed_.notify();
        }
    };
    busy_.insert(report.identity);
    Turn const turn{*this, report.identity};
    auto& memory = memories_[report.identity];
    if (memory.repository != report.repository) memory = {.repository = report.repository};
    std::optional<Error> first;
    if (report.deployment) count("github_deployment", co_await tell_deployment(report, memory), first);
    if (report.status) count("github_status", co_await tell_status(report, memory), first);
    if (report.comment && report.pull_request) count("github_comment", co_await tell_comment(report, memory), first);
    if (first) co_return std::unexpected(std::move(*first));
    if (report.phase == Report::Phase::Removed) memories_.erase(report.identity);
    co_return Result<void>();
}

void Feedback::count(std::string_view sink, Result<bool> const& sent, std::optional<Error>& first) {
    count_(sink, !sent ? "failed" : *sent ? "sent" : "unchanged");
    if (!sent && !first) first = sent.error();
}

/// One write at a time, at the pace that GitHub asks for.
Task<Result<Json>> Feedback::write(std::string method, std::string repository, std::string target, Json body) {
    auto const mine = std::max(next_write_, clock_.now());
    next_write_ = mine + options_.between_writes;
    if (mine > clock_.now()) co_await clock_.sleep_until(mine);
    co_return co_await client_.write(std::move(method), std::move(repository), std::move(target), std::move(body));
}

Task<Result<bool>> Feedback::tell_deployment(Report const& report, Memory& memory) {
    if (!memory.deployments) {
        auto read = co_await read_deployments(report);
        if (!read) co_return std::unexpected(std::move(read.error()));
        memory.deployments = std::move(*read);
    }
    bool sent = false;
    // Creating one is followed by its first status, and that by nothing.
    for (int round = 0; round < 2; ++round) {
        auto const calls = deployment_calls(report, *memory.deployments);
        for (auto const& call : calls) {
            auto const* const set = std::get_if<SetDeploymentStatus>(&call);
            auto const target = set == nullptr
                                    ? repository_path(report, "/deployments")
                                    : repository_path(report, fmt::format("/deployments/{}/statuses", set->deployment));
            Json body;
            if (set == nullptr) {
                body = {{"ref", report.commit},
                        {"task", "deploy"},
                        {"auto_merge", false},
                        {"required_contexts", Json::array()},
                        {"environment", report.environment},
                        {"description", title_of(report)},
                        {"transient_environment", true},
                        {"production_environment", false},
                        {"payload", {{"dayfly", report.identity}}}};
            } else {
                body = without_empty({{"state", set->wanted.state},
                                      {"environment_url", set->wanted.url},
                                      {"log_url", set->wanted.log_url},
                                      {"description", set->wanted.description}});
                body["auto_inactive"] = false;
            }
            // Until the answer is there nothing is certain, and it stays so when this is cancelled on the way.
            auto known = std::move(*memory.deployments);
            memory.deployments.reset();
            auto const made = co_await write("POST", report.repository, target, std::move(body));
            if (!made) co_return std::unexpected(made.error());
            if (set != nullptr) {
                known[set->deployment] = set->wanted;
            } else {
                auto const id = number_at(*made, "id");
                if (!id) co_return failure(ErrorKind::Ambiguous, "POST " + target + ": the answer names no deployment");
                known[*id] = {.commit = report.commit};
            }
            memory.deployments = std::move(known);
            sent = true;
        }
        if (calls.empty() || !std::holds_alternative<CreateDeployment>(calls.front())) break;
    }
    co_return sent;
}

Task<Result<KnownDeployments>> Feedback::read_deployments(Report const& report) {
    // The newest of the environment, and those of this commit, which may be older than that.
    auto const environment = http::percent_encode(report.environment);
    KnownDeployments known;
    for (auto const& filter : {std::string(), "&sha=" + report.commit}) {
        auto const target = repository_path(
            report, fmt::format("/deployments?environment={}&per_page={}{}", environment, options_.deployments, filter));
        auto const list = co_await client_.get_json(report.repository, target);
        if (!list) co_return std::unexpected(list.error());
        if (!list->is_array()) co_return failure(ErrorKind::Unavailable, "GET " + target + ": the answer is not a list");
        for (auto const& deployment : *list) {
            auto const id = number_at(deployment, "id");
            if (id && carries(deployment, report.identity)) known[*id] = {.commit = text_at(deployment, "sha")};
        }
        // A page that is not full is all there is.
        if (list->size() < options_.deployments) break;
    }
    for (auto& [id, deployment] : known) {
        auto const target = repository_path(report, fmt::format("/deployments/{}/statuses?per_page=100", id));
        auto const statuses = co_await client_.get_json(report.repository, target);
        if (!statuses) co_return std::unexpected(statuses.error());
        if (!statuses->is_array()) co_return failure(ErrorKind::Unavailable, "GET " + target + ": the answer is not a list");
        std::int64_t newest = 0;
        for (auto const& status : *statuses) {
            auto const number = number_at(status, "id").value_or(0);
            if (number <= newest) continue;
            newest = number;
            deployment.state = text_at(status, "state");
            deployment.url = text_at(status, "environment_url");
            deployment.log_url = text_at(status, "log_url");
            deployment.description = text_at(status, "description");
        }
    }
    co_return known;
}

Task<Result<bool>> Feedback::tell_status(Report const& report, Memory& memory) {
    if (report.phase == Report::Phase::Removed) co_return false;
    if (!memory.status_read || memory.status_commit != report.commit) {
        auto const target = repository_path(report, fmt::format("/commits/{}/statuses?per_page=100", report.commit));
        auto const pages = co_await client_.get_pages(report.repository, target);
        if (!pages) co_return std::unexpected(pages.error());
        memory.status.reset();
        // GitHub lists the newest first.
        for (auto const& status : pages->items) {
            if (text_at(status, "context") != report.environment) continue;
            memory.status = KnownStatus{.state = text_at(status, "state"),
                                        .url = text_at(status, "target_url"),
                                        .description = text_at(status, "description")};
            break;
        }
        memory.status_commit = report.commit;
        memory.status_read = true;
    }
    auto const wanted = status_call(report, memory.status);
    if (!wanted) co_return false;
    memory.status_read = false;
    auto const made = co_await write("POST", report.repository, repository_path(report, "/statuses/" + report.commit),
                                     without_empty({{"state", wanted->state},
                                                    {"target_url", wanted->url},
                                                    {"description", wanted->description},
                                                    {"context", report.environment}}));
    if (!made) co_return std::unexpected(made.error());
    memory.status = wanted;
    memory.status_read = true;
    co_return true;
}

Task<Result<void>> Feedback::learn_who_we_are() {
    if (!login_.empty() || !options_.app_id.empty()) co_return Result<void>();
    auto const user = co_await client_.get_json("", "/user");
    if (!user) co_return failure(user.error(), "whose comments are ours");
    login_ = text_at(*user, "login");
    if (login_.empty()) co_return failure(ErrorKind::Unavailable, "GET /user: the answer names nobody");
    co_return Result<void>();
}

/// Somebody else's comment with our marker in it is left alone.
bool Feedback::is_ours(Json const& comment) const {
    if (options_.app_id.empty()) return text_at(member(comment, "user"), "login") == login_;
    auto const id = number_at(member(comment, "performed_via_github_app"), "id");
    return id && std::to_string(*id) == options_.app_id;
}

Task<Result<void>> Feedback::find_comment(Report const& report, Memory& memory) {
    if (auto who = co_await learn_who_we_are(); !who) co_return who;
    auto const target = repository_path(report, fmt::format("/issues/{}/comments?per_page=100", *report.pull_request));
    auto const pages = co_await client_.get_pages(report.repository, target);
    if (!pages) co_return std::unexpected(pages.error());
    if (!pages->complete) co_return failure(ErrorKind::Refused, "the pull request has too many comments to look through");
    memory.comment.reset();
    memory.comment_id = 0;
    auto const marker = comment_marker(report.identity);
    for (auto const& comment : pages->items) {
        auto const id = number_at(comment, "id");
        auto text = text_at(comment, "body");
        if (!id || !text.starts_with(marker) || !is_ours(comment)) continue;
        memory.comment_id = *id;
        // GitHub may hand lines back with the ends that browsers send.
        std::erase(text, '\r');
        memory.comment = std::move(text);
        break;
    }
    memory.pull_request = *report.pull_request;
    memory.comment_read = true;
    co_return Result<void>();
}

Task<Result<bool>> Feedback::tell_comment(Report const& report, Memory& memory) {
    if (!memory.comment_read || memory.pull_request != *report.pull_request) {
        if (auto found = co_await find_comment(report, memory); !found) co_return std::unexpected(std::move(found.error()));
    }
    auto const wanted = comment_call(report, memory.comment);
    if (!wanted) co_return false;
    memory.comment_read = false;
    bool const edits = memory.comment_id != 0;
    auto target = edits ? repository_path(report, fmt::format("/issues/comments/{}", memory.comment_id))
                        : repository_path(report, fmt::format("/issues/{}/comments", *report.pull_request));
    auto const made = co_await write(edits ? "PATCH" : "POST", report.repository, std::move(target), {{"body", *wanted}});
    if (!made) co_return std::unexpected(made.error());
    auto const id = number_at(*made, "id");
    if (!id) co_return failure(ErrorKind::Ambiguous, "the answer to a comment names no comment");
    memory.comment_id = *id;
    memory.comment = wanted;
    memory.comment_read = true;
    co_return true;
}

}  // namespace dayfly::github
