// What docs/cli.md promises to scripts: each exit code, once, from the real program.
#include <gtest/gtest.h>

#include "tests/e2e/processes.h"

namespace dayfly::test {
namespace {

using ExitCodes = Processes;

TEST_F(ExitCodes, AreWhatTheManualSays) {
    write_spec("shop");
    auto const specs = (folder_ / "specs").string();
    auto const expect = [&](int code, std::vector<std::string> const& arguments) {
        auto const [text, got] = dayfly(arguments);
        std::string line;
        for (auto const& argument : arguments) line += argument + ' ';
        EXPECT_EQ(got, code) << line << '\n' << text;
        return text;
    };
    expect(0, {"version"});
    expect(0, {"plan", "-f", specs});
    expect(1, {"diff", "-f", specs});
    expect(2, {"plan", "-f", specs, "--detailed-exitcode"});
    expect(2, {"plan", "--nonsense"});
    expect(2, {"apply", "-f", specs, "--timeout", "soon"});
    expect(4, {"plan", "-f", "/nowhere/at/all"});
    auto const short_id = expect(2, {"approve", "shop", "--sha", "3f9c2ab"});
    EXPECT_NE(short_id.find("all 40 digits"), std::string::npos) << short_id;
    expect(4, {"diff", "-f", specs, "nobody"});
    auto const unknown = expect(4, {"plan", "-f", specs, "--org", "nobody"});
    EXPECT_NE(unknown.find("look at organisation nobody"), std::string::npos) << unknown;
    EXPECT_NE(unknown.find("--org"), std::string::npos) << "and what to do about it: " << unknown;
    expect(4, {"apply", "-f", specs, "--org", "nobody"});
    expect(5, {"apply", "-f", specs, "--timeout", "1s"});
    expect(0, {"apply", "-f", specs});
    expect(0, {"plan", "-f", specs, "--detailed-exitcode"});
    expect(0, {"diff", "-f", specs});

    auto const secret = folder_ / "secret.yaml";
    std::ofstream(secret) << "apiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata: { name: s }\nspec:\n"
                             "  source: { image: nginx }\n  secrets: [{ name: A, from: { env: NOT_ALLOWED } }]\n";
    expect(6, {"plan", "-f", secret.string()});
    expect(6, {"apply", "-f", secret.string()});

    add_fault({{"kind", "unauthorised"}});
    expect(7, {"plan", "-f", specs});
    expect(7, {"apply", "-f", specs});
    clear_faults();
    auto const with_token = environment_;
    for (auto& variable : environment_) {
        if (variable.starts_with("FLY_API_TOKEN=")) variable = "FLY_API_TOKEN=";
    }
    expect(7, {"plan", "-f", specs});
    environment_ = with_token;

    expect(8, {"plan", "-f", specs, "--fly-machines-url", "https://127.0.0.1:1"});
    expect(8, {"get", "--server", "http://127.0.0.1:1"});

    write_spec("refused");
    add_fault({{"kind", "status"},
               {"action", "create_machine"},
               {"status", 400},
               {"body", R"({"error":"invalid config.guest.cpus"})"}});
    expect(3, {"apply", "-f", specs});
    clear_faults();
    fs::remove(folder_ / "specs" / "refused.yaml");
    write_spec("teapot");
    add_fault({{"kind", "status"}, {"action", "create_machine"}, {"status", 418}, {"body", R"({"error":"a teapot"})"}});
    expect(5, {"apply", "-f", specs, "--timeout", "5s"});
    clear_faults();
}

TEST_F(ExitCodes, SayWhenSomebodyInterrupted) {
    write_spec("shop");
    auto running = controller();
    (void)server_of_controller();
    EXPECT_EQ(running->end(SIGINT), 130) << slurp(folder_ / "controller.log");
}

}  // namespace
}  // namespace dayfly::test
