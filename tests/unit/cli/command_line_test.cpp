// The command line as scripts meet it: which words it takes, what it says of those that it does not, and the code that it ends
// with. In this process, without Fly.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "controller/cli/commands.h"
#include "controller/cli/exit_code.h"

namespace dayfly::cli {
namespace {

namespace fs = std::filesystem;

constexpr char good_spec[] =
    "apiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata: { name: shop }\nspec: { source: { image: nginx } }\n";

/// Sets a variable for one test.
class Variable {
public:
    Variable(char const* name, char const* value) : name_(name) { ::setenv(name, value, 1); }
    ~Variable() { ::unsetenv(name_); }
    Variable(Variable const&) = delete;
    Variable& operator=(Variable const&) = delete;

private:
    char const* name_;
};

class CommandLine : public testing::Test {
protected:
    CommandLine() {
        auto name = (fs::temp_directory_path() / "dayfly-cli-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
    }
    ~CommandLine() override { fs::remove_all(folder_); }

    std::string write(std::string const& name, std::string const& text) {
        std::ofstream(folder_ / name) << text;
        return (folder_ / name).string();
    }

    /// The exit code; what was printed is in out_ and err_.
    int run(std::vector<std::string> const& arguments) {
        std::vector<char const*> argv{"dayfly"};
        for (auto const& argument : arguments) argv.push_back(argument.c_str());
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        auto const code = run_command_line(static_cast<int>(argv.size()), argv.data());
        std::fflush(stdout);
        out_ = testing::internal::GetCapturedStdout();
        err_ = testing::internal::GetCapturedStderr();
        return code;
    }
    [[nodiscard]] bool says(std::string_view text) const { return (out_ + err_).find(text) != std::string::npos; }

    fs::path folder_;
    std::string out_;
    std::string err_;
    std::string good_ = write("good.yaml", good_spec);
};

TEST_F(CommandLine, NamesTheWordThatIsNoVerb) {
    EXPECT_EQ(run({"valdate", "-f", good_}), usage_or_changes);
    EXPECT_TRUE(says("'valdate' is no verb; did you mean 'validate'?")) << err_;
}

TEST_F(CommandLine, HelpsAndTellsItsVersion) {
    EXPECT_EQ(run({"--version"}), done);
    EXPECT_TRUE(says(version_text())) << out_;
    EXPECT_EQ(run({"help"}), done);
    EXPECT_TRUE(says("validate"));
    EXPECT_EQ(run({"help", "plan"}), done);
    EXPECT_TRUE(says("--detailed-exitcode"));
}

TEST_F(CommandLine, EndsWithUsageForWrongFlags) {
    for (auto const& arguments : std::vector<std::vector<std::string>>{
             {"plan", "-f", good_},
             {"apply", "-f", good_, "--simulate", "--timeout", "abc"},
             {"controller", "--source", "dir:" + folder_.string(), "--simulate", "--listen", "127.0.0.1:foo"},
             {"controller", "--simulate"},
             {"simulator", "--latency", "abc"},
             {"get", "--server", "ftp://x"},
             {"get", "-l", "a b"},
             {"render", "-f", good_, "--github-url", "nonsense"},
             {"approve", "shop", "--sha", "3f9c2ab"}}) {
        EXPECT_EQ(run(arguments), usage_or_changes) << testing::PrintToString(arguments) << err_;
        EXPECT_FALSE(says("Fly could not be reached"));
    }
    EXPECT_EQ(run({"get", "--server", "127.0.0.1:8080"}), usage_or_changes);
    EXPECT_TRUE(says("--server 127.0.0.1:8080")) << err_;
    Variable const token("FLY_API_TOKEN", "x");
    EXPECT_EQ(run({"plan", "-f", good_, "--org", "a", "--fly-machines-url", "http://1.2.3.4"}), usage_or_changes) << err_;
}

TEST_F(CommandLine, OneFileAFlagSoThatANameMayFollow) {
    EXPECT_EQ(run({"diff", "--simulate", "-f", good_, "nobody"}), not_found);
    EXPECT_TRUE(says("no environment named nobody is in the files")) << err_;
    EXPECT_EQ(run({"diff", "--simulate", "-f", good_, "shop"}), general_failure) << err_;
}

TEST_F(CommandLine, AFileThatIsNotThereIsNoMatterOfFlyAndHidesNoOther) {
    auto const wrong = write("wrong.yaml", std::string(good_spec) + "extra: 1\n");
    EXPECT_EQ(run({"validate", "-f", (folder_ / "nope.yaml").string()}), not_found);
    EXPECT_FALSE(says("at Fly")) << err_;
    EXPECT_EQ(run({"validate", "-f", (folder_ / "nope.yaml").string(), "-f", wrong}), invalid_spec);
    EXPECT_TRUE(says("nope.yaml: No such file")) << err_;
    EXPECT_TRUE(says("unknown field 'extra'")) << err_;
}

TEST_F(CommandLine, AnObjectInTwoFilesIsToldAtItsNames) {
    auto const copy = write("copy.yaml", good_spec);
    EXPECT_EQ(run({"validate", "-f", good_, "-f", copy}), invalid_spec);
    EXPECT_TRUE(says("copy.yaml:3:19: metadata.name: default/shop is also in")) << err_;
}

TEST_F(CommandLine, AFilesNameCannotSteerTheTerminal) {
    EXPECT_EQ(run({"validate", "-f", write("a\x1B[31m.yaml", "kind: PreviewEnvironment\n")}), invalid_spec);
    EXPECT_FALSE(says("\x1B")) << err_;
}

using Configuration = CommandLine;

TEST_F(Configuration, OfTheControllerServesEveryVerb) {
    auto const file = write("c.yaml", "organization: acme\nserver: { listen: \"127.0.0.1:1\" }\nworkers: 3\n");
    EXPECT_EQ(run({"validate", "-f", good_, "--config", file}), done) << err_;
    EXPECT_EQ(run({"plan", "--simulate", "-f", good_, "--config", file}), done) << err_;
    EXPECT_TRUE(says("organisation acme")) << out_;
    EXPECT_EQ(run({"get", "--server", "http://127.0.0.1:1", "--config", file}), unavailable) << err_;
    Variable const variable("DAYFLY_CONFIG", file.c_str());
    EXPECT_EQ(run({"get", "--server", "http://127.0.0.1:1"}), unavailable) << err_;
    EXPECT_EQ(run({"simulator", "--latency", "x"}), usage_or_changes) << "its --listen is its own";
    EXPECT_TRUE(says("--latency")) << err_;
}

TEST_F(Configuration, IsRefusedForWhatNoVerbKnows) {
    for (auto const& [text, message] : std::vector<std::pair<std::string, std::string>>{
             {"organisation: acme\n", "c.yaml:1:1: organisation: unknown setting, did you mean 'organization'?"},
             {"polcy: { forks: never }\n", "c.yaml:1:1: polcy: unknown setting, did you mean 'policy'?"},
             {"policy: { fork: never }\n", "c.yaml:1:11: policy.fork: unknown setting, did you mean 'policy.forks'?"},
             {"nothing: {}\n", "c.yaml:1:1: nothing: unknown setting"},
             {"policy: 3\n", "c.yaml:1:9: policy: a map of settings is wanted"},
             {"owner: a\nowner: b\n", "c.yaml:2:1: owner: it is written twice"},
             {"defaults: { regoin: ord }\n", "c.yaml:1:13: spec.regoin: unknown field 'regoin', did you mean 'region'?"},
             {"defaults: [1]\n", "c.yaml:1:11: spec: a list is not a map of fields"}}) {
        EXPECT_EQ(run({"validate", "-f", good_, "--config", write("c.yaml", text)}), usage_or_changes) << text;
        EXPECT_TRUE(says(message)) << err_;
    }
    EXPECT_EQ(run({"controller", "--simulate", "--source", "dir:" + folder_.string(), "--config",
                   write("c.yaml", "defaults: { regoin: ord }\n")}),
              usage_or_changes);
}

TEST_F(Configuration, DefaultsAreReadLikeASpec) {
    auto const file = write("c.yaml", "defaults:\n  suspend: True\n  env: { V: 010 }\n");
    EXPECT_EQ(run({"render", "-f", good_, "--config", file}), done) << err_;
    EXPECT_TRUE(says("suspend: true")) << out_;
    EXPECT_TRUE(says("V: \"010\"")) << out_;
}

TEST_F(Configuration, TheGuidesVariablesKeepWorking) {
    Variable const organization("FLY_ORG_ID", "guide");
    Variable const region("FLY_DEFAULT_REGION", "ord");
    Variable const size("FLY_DEFAULT_MACHINE_SIZE", "shared-cpu-4x");
    EXPECT_EQ(run({"plan", "--simulate", "-f", good_, "--config", write("c.yaml", "organization: file\n")}), done) << err_;
    EXPECT_TRUE(says("organisation guide, region ord")) << out_;
    EXPECT_TRUE(says("shared-cpu-4x")) << out_;
    EXPECT_EQ(run({"plan", "--simulate", "-f", good_, "--config", write("c.yaml", "defaults: { region: lax }\n")}), done);
    EXPECT_TRUE(says("region lax")) << "a configuration file lies over them";
    {
        Variable const empty("FLY_ORG", "");
        EXPECT_EQ(run({"plan", "--simulate", "-f", good_}), done) << err_;
        EXPECT_TRUE(says("organisation guide")) << "an empty variable is none";
    }
    Variable const newer("FLY_ORG", "newer");
    EXPECT_EQ(run({"plan", "--simulate", "-f", good_}), done) << err_;
    EXPECT_TRUE(says("organisation newer")) << out_;
    Variable const wrong("FLY_DEFAULT_REGION", "nowhere");
    EXPECT_EQ(run({"plan", "--simulate", "-f", good_}), usage_or_changes);
    EXPECT_TRUE(says("FLY_DEFAULT_REGION:1:")) << err_;
}

TEST(SettingsLevel, IsDebugWhenAllRequestsAreToBeLogged) {
    Settings settings;
    EXPECT_EQ(settings.level(), LogLevel::Info);
    Variable const variable("DEBUG_MACHINE_SETUP", "true");
    EXPECT_EQ(settings.level(), LogLevel::Debug);
}

TEST(NoColour, IsAskedForByAnyTextButNone) {
    EXPECT_FALSE(wants_no_colour());
    Variable const empty("NO_COLOR", "");
    EXPECT_FALSE(wants_no_colour());
    Variable const set("NO_COLOR", "1");
    EXPECT_TRUE(wants_no_colour());
}

TEST(ExitCode, TheWorstOfSeveralIsTheOneToLookAtFirst) {
    EXPECT_EQ(worse_of(done, not_ready), not_ready);
    EXPECT_EQ(worse_of(refused, not_ready), refused);
    EXPECT_EQ(worse_of(refused, not_allowed), not_allowed);
    EXPECT_EQ(worse_of(unavailable, invalid_spec), unavailable);
    EXPECT_EQ(error_kind_called("Refused"), ErrorKind::Refused);
    EXPECT_EQ(error_kind_called("BuildFailed"), std::nullopt);
}

}  // namespace
}  // namespace dayfly::cli
