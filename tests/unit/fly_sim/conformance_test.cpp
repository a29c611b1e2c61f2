// A scripted session against Fly's own OpenAPI document: every answer fits its schema, and each exception has its reason.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include "controller/fly_sim/exchange.h"
#include "tests/unit/fly_sim/sim_fixture.h"

namespace dayfly::fly_sim {
namespace {

/// Where measured behaviour differs from the document. A deviation that is not here fails, and so does an entry not met.
std::map<std::string, std::string> const& exceptions() {
    static std::string const lease = "captured lease answers come in an envelope; real clients depend on it";
    static std::string const pascal = "the live answer's outer keys are PascalCase (measured)";
    static std::string const pointer = "encoded by the Go struct: null without omitempty, or a union the document flattens";
    static std::string const docs = "in the documentation's samples and the Go client, not in the document";
    static std::map<std::string, std::string> const known{
        {"Lease.data: unknown", lease},
        {"Lease.status: unknown", lease},
        {"main.regionResponse.Nearest: unknown", pascal},
        {"main.regionResponse.Regions: unknown", pascal},
        {"main.getPlacementsResponse.Regions: unknown", pascal},
        {"fly.MachineService.autostop: boolean instead of string", "the Go marshaler writes off and stop as booleans"},
        {"fly.MachineService.force_instance_key: null instead of string", pointer},
        {"Volume.attached_machine_id: null instead of string", pointer},
        {"Volume.attached_alloc_id: null instead of string", pointer},
        {"Volume.host_dedication_key: unknown", docs},
        {"OrgVolume.attached_alloc_id: null instead of string", pointer},
        {"OrgVolume.host_dedication_key: unknown", docs},
    };
    return known;
}

class Conformance : public testing::Test {
protected:
    Conformance() {
        std::ifstream file(std::string(DAYFLY_SOURCE_DIR) + "/tests/unit/fly_sim/openapi_responses.json");
        document_ = Json::parse(file);
    }

    Answer ask(std::string method, std::string target, Json const& body = nullptr) {
        auto const answer = sim_.ask(method, target, body);
        check(method, target, answer);
        return answer;
    }

    void check(std::string const& method, std::string const& target, Answer const& answer) {
        auto const name = operation(method, target);
        ASSERT_FALSE(name.empty()) << method << " " << target << " is not in the document";
        asked_.insert(name);
        auto const& statuses = document_["operations"][name];
        auto const status = std::to_string(answer.status());
        if (!statuses.contains(status)) {
            // Refusals are mostly not listed; their shape is the same everywhere.
            ASSERT_GE(answer.status(), 400) << name << ": " << status << " not listed";
            inspect(Json{{"$ref", "ErrorResponse"}}, answer.json(), name + " " + status + " $");
        } else if (auto const& schema = statuses[status]; !schema.is_null()) {
            inspect(schema, answer.json(), name + " " + status + " $");
        }
    }

    std::string operation(std::string const& method, std::string const& target) {
        http::Request const request{.method = method, .target = target};
        Exchange const exchange(request);
        std::string best;
        for (auto const& [name, statuses] : document_["operations"].items()) {
            if (!name.starts_with(method + " ")) continue;
            auto const pattern = split(std::string_view(name).substr(method.size() + 1), '/');
            if (pattern.size() != exchange.segments.size()) continue;
            bool fits = true;
            for (std::size_t i = 0; i < pattern.size(); ++i)
                fits &= pattern[i].starts_with('{') || pattern[i] == exchange.segments[i];
            // The more literal one wins: …/certificates/acme over …/certificates/{hostname}.
            if (fits && (best.empty() || std::ranges::count(name, '{') < std::ranges::count(best, '{'))) best = name;
        }
        return best;
    }

