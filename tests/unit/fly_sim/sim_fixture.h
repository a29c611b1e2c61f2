// A cloud with a clock of its own and short words for requests: what the simulator's tests are written in.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>

#include "controller/fly_sim/cloud.h"
#include "tests/unit/fly_sim/document.h"

namespace dayfly::fly_sim {

using namespace std::chrono_literals;

/// What every request carries unless a test is about tokens.
inline constexpr char const* authorized = "Bearer test-token";

/// Rate limits are off unless a test is about them.
inline CloudOptions quiet() {
    CloudOptions options;
    options.rate_limits.enabled = false;
    return options;
}

/// The smallest config that Fly takes.
inline Json small_config() {
    return {{"image", "nginx"}, {"guest", {{"cpu_kind", "shared"}, {"cpus", 1}, {"memory_mb", 256}}}};
}

class Sim {
public:
    explicit Sim(CloudOptions options = quiet()) : cloud(std::move(options)) {}

    Outcome send(std::string method, std::string target, Json const& body = nullptr, http::Headers headers = {}) {
        http::Request request{.method = std::move(method), .target = std::move(target), .headers = std::move(headers)};
        if (request.headers.find("authorization") == nullptr) request.headers.add("authorization", authorized);
        if (!body.is_null()) request.body = body.dump();
        asked_ = Document::fly().operation(request.method, request.target);
        return cloud.handle(request, now, wall());
    }
    /// For requests that answer at once; a long poll fails the test.
    Answer ask(std::string method, std::string target, Json const& body = nullptr, http::Headers headers = {}) {
        auto const outcome = send(std::move(method), std::move(target), body, std::move(headers));
        if (auto const* const answer = std::get_if<Answer>(&outcome)) {
            expect_documented(asked_, *answer);
            return *answer;
        }
        ADD_FAILURE() << "unexpected long poll";
        return {};
    }
    Answer get(std::string target) { return ask("GET", std::move(target)); }
    Answer post(std::string target, Json const& body = nullptr) { return ask("POST", std::move(target), body); }
    Answer put(std::string target, Json const& body) { return ask("PUT", std::move(target), body); }
    Answer erase(std::string target) { return ask("DELETE", std::move(target)); }
    /// With a lease nonce.
    Answer ask_with(std::string const& nonce, std::string method, std::string target, Json const& body = nullptr) {
        http::Headers headers;
        headers.add("fly-machine-lease-nonce", nonce);
        return ask(std::move(method), std::move(target), body, std::move(headers));
    }
    void pass(Instant::duration time) {
        now += time;
        cloud.advance(now);
    }
    /// Lets time pass until the long poll has an answer.
    Answer finish(Outcome outcome) {
        std::string operation = "GET /v1/apps/{app_name}/machines/{machine_id}/wait";
        while (auto const* const pending = std::get_if<Pending>(&outcome)) {
            if (pending->ticket->exec != nullptr) operation = "POST /v1/apps/{app_name}/machines/{machine_id}/exec";
            now = pending->recheck;
            auto const waiting = *pending;
            outcome = cloud.resume(waiting, now, wall());
        }
        expect_documented(operation, std::get<Answer>(outcome));
        return std::get<Answer>(outcome);
    }
    [[nodiscard]] WallTime wall() const { return WallTime(1'793'491'200s) + (now - Instant{}); }

    // An app named "shop" and what can be in it.
    Answer app(std::string const& name = "shop") {
        return post("/v1/apps", {{"name", name}, {"org_slug", "personal"}, {"network", "net-a"}});
    }
    Answer make_machine(Json const& config, std::string const& name = "web-0", Json more = Json::object()) {
        more["name"] = name;
        more["config"] = config;
        if (!more.contains("region")) more["region"] = "fra";
        return post("/v1/apps/shop/machines", more);
    }
    /// The id of a machine that has started.
    std::string started(Json const& config, std::string const& name = "web-0") {
        auto const id = make_machine(config, name).json().value("id", "");
        pass(10s);
        return id;
    }
    /// The id of a new volume "data" in fra.
    std::string volume(std::string const& name = "data", std::string const& region = "fra") {
        return post("/v1/apps/shop/volumes",
                    {{"name", name}, {"region", region}, {"size_gb", 1}, {"compute", small_config()["guest"]}})
            .json()
            .value("id", "");
    }
    Json machine(std::string const& id) { return get(at(id)).json(); }
    [[nodiscard]] static std::string at(std::string const& id, std::string const& rest = "") {
        return "/v1/apps/shop/machines/" + id + rest;
    }

    Instant now{1h};
    Cloud cloud;
    /// Every answer is held against Fly's document, except where faults spoil them.
    bool documented = true;

private:
    void expect_documented(std::string const& operation, Answer const& answer) {
        if (!documented || operation.empty() || !cloud.faults().empty()) return;
        for (auto const& deviation : Document::fly().deviations(operation, answer)) {
            EXPECT_TRUE(Document::exceptions().contains(deviation)) << deviation;
        }
    }

    std::string asked_;
};

inline Json with(Json config, Json const& more) {
    config.update(more);
    return config;
}
inline std::string error_of(Answer const& answer) { return answer.json().value("error", answer.response.body); }

}  // namespace dayfly::fly_sim
