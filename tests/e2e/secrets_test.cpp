// Marked secret values go in by every way there is, and everything that comes out is searched for them.
#include <gtest/gtest.h>

#include "tests/e2e/processes.h"

namespace dayfly::test {
namespace {

constexpr char mark[] = "MARKED";

class SecretValues : public Processes {
protected:
    std::string specs_;
    std::string out_;  ///< everything that was said

    void SetUp() override {
        Processes::SetUp();
        if (HasFatalFailure()) return;
        specs_ = (folder_ / "specs").string();
        fs::create_directory(folder_ / "secrets");
        std::ofstream(folder_ / "secrets" / "stripe") << "MARKED-from-a-file";
        std::ofstream(folder_ / "specs" / "shop.yaml")
            << "apiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata: { name: shop }\nspec:\n"
               "  source: { image: \"nginx:1\" }\n"
               "  secrets:\n    - { name: DATABASE_URL, from: { env: STAGING_DATABASE_URL } }\n"
               "    - { name: STRIPE, from: { file: stripe } }\n";
        for (auto& variable : environment_) {
            if (variable.starts_with("FLY_API_TOKEN=")) variable = "FLY_API_TOKEN=FlyV1 MARKED-token";
        }
        environment_.emplace_back("STAGING_DATABASE_URL=postgres://u:MARKED-pass@db/x?a=1&b=\"2\"");
        environment_.emplace_back("DAYFLY_ALLOW_SECRET_ENV=STAGING_*");
        environment_.emplace_back("DAYFLY_SECRETS_DIR=" + (folder_ / "secrets").string());
        environment_.emplace_back("DEBUG_MACHINE_SETUP=true");
    }
    void say(std::vector<std::string> const& arguments) { out_ += dayfly(arguments).first; }
    void expect_nothing_told() {
        auto const at = out_.find(mark);
        EXPECT_EQ(at, std::string::npos) << out_.substr(at < 400 ? 0 : at - 400, 800);
        out_.clear();
    }
};

TEST_F(SecretValues, AreInNoOutputOfAnyCommand) {
    for (auto const* const level : {"debug", "info", "warn", "error"}) {
        say({"plan", "-f", specs_, "-o", "json", "--log-level", level});
    }
    for (auto const* const form : {"text", "markdown"}) say({"plan", "-f", specs_, "-o", form});
    say({"diff", "-f", specs_});
    say({"validate", "-f", specs_});
    for (auto const* const form : {"yaml", "json"}) say({"render", "-f", specs_, "-o", form});
    // Lost, refused with the value in the answer, then fine.
    add_fault({{"kind", "drop_after"}, {"action", "update_secrets"}, {"count", 1}});
    add_fault({{"kind", "status"},
               {"action", "update_secrets"},
               {"count", 1},
               {"status", 503},
               {"body", R"({"error":"cannot set MARKED-from-a-file just now"})"}});
    say({"apply", "-f", specs_});
    EXPECT_NE(out_.find("***"), std::string::npos) << "the masked request must have been logged";
    EXPECT_EQ(apps().begin().value()["secrets"].size(), 2u) << out_;
    say({"diff", "-f", specs_, "--log-level", "debug"});
    out_ += apps().dump();
    expect_nothing_told();
}

TEST_F(SecretValues, AreInNothingThatAControllerTells) {
    for (auto const* const format : {"text", "json"}) {
        add_fault({{"kind", "status"},
                   {"action", "update_secrets"},
                   {"count", 1},
                   {"status", 422},
                   {"body", R"({"error":"MARKED-from-a-file is refused"})"}});
        auto running = controller({"--log-level", "debug", "--log-format", format});
        std::string server;
        ASSERT_TRUE(eventually(20s, [&] {
            auto const log = slurp(folder_ / "controller.log");
            auto const at = log.rfind("http://127.0.0.1:");
            if (at == std::string::npos) return false;
            server = log.substr(at, log.find_first_of(" \"\n", at) - at);
            return ask(server, "GET", "/api/v1/environments").find("shop") != std::string::npos;
        })) << slurp(folder_ / "controller.log");
        for (auto const* const path : {"/metrics", "/api/v1/environments", "/api/v1/environments/default/shop",
                                       "/api/v1/environments/default/shop/events", "/api/v1/deletions", "/readyz"}) {
            auto const answer = ask(server, "GET", path);
            EXPECT_FALSE(answer.empty()) << path;
            out_ += answer;
        }
        for (auto const* const form : {"wide", "json", "yaml"}) say({"get", "-o", form, "--server", server});
        say({"describe", "shop", "--server", server});
        EXPECT_EQ(running->end(SIGTERM), 0);
        out_ += slurp(folder_ / "controller.log");
        EXPECT_NE(out_.find("update_secrets"), std::string::npos) << "it must have come that far";
        expect_nothing_told();
        fs::remove(folder_ / "controller.log");
        clear_faults();
        environment_.emplace_back("STAGING_DATABASE_URL=MARKED-another-value");
    }
}

}  // namespace
}  // namespace dayfly::test