    void inspect(Json const& schema, Json const& value, std::string const& place) {
        if (schema.contains("$ref")) {
            auto const name = schema["$ref"].get<std::string>();
            return inspect(document_["schemas"][name], value, document_["schemas"][name].contains("properties") ? name : place);
        }
        auto const type = schema.value("type", "");
        auto const found = type_of(value);
        if (!type.empty() && type != found && !(type == "number" && found == "integer")) {
            return deviate(fmt::format("{}: {} instead of {}", place, found, type));
        }
        if (schema.contains("enum") && std::ranges::find(schema["enum"], value) == schema["enum"].end()) {
            return deviate(fmt::format("{}: {} is none of the values", place, value.dump()));
        }
        if (value.is_array() && schema.contains("items")) {
            for (auto const& item : value) inspect(schema["items"], item, place + "[]");
        }
        if (!value.is_object()) return;
        for (auto const& required : schema.value("required", Json::array())) {
            if (!value.contains(required.get<std::string>())) deviate(fmt::format("{}: {} missing", place, required.dump()));
        }
        auto const properties = properties_of(schema);
        auto const more = schema.value("additionalProperties", Json());
        for (auto const& [name, member] : value.items()) {
            if (properties.contains(name)) {
                inspect(properties[name], member, place + "." + name);
            } else if (more.is_object()) {
                inspect(more, member, place + ".*");
            } else if (!properties.empty()) {
                deviate(fmt::format("{}.{}: unknown", place, name));
            }
        }
    }

    Json properties_of(Json const& schema) {
        auto properties = schema.value("properties", Json::object());
        for (auto const& part : schema.value("allOf", Json::array())) {
            auto const& whole = part.contains("$ref") ? document_["schemas"][part["$ref"].get<std::string>()] : part;
            properties.update(properties_of(whole));
        }
        return properties;
    }

    static std::string type_of(Json const& value) {
        if (value.is_number_integer()) return "integer";
        if (value.is_number()) return "number";
        return value.type_name();
    }

    void deviate(std::string const& deviation) { deviations_.insert(deviation); }

