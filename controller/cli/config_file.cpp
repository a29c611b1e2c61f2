// The configuration file becomes flags, so that each setting is checked in one place.
#include "controller/cli/config_file.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <map>
#include <set>
#include <utility>

#include "controller/base/file.h"
#include "specs/nearest.h"
#include "specs/node.h"

namespace dayfly::cli {
namespace {

constexpr std::size_t max_config_bytes = 1u << 20;

/// A value of the configuration file, the flag that means the same, and the variable that beats it.
struct Equivalent {
    char const* flag;
    char const* variable;
};

std::map<std::string, Equivalent> const& equivalents() {
    static std::map<std::string, Equivalent> const table{
        {"organization", {"--org", "FLY_ORG"}},
        {"owner", {"--owner", "DAYFLY_OWNER"}},
        {"logLevel", {"--log-level", "DAYFLY_LOG_LEVEL"}},
        {"logFormat", {"--log-format", "DAYFLY_LOG_FORMAT"}},
        {"fly.machinesUrl", {"--fly-machines-url", "FLY_FLAPS_BASE_URL"}},
        {"fly.graphqlUrl", {"--fly-graphql-url", "FLY_API_BASE_URL"}},
        {"fly.tokenFile", {"--fly-token-file", "DAYFLY_FLY_TOKEN_FILE"}},
        {"fly.caFile", {"--fly-ca-file", "DAYFLY_FLY_CA_FILE"}},
        {"sources", {"--source", "DAYFLY_SOURCES"}},
        {"sourceTokenFile", {"--source-token-file", "DAYFLY_SOURCE_TOKEN_FILE"}},
        {"sourceCaFile", {"--source-ca-file", "DAYFLY_SOURCE_CA_FILE"}},
        {"server.listen", {"--listen", "DAYFLY_LISTEN"}},
        {"server.tokenFile", {"--api-token-file", "DAYFLY_API_TOKEN_FILE"}},
        {"resync", {"--resync", "DAYFLY_RESYNC"}},
        {"audit", {"--audit", "DAYFLY_AUDIT"}},
        {"workers", {"--workers", "DAYFLY_WORKERS"}},
        {"startLimit", {"--start-limit", "DAYFLY_START_LIMIT"}},
        {"deleteGuard.maxCount", {"--delete-max-count", "DAYFLY_DELETE_MAX_COUNT"}},
        {"deleteGuard.maxPercent", {"--delete-max-percent", "DAYFLY_DELETE_MAX_PERCENT"}},
        {"metrics.environmentSeries", {"--environment-series", "DAYFLY_ENVIRONMENT_SERIES"}},
        {"policy.maxEnvironments", {"--max-environments", "DAYFLY_MAX_ENVIRONMENTS"}},
        {"policy.allowSecretEnv", {"--allow-secret-env", "DAYFLY_ALLOW_SECRET_ENV"}},
        {"policy.allowLocalRepositories", {"--allow-local-repositories", "DAYFLY_ALLOW_LOCAL_REPOSITORIES"}},
        {"policy.forks", {"--forks", "DAYFLY_FORKS"}},
        {"github.webhookSecretFile", {"--webhook-secret-file", "DAYFLY_WEBHOOK_SECRET_FILE"}},
        {"server.publicUrl", {"--public-url", "DAYFLY_PUBLIC_URL"}},
        {"github.url", {"--github-url", "DAYFLY_GITHUB_URL"}},
        {"github.tokenFile", {"--github-token-file", "DAYFLY_GITHUB_TOKEN_FILE"}},
        {"github.appId", {"--github-app-id", "DAYFLY_GITHUB_APP_ID"}},
        {"github.appKeyFile", {"--github-app-key-file", "DAYFLY_GITHUB_APP_KEY_FILE"}},
        {"github.caFile", {"--github-ca-file", "DAYFLY_GITHUB_CA_FILE"}},
        {"github.poll", {"--poll", "DAYFLY_POLL"}},
        {"secretsDirectory", {"--secrets-dir", "DAYFLY_SECRETS_DIR"}},
    };
    return table;
}

std::unexpected<Error> config_problem(std::string const& file, YAML::Node const& node, std::string const& message) {
    auto const mark = node.Mark();
    return failure(ErrorKind::InvalidInput, fmt::format("{}:{}:{}: {}", file, mark.line + 1, mark.column + 1, message));
}

char const* variable_of(Equivalent const& known) {
    return std::string_view(known.variable) == "FLY_ORG" ? organization_variable() : known.variable;
}

/// Whether `command` has the flag, and means the same by it: the simulator's --listen is its own.
bool means_the_same(CLI::App const& command, Equivalent const& known) {
    auto const* option = command.get_option_no_throw(known.flag);
    return option != nullptr && option->get_envname() == variable_of(known);
}

std::string unknown_setting(std::string const& name) {
    std::vector<std::string_view> names{"defaults"};
    for (auto const& [known, equivalent] : equivalents()) {
        names.push_back(known);
        names.push_back(std::string_view(known).substr(0, known.find('.')));
    }
    auto const near = specs::nearest(name, names);
    return near.empty() ? fmt::format("{}: unknown setting", specs::excerpt(name))
                        : fmt::format("{}: unknown setting, did you mean '{}'?", specs::excerpt(name), near);
}

/// Reads one file; the keys of nested maps are joined by dots.
class ConfigReader {
public:
    ConfigReader(std::string const& file, CLI::App const& command) : file_(file), command_(command) {}

