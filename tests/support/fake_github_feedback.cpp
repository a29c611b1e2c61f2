#include "tests/support/fake_github_feedback.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

namespace dayfly::test {
namespace {

using Json = nlohmann::json;

http::Response json(int status, Json const& body) {
    http::Response response{.status = status, .body = body.dump()};
    response.headers.add("Content-Type", "application/json; charset=utf-8");
    return response;
}

std::int64_t number(std::string_view text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

Json status_json(FakeGithubFeedback::Status const& status) {
    return {{"id", status.id},
            {"state", status.state},
            {"context", status.context},
            {"target_url", status.url.empty() ? Json() : Json(status.url)},
            {"environment_url", status.url},
            {"log_url", Json::parse(status.body).value("log_url", "")},
            {"description", status.description}};
}

Json deployment_json(FakeGithubFeedback::Deployment const& deployment) {
    return {{"id", deployment.id},
            {"sha", deployment.commit},
            {"environment", deployment.environment},
            {"payload", Json::parse(deployment.body).value("payload", Json())}};
}

Json comment_json(FakeGithubFeedback::Comment const& comment) {
    return {{"id", comment.id},
            {"body", comment.text},
            {"user", {{"login", comment.login}}},
            {"performed_via_github_app", comment.app == 0 ? Json() : Json{{"id", comment.app}}}};
}

}  // namespace

FakeGithubFeedback::FakeGithubFeedback(FakeGithub& github) {
    github.extra = [this](http::Request const& request) { return answer(request); };
}

std::vector<std::string> FakeGithubFeedback::written() { return std::exchange(written_, {}); }

std::optional<http::Response> FakeGithubFeedback::answer(http::Request const& request) {
    auto const path = std::string(http::path_of(request.target));
    if (path == "/user") {
        if (app != 0) return json(403, {{"message", "Resource not accessible by integration"}});
        return json(200, {{"login", login}});
    }
    if (!path.starts_with("/repos/")) return std::nullopt;
    auto const slash = path.find('/', path.find('/', 7) + 1);
    if (slash == std::string::npos) return std::nullopt;
    auto const rest = path.substr(slash);
    for (auto const& [what, status] : refuse) {
        bool const meant = what == "comments" ? rest.find("/comments") != std::string::npos
                           : what == "deployments"
                               ? rest.starts_with("/deployments")
                               : rest.find("/statuses") != std::string::npos && !rest.starts_with("/deploy");
        if (meant) return json(status, {{"message", "Resource not accessible by personal access token"}});
    }
    if (request.method == "GET") return read(request, rest);
    auto response = write(request, rest);
    if (response && response->status < 300 && lose_answers) return json(502, {{"message", "Server Error"}});
    return response;
}

std::optional<http::Response> FakeGithubFeedback::write(http::Request const& request, std::string const& rest) {
    auto const body = Json::parse(request.body, nullptr, false);
    if (!body.is_object()) return json(400, {{"message", "Problems parsing JSON"}});
    if (auto const text = body.value("description", ""); text.size() > 140) {
        return json(422, {{"message", "description is too long (maximum is 140 characters)"}});
    }
    if (rest == "/deployments") {
        if (body.value("auto_merge", true) || !body.contains("required_contexts") || !body["required_contexts"].empty()) {
            return json(409, {{"message", "Conflict: Commit status checks failed"}});
        }
        deployments.push_back({.id = ++next_id_,
                               .commit = body.at("ref"),
                               .environment = body.at("environment"),
                               .body = request.body,
                               .statuses = {}});
        written_.emplace_back("deployment");
        return json(201, deployment_json(deployments.back()));
    }
    if (rest.starts_with("/deployments/") && rest.ends_with("/statuses")) {
        auto const found = std::ranges::find(deployments, number(rest.substr(13)), &Deployment::id);
        if (found == deployments.end()) return json(404, {{"message", "Not Found"}});
        found->statuses.push_back({.id = ++next_id_,
                                   .state = body.at("state"),
                                   .context = {},
                                   .url = body.value("environment_url", ""),
                                   .description = body.value("description", ""),
                                   .body = request.body});
        written_.push_back("deployment " + found->state());
        return json(201, status_json(found->statuses.back()));
    }
    if (rest.starts_with("/issues/comments/")) {
        auto const found = std::ranges::find(comments, number(rest.substr(17)), &Comment::id);
        if (found == comments.end()) return json(404, {{"message", "Not Found"}});
        found->text = body.at("body");
        written_.emplace_back("comment edited");
        return json(200, comment_json(*found));
    }
    if (rest.starts_with("/issues/") && rest.ends_with("/comments")) {
        comments.push_back(
            {.id = ++next_id_, .issue = number(rest.substr(8)), .login = login, .app = app, .text = body.at("body")});
        written_.emplace_back("comment");
        return json(201, comment_json(comments.back()));
    }
    if (rest.starts_with("/statuses/")) {
        auto& list = statuses[rest.substr(10)];
        list.push_back({.id = ++next_id_,
                        .state = body.at("state"),
                        .context = body.at("context"),
                        .url = body.value("target_url", ""),
                        .description = body.value("description", ""),
                        .body = request.body});
        written_.push_back("status " + list.back().state);
        return json(201, status_json(list.back()));
    }
    return std::nullopt;
}

std::optional<http::Response> FakeGithubFeedback::read(http::Request const& request, std::string const& rest) {
    auto list = Json::array();
    if (rest == "/deployments") {
        auto const environment = http::query_value(request.target, "environment");
        auto const commit = http::query_value(request.target, "sha");
        auto const size = static_cast<std::size_t>(number(http::query_value(request.target, "per_page").value_or("30")));
        for (auto one = deployments.rbegin(); one != deployments.rend() && list.size() < size; ++one) {
            if ((!environment || one->environment == *environment) && (!commit || one->commit == *commit))
                list.push_back(deployment_json(*one));
        }
        return json(200, list);
    }
    if (rest.starts_with("/deployments/") && rest.ends_with("/statuses")) {
        auto const found = std::ranges::find(deployments, number(rest.substr(13)), &Deployment::id);
        if (found == deployments.end()) return json(404, {{"message", "Not Found"}});
        for (auto one = found->statuses.rbegin(); one != found->statuses.rend(); ++one) list.push_back(status_json(*one));
        return json(200, list);
    }
    if (rest.starts_with("/issues/") && rest.ends_with("/comments")) {
        for (auto const& comment : comments) {
            if (comment.issue == number(rest.substr(8))) list.push_back(comment_json(comment));
        }
        return json(200, list);
    }
    if (!rest.starts_with("/commits/")) return std::nullopt;
    auto const slash = rest.find('/', 9);
    if (slash == std::string::npos) return std::nullopt;
    auto const commit = rest.substr(9, slash - 9);
    auto const what = rest.substr(slash);
    if (what == "/check-runs") {
        for (auto const& run : checks[commit]) {
            list.push_back({{"name", run.name},
                            {"status", run.status},
                            {"conclusion", run.conclusion.empty() ? Json() : Json(run.conclusion)}});
        }
        return json(200, {{"total_count", list.size()}, {"check_runs", list}});
    }
    if (what != "/status" && what != "/statuses") return std::nullopt;
    auto const& known = statuses[commit];
    for (auto one = known.rbegin(); one != known.rend(); ++one) {
        bool const is_newest =
            std::find_if(known.rbegin(), one, [&](auto const& other) { return other.context == one->context; }) == one;
        if (what == "/statuses" || is_newest) list.push_back(status_json(*one));
    }
    return json(200, what == "/statuses" ? list : Json{{"state", "pending"}, {"statuses", list}});
}

}  // namespace dayfly::test
