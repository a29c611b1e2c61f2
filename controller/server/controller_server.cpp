// See controller_server.h.
#include "controller/server/controller_server.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "controller/base/constant_time.h"
#include "controller/boot/progress.h"
#include "controller/fly/error_policy.h"
#include "controller/http/client.h"
#include "controller/server/environment_json.h"
#include "controller/server/git_sync_hook.h"

namespace dayfly::server {
namespace {

using Json = nlohmann::ordered_json;

http::Response text(int status, std::string body) {
    http::Response response{.status = status, .body = std::move(body)};
    response.headers.add("Content-Type", "text/plain; charset=utf-8");
    return response;
}

http::Response json(int status, Json const& body) {
    // Replacing broken UTF-8 keeps a strange name from taking the whole list away.
    http::Response response{.status = status, .body = body.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"};
    response.headers.add("Content-Type", "application/json");
    response.headers.add("Cache-Control", "no-store");
    return response;
}

http::Response problem(int status, ErrorKind kind, std::string const& message, std::string_view hint = {}) {
    Json body{{"code", to_string(kind)}, {"message", message}};
    if (!hint.empty()) body["hint"] = hint;
    return json(status, {{"error", std::move(body)}});
}

http::Response problem(Error const& error) {
    int const status = error.kind == ErrorKind::NotFound ? 404 : error.kind == ErrorKind::Refused ? 409 : 400;
    return problem(status, error.kind, error.message, fly::hint_for(error));
}

/// Of a Host header; none is what no browser sends.
bool is_this_computer(std::string const* host) {
    if (host == nullptr) return true;
    auto const url = http::parse_url("http://" + *host);
    return url && http::is_loopback(url->origin.host);
}

std::vector<std::string> parts_of(std::string_view path) {
    std::vector<std::string> parts;
    while (!path.empty()) {
        auto const slash = path.find('/');
        if (auto const part = path.substr(0, slash); !part.empty()) parts.push_back(http::percent_decode(part));
        if (slash == std::string_view::npos) break;
        path.remove_prefix(slash + 1);
    }
    return parts;
}

}  // namespace

ControllerServer::ControllerServer(reconcile::Controller& controller, std::vector<source::Source*> sources,
                                   metrics::Catalogue& metrics, Clock& clock, ControllerServerOptions options)
    : controller_(controller), sources_(std::move(sources)), metrics_(metrics), clock_(clock), options_(std::move(options)) {}

Task<http::Response> ControllerServer::handle(http::Request request) {
    auto const path = http::path_of(request.target);
    bool const reading = request.method == "GET" || request.method == "HEAD";
    if (path == "/livez" || path == "/readyz" || path == "/startupz" || path == "/healthz") co_return probe(path);
    if (path == "/metrics") co_return reading ? scrape(request) : text(405, "method not allowed\n");
    if (path.starts_with("/api/v1/")) {
        // The server sends the header of the answer only.
        if (request.method == "HEAD") request.method = "GET";
        auto parts = parts_of(path.substr(std::string_view("/api/v1/").size()));
        bool const asks_for_log = parts.size() == 5 && parts[0] == "environments" && parts[3] == "logs";
        if (asks_for_log && request.method == "GET") co_return co_await logs(std::move(request), std::move(parts));
        co_return api(request);
    }
    if (path == "/hooks/git-sync") co_return git_sync_hook(request, sources_);
    if (path == "/hooks/github" && options_.github_hook != nullptr) co_return options_.github_hook->handle(request);
    if (path == "/" && reading) {
        co_return text(200, "Dayfly. See /api/v1/environments, /metrics, /livez, /readyz and /startupz.\n");
    }
    co_return text(404, "not found\n");
}

std::string ControllerServer::not_ready() const {
    if (!controller_.fleet().known()) {
        auto const& why = controller_.fleet_problem();
        return why.empty() ? "the first look at Fly has not ended" : "Fly could not be looked at: " + why;
    }
    for (auto const* source : sources_) {
        if (source->status().last_success == WallTime{}) return source->name() + " was never read: " + source->status().problem;
    }
    return {};
}

http::Response ControllerServer::probe(std::string_view path) const {
    auto const now = clock_.now();
    if (path == "/livez" || path == "/healthz") {
        auto const oldest = controller_.queue().oldest_work();
        if (oldest && now - *oldest > options_.stuck_after) return text(503, "a pass is stuck\n");
        return text(200, "ok\n");
    }
    if (auto const why = not_ready(); !why.empty()) return text(503, why + "\n");
    if (path == "/readyz" && now - *controller_.fleet().refreshed_at() > options_.resync * 10) {
        return text(503, "the last look at Fly is too old: " + controller_.fleet_problem() + "\n");
    }
    return text(200, "ok\n");
}

std::optional<http::Response> ControllerServer::refuse_write(http::Request const& request) const {
    auto const* origin = request.headers.find("Origin");
    auto const* host = request.headers.find("Host");
    if (origin != nullptr && (host == nullptr || !origin->ends_with("://" + *host))) {
        return problem(403, ErrorKind::Forbidden, "a page of another origin may not write here");
    }
    if (options_.token.empty()) {
        // A page elsewhere can give its own name the address of this computer, but not this computer's name.
        if (options_.loopback_only && is_this_computer(host)) return std::nullopt;
        if (options_.loopback_only)
            return problem(403, ErrorKind::Forbidden, "without a token, writing calls are for localhost and 127.0.0.1 only");
        return problem(403, ErrorKind::Forbidden, "writing calls need a token, and none is configured",
                       "Start the controller with --api-token-file, or let it listen on loopback.");
    }
    auto const* given = request.headers.find("Authorization");
    if (given == nullptr || !equal_in_constant_time(*given, "Bearer " + options_.token.reveal())) {
        return problem(401, ErrorKind::Unauthenticated, "a bearer token is needed");
    }
    return std::nullopt;
}

http::Response ControllerServer::api(http::Request const& request) {
    auto parts = parts_of(http::path_of(request.target).substr(std::string_view("/api/v1/").size()));
    bool const reading = request.method == "GET";
    bool const writing = request.method == "POST" || request.method == "DELETE";
    if (!reading && !writing) return problem(405, ErrorKind::InvalidInput, "use GET, POST or DELETE");
    if (!reading) {
        if (auto refusal = refuse_write(request)) return std::move(*refusal);
    }
    if (parts == std::vector<std::string>{"environments"} && reading) return json(200, list_json(controller_.environments()));
    if (parts == std::vector<std::string>{"deletions"} && reading) {
        auto items = Json::array();
        if (auto const& held = controller_.held()) {
            items.push_back({{"id", held->verdict.id},
                             {"code", held->verdict.code},
                             {"reason", held->verdict.reason},
                             {"apps", held->apps}});
        }
        return json(200, {{"items", std::move(items)}});
    }
    if (parts.size() == 3 && parts[0] == "deletions" && parts[2] == "approve" && !reading) return approve(parts[1]);
    if (parts.size() >= 3 && parts.size() <= 4 && parts[0] == "environments") return environment(request, parts);
    return problem(404, ErrorKind::NotFound, "no such path");
}

Task<http::Response> ControllerServer::logs(http::Request request, std::vector<std::string> parts) {
    specs::Key const key{.namespace_ = parts[1], .name = parts[2]};
    auto const& step = parts[4];
    auto const next = http::query_value(request.target, "next").value_or("");
    auto const found = controller_.environments().find(key);
    if (found == controller_.environments().end()) {
        co_return problem(404, ErrorKind::NotFound, "environment " + key.text() + " is not known",
                          "See `dayfly get` for those that are.");
    }
    if (step == "app") {
        auto page = co_await controller_.app_logs(key, next);
        if (!page) co_return problem(502, page.error().kind, page.error().message, fly::hint_for(page.error()));
        co_return json(200, log_json(*page));
    }
    if (!boot::stage_from(step)) {
        co_return problem(404, ErrorKind::NotFound, "there is no step " + step, "Use clone, install, build, start or app.");
    }
    std::uint64_t after = 0;
    std::from_chars(next.data(), next.data() + next.size(), after);
    auto const log = found->second.status.logs.find(step);
    co_return json(200, log_json(step, log == found->second.status.logs.end() ? reconcile::StageLog{} : log->second, after));
}

http::Response ControllerServer::approve(std::string const& id) {
    auto approved = controller_.approve_deletes(id);
    if (!approved) return problem(approved.error());
    return json(202, {{"approved", id}});
}

http::Response ControllerServer::environment(http::Request const& request, std::vector<std::string> const& parts) {
    specs::Key const key{.namespace_ = parts[1], .name = parts[2]};
    auto const found = controller_.environments().find(key);
    if (found == controller_.environments().end()) {
        return problem(404, ErrorKind::NotFound, "environment " + key.text() + " is not known",
                       "See `dayfly get` for those that are.");
    }
    if (request.method == "GET" && parts.size() == 3) return json(200, environment_json(found->second));
    if (request.method == "GET" && parts[3] == "events") {
        auto items = Json::array();
        for (auto const& event : found->second.status.events) items.push_back(event_json(event));
        return json(200, {{"items", std::move(items)}});
    }
    if (request.method == "POST" && parts.size() == 4 && parts[3] == "reconcile") {
        if (auto asked = controller_.reconcile_now(key); !asked) return problem(asked.error());
        for (auto* source : sources_) source->poke();
        return json(202, environment_json(found->second));
    }
    if (request.method == "DELETE" && parts.size() == 3) {
        auto told = controller_.remove_by_hand(key);
        return told ? json(202, {{"message", *told}}) : problem(told.error());
    }
    if (request.method == "POST" && parts.size() == 4 && parts[3] == "approve") return approve_fork(key, request);
    if (request.method == "POST" && parts.size() == 4) return change(key, parts[3]);
    return problem(404, ErrorKind::NotFound, "no such path");
}

http::Response ControllerServer::change(specs::Key const& key, std::string const& verb) {
    Result<void> done = failure(ErrorKind::NotFound, "no such path");
    if (verb == "sleep") done = controller_.put_to_sleep(key);
    if (verb == "wake") done = controller_.wake(key);
    if (verb == "suspend") done = controller_.pause(key);
    if (verb == "resume") done = controller_.resume(key);
    if (!done) return problem(done.error());
    return json(202, environment_json(controller_.environments().at(key)));
}

http::Response ControllerServer::approve_fork(specs::Key const& key, http::Request const& request) {
    if (!options_.approve_fork) {
        return problem(409, ErrorKind::Refused, "this controller follows no repositories", "Start it with a GitHub token.");
    }
    auto const commit = http::query_value(request.target, "sha").value_or("");
    if (auto approved = options_.approve_fork(key, commit); !approved) return problem(approved.error());
    return json(202, {{"approved", commit}});
}

}  // namespace dayfly::server