    Json document_;
    Sim sim_;
    std::set<std::string> deviations_;
    std::set<std::string> asked_;
};

TEST_F(Conformance, EveryAnswerFitsFlysOwnDocument) {
    std::string const app = "/v1/apps/shop";
    ask("POST", "/v1/apps", {{"name", "shop"}, {"org_slug", "personal"}});
    ask("POST", "/v1/apps", {{"name", "shop"}, {"org_slug", "personal"}});
    sim_.pass(1s);
    ask("GET", "/v1/apps?org_slug=personal");
    ask("GET", app);
    auto const volume =
        ask("POST", app + "/volumes", {{"name", "data"}, {"region", "fra"}, {"size_gb", 1}}).json()["id"].get<std::string>();
    ask("POST", app + "/volumes", {{"name", "a-b"}, {"region", "fra"}});
    Json const config{
        {"image", "nginx"},
        {"guest", {{"cpu_kind", "shared"}, {"cpus", 1}, {"memory_mb", 256}, {"kernel_args", {"quiet"}}}},
        {"env", {{"A", "1"}}},
        {"metadata", {{"owner", "me"}}},
        {"init", {{"cmd", {"run"}}, {"tty", true}}},
        {"restart", {{"policy", "on-failure"}, {"max_retries", 3}}},
        {"stop_config", {{"timeout", "10s"}, {"signal", "SIGTERM"}}},
        {"dns", {{"nameservers", {"1.1.1.1"}}}},
        {"metrics", {{"port", 9091}, {"path", "/metrics"}}},
        {"files", {{{"guest_path", "/a"}, {"raw_value", "aGk="}, {"mode", 420}}}},
        {"checks", {{"alive", {{"type", "tcp"}, {"port", 80}, {"interval", "15s"}, {"kind", "readiness"}}}}},
        {"mounts", {{{"volume", volume}, {"path", "/data"}}}},
        {"services",
         {{{"protocol", "tcp"},
           {"internal_port", 80},
           {"autostop", "stop"},
           {"autostart", true},
           {"concurrency", {{"type", "requests"}, {"soft_limit", 20}}},
           {"checks",
            {{{"type", "http"}, {"path", "/"}, {"interval", "10s"}, {"headers", {{{"name", "h"}, {"values", {"v"}}}}}}}},
           {"ports", {{{"port", 443}, {"handlers", {"tls", "http"}}, {"http_options", {{"compress", true}}}}}}}}},
    };
    auto const made = ask("POST", app + "/machines", {{"name", "web-0"}, {"region", "fra"}, {"config", config}});
    ASSERT_EQ(made.status(), 200) << made.response.body;
    auto const machine = app + "/machines/" + made.json()["id"].get<std::string>();
    ask("POST", app + "/machines", {{"name", "web-0"}, {"config", small_config()}});
    check("GET", machine + "/wait", sim_.finish(sim_.send("GET", machine + "/wait?state=started")));
    ask("GET", machine + "/wait?timeout=99");
    ask("GET", machine);
    ask("GET", app + "/machines");
    ask("GET", app + "/machines?summary=true");
    ask("GET", machine + "/events");
    ask("GET", machine + "/versions");
    ask("GET", machine + "/ps");
    ask("POST", machine + "/exec", {{"command", {"ls"}}});
    ask("POST", machine + "/lease?ttl=1");
    ask("GET", machine + "/lease");
    sim_.pass(2s);
    ask("DELETE", machine + "/lease");
    ask("POST", machine + "/metadata/a", {{"value", "1"}});
    ask("GET", machine + "/metadata");
    ask("GET", machine + "/metadata/a");
    ask("PATCH", machine + "/metadata", {{"metadata", {{"b", "2"}}}});
    ask("PUT", machine + "/metadata", {{"metadata", {{"b", "2"}}}});
    ask("DELETE", machine + "/metadata/b");
    ask("POST", machine, {{"config", config}});
    sim_.pass(10s);
    for (auto const* const verb : {"/cordon", "/uncordon", "/restart"}) ask("POST", machine + verb);
    sim_.pass(10s);
    ask("POST", machine + "/signal", {{"signal", "SIGUSR1"}});
    ask("POST", machine + "/suspend");
    sim_.pass(10s);
    ask("POST", machine + "/start");
    sim_.pass(10s);
    ask("POST", machine + "/stop");
    ask("POST", machine + "/start");
    sim_.pass(10s);

    ask("GET", app + "/volumes");
    ask("GET", app + "/volumes/" + volume);
    ask("PUT", app + "/volumes/" + volume, {{"snapshot_retention", 3}});
    ask("PUT", app + "/volumes/" + volume + "/extend", {{"size_gb", 2}});
    ask("POST", app + "/volumes/" + volume + "/snapshots");
    ask("GET", app + "/volumes/" + volume + "/snapshots");
    ask("DELETE", app + "/volumes/" + volume);
    ask("GET", "/v1/orgs/personal/machines");
    ask("GET", "/v1/orgs/personal/volumes");

    ask("POST", app + "/secrets", {{"values", {{"A", "1"}}}});
    ask("GET", app + "/secrets");
    ask("POST", app + "/secrets/B", {{"value", "2"}});
    ask("GET", app + "/secrets/B");
    ask("DELETE", app + "/secrets/B");
    auto const ip = ask("POST", app + "/ip_assignments", {{"type", "v6"}}).json()["ip"].get<std::string>();
    ask("GET", app + "/ip_assignments");
    ask("DELETE", app + "/ip_assignments/" + ip);
    ask("POST", app + "/certificates/acme", {{"hostname", "a.example.com"}});
    ask("POST", app + "/certificates/acme", {{"hostname", "a.example.com"}});
    ask("GET", app + "/certificates");
    ask("GET", app + "/certificates/a.example.com");
    ask("POST", app + "/certificates/a.example.com/check");
    ask("DELETE", app + "/certificates/a.example.com/acme");
    ask("DELETE", app + "/certificates/a.example.com");
    ask("GET", "/v1/platform/regions");
    ask("POST", "/v1/platform/placements", {{"org_slug", "personal"}});
    ask("GET", "/v1/tokens/current");
    ask("DELETE", machine);
    ask("DELETE", app);

    for (auto const& deviation : deviations_) EXPECT_TRUE(exceptions().contains(deviation)) << deviation;
    for (auto const& [exception, reason] : exceptions())
        EXPECT_TRUE(deviations_.contains(exception)) << "not met: " << exception;
    for (auto const& [name, statuses] : document_["operations"].items())
        EXPECT_TRUE(asked_.contains(name)) << "never asked: " << name;
}

}  // namespace
}  // namespace dayfly::fly_sim