    Result<void> read(YAML::Node const& node, std::string const& path) {
        std::set<std::string> seen;
        for (auto const& entry : node) {
            auto const& key = entry.first;
            auto const& value = entry.second;
            if (!key.IsScalar()) return config_problem(file_, key, "a setting's name is text");
            auto const name = path.empty() ? key.Scalar() : path + "." + key.Scalar();
            if (!seen.insert(name).second) return config_problem(file_, key, name + ": it is written twice; keep one of them");
            if (name == "defaults") continue;  // the reader of specs judges them
            auto const known = equivalents().find(name);
            auto const within = equivalents().lower_bound(name + ".");
            bool const holds_known = within != equivalents().end() && within->first.starts_with(name + ".");
            if (known == equivalents().end() && !holds_known) return config_problem(file_, key, unknown_setting(name));
            if (known == equivalents().end() && !value.IsMap() && !value.IsNull())
                return config_problem(file_, value, name + ": a map of settings is wanted");
            auto done = known == equivalents().end() ? read(value, name) : read_value(value, name, known->second);
            if (!done) return done;
        }
        return {};
    }

    std::vector<std::string> take_flags() { return std::move(flags_); }

private:
    Result<void> read_value(YAML::Node const& value, std::string const& name, Equivalent const& known) {
        if (value.IsMap()) return config_problem(file_, value, name + ": it must be a value, not a map");
        bool const counts = means_the_same(command_, known) && !variable_is_set(variable_of(known));
        auto const take = [&](YAML::Node const& one) -> Result<void> {
            if (!one.IsScalar()) return config_problem(file_, one, name + ": a list of plain values is wanted");
            if (counts) flags_.push_back(fmt::format("{}={}", known.flag, one.Scalar()));
            return {};
        };
        if (value.IsScalar()) return take(value);
        for (auto const& one : value) {
            if (auto taken = take(one); !taken) return taken;
        }
        return {};
    }

    std::string const& file_;
    CLI::App const& command_;
    std::vector<std::string> flags_;
};

}  // namespace

bool variable_is_set(char const* name) {
    auto const* value = std::getenv(name);
    return value != nullptr && *value != '\0';
}

char const* organization_variable() {
    return !variable_is_set("FLY_ORG") && variable_is_set("FLY_ORG_ID") ? "FLY_ORG_ID" : "FLY_ORG";
}

Result<std::vector<std::string>> flags_from_config(std::string const& file, CLI::App const& command, Settings& settings) {
    auto text = read_file(file, max_config_bytes);
    if (!text) return failure(std::move(text.error()), "configuration");
    ConfigReader reader(file, command);
    try {
        auto const root = YAML::Load(*text);
        if (root.IsDefined() && !root.IsNull() && !root.IsMap())
            return config_problem(file, root, "the configuration must be a map");
        if (auto read = reader.read(root, ""); !read) return std::unexpected(read.error());
    } catch (YAML::Exception const& e) {
        return failure(ErrorKind::InvalidInput, fmt::format("{}:{}:{}: {}", file, e.mark.line + 1, e.mark.column + 1, e.msg));
    }
    settings.defaults = {{.text = std::move(*text), .file = file, .key = "defaults"}};
    return reader.take_flags();
}

}  // namespace dayfly::cli
