// A scripted session against every operation of Fly's own OpenAPI document that the simulator has: what each answer may deviate
// in is listed with its reason, and nothing is listed that does not happen. Every other test's answers are looked at by Sim.
#include "tests/unit/fly_sim/document.h"
#include "tests/unit/fly_sim/sim_fixture.h"

namespace dayfly::fly_sim {
namespace {

class Conformance : public testing::Test {
protected:
    Answer ask(std::string method, std::string target, Json const& body = nullptr) {
        auto const answer = sim_.ask(method, target, body);
        check(method, target, answer);
        return answer;
    }

    void check(std::string const& method, std::string const& target, Answer const& answer) {
        auto const name = Document::fly().operation(method, target);
        ASSERT_FALSE(name.empty()) << method << " " << target << " is not in the document";
        asked_.insert(name);
        deviations_.merge(Document::fly().deviations(name, answer));
    }

    Sim sim_;
    std::set<std::string> deviations_;
    std::set<std::string> asked_;
};

TEST_F(Conformance, EveryAnswerFitsFlysOwnDocument) {
    std::string const app = "/v1/apps/shop";
    ask("POST", "/v1/apps", {{"name", "shop"}, {"org_slug", "personal"}});
    ask("POST", "/v1/apps", {{"name", "shop"}, {"org_slug", "personal"}});
    ask("POST", "/v1/apps?wait=true", {{"name", "other"}, {"org_slug", "personal"}});
    sim_.pass(1s);
    ask("GET", "/v1/apps?org_slug=personal");
    ask("GET", app);
    auto const volume = ask("POST", app + "/volumes",
                            {{"name", "data"}, {"region", "fra"}, {"size_gb", 1}, {"compute", small_config()["guest"]}})
                            .json()["id"]
                            .get<std::string>();
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
    ask("POST", app + "/volumes", {{"name", "free"}, {"region", "fra"}});
    sim_.pass(1s);
    ask("GET", "/v1/orgs/personal/volumes");
    ask("POST", app + "/ip_assignments", {{"type", "private_v6"}});
    ask("POST", app + "/ip_assignments", {{"type", "egress_pair"}});
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
    sim_.cloud.external().set_host_status("shop", made.json()["id"].get<std::string>(), "unreachable");
    ask("GET", machine);
    ask("DELETE", machine);
    ask("DELETE", app);

    for (auto const& deviation : deviations_) EXPECT_TRUE(Document::exceptions().contains(deviation)) << deviation;
    for (auto const& [exception, reason] : Document::exceptions())
        EXPECT_TRUE(deviations_.contains(exception)) << "not met: " << exception;
    for (auto const& [name, statuses] : Document::fly().operations().items())
        EXPECT_TRUE(asked_.contains(name)) << "never asked: " << name;
}

}  // namespace
}  // namespace dayfly::fly_sim
