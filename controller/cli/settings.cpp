// See settings.h.
#include "controller/cli/settings.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "controller/base/file.h"
#include "controller/base/time_text.h"
#include "metrics/state_families.h"

namespace dayfly::cli {
namespace {

constexpr std::size_t max_config_bytes = 1u << 20;
constexpr std::size_t max_token_bytes = 64u << 10;

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

CLI::Option* option(CLI::App& app, std::string const& flag, auto& value, std::string const& text, char const* variable) {
    auto* added = app.add_option(flag, value, text);
    if (variable != nullptr) added->envname(variable);
    return added;
}

CLI::Option* last(CLI::Option* option) { return option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast); }

std::unexpected<Error> config_problem(std::string const& file, YAML::Node const& node, std::string const& message) {
    auto const mark = node.Mark();
    return failure(ErrorKind::InvalidInput, fmt::format("{}:{}:{}: {}", file, mark.line + 1, mark.column + 1, message));
}

nlohmann::json to_json(YAML::Node const& node) {
    if (node.IsMap()) {
        auto object = nlohmann::json::object();
        for (auto const& entry : node) object[entry.first.as<std::string>()] = to_json(entry.second);
        return object;
    }
    if (node.IsSequence()) {
        auto list = nlohmann::json::array();
        for (auto const& entry : node) list.push_back(to_json(entry));
        return list;
    }
    if (node.IsNull() || !node.IsDefined()) return nullptr;
    // Quoted scalars carry the tag "!": only plain ones are numbers or booleans.
    if (node.Tag() != "!") {
        std::int64_t number = 0;
        auto const& text = node.Scalar();
        if (text == "true" || text == "false") return text == "true";
        if (YAML::convert<std::int64_t>::decode(node, number)) return number;
    }
    return node.Scalar();
}

Result<void> collect(std::string const& file, YAML::Node const& node, std::string const& path, Settings& settings,
                     std::vector<std::string>& flags) {
    for (auto const& entry : node) {
        auto const name = path.empty() ? entry.first.Scalar() : path + "." + entry.first.Scalar();
        auto const& value = entry.second;
        if (name == "defaults") {
            if (!value.IsMap()) return config_problem(file, value, "defaults: it must be a map, a partial spec");
            settings.defaults = to_json(value).dump();
            continue;
        }
        auto const known = equivalents().find(name);
        if (known == equivalents().end()) {
            if (value.IsMap()) {
                if (auto nested = collect(file, value, name, settings, flags); !nested) return nested;
                continue;
            }
            return config_problem(file, entry.first, fmt::format("{}: unknown setting", name));
        }
        if (std::getenv(known->second.variable) != nullptr) continue;
        auto const values = value.IsSequence() ? value : YAML::Load("[]");
        if (value.IsMap()) return config_problem(file, value, fmt::format("{}: it must be a value, not a map", name));
        if (value.IsScalar()) {
            flags.push_back(fmt::format("{}={}", known->second.flag, value.Scalar()));
        } else {
            for (auto const& one : values) {
                if (!one.IsScalar())
                    return config_problem(file, one, fmt::format("{}: a list of plain values is wanted", name));
                flags.push_back(fmt::format("{}={}", known->second.flag, one.Scalar()));
            }
        }
    }
    return {};
}

}  // namespace

LogLevel Settings::level() const {
    if (log_level == "debug") return LogLevel::Debug;
    if (log_level == "warn") return LogLevel::Warn;
    if (log_level == "error") return LogLevel::Error;
    return LogLevel::Info;
}

Result<github::Base> Settings::github_base() const {
    auto base = github::parse_base(github_url);
    if (!base) return failure(std::move(base.error()), "--github-url");
    return base;
}

void add_common(CLI::App& app, Settings& settings) {
    app.add_option("--config", settings.config_file, "Configuration file (YAML)")->envname("DAYFLY_CONFIG");
    last(option(app, "--log-level", settings.log_level, "debug | info | warn | error", "DAYFLY_LOG_LEVEL"))
        ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
    last(option(app, "--log-format", settings.log_format, "text | json", "DAYFLY_LOG_FORMAT"))
        ->check(CLI::IsMember({"text", "json"}));
}

void add_fly(CLI::App& app, Settings& settings) {
    last(option(app, "--org", settings.organization, "Fly organisation (slug)", "FLY_ORG"));
    last(option(app, "--owner", settings.owner, "Whose environments these are", "DAYFLY_OWNER"));
    last(option(app, "--fly-machines-url", settings.machines_url, "Another Fly: its Machines API", "FLY_FLAPS_BASE_URL"));
    last(option(app, "--fly-graphql-url", settings.graphql_url, "Another Fly: its GraphQL API", "FLY_API_BASE_URL"));
    last(option(app, "--fly-token-file", settings.token_file, "File that holds the Fly token", "DAYFLY_FLY_TOKEN_FILE"));
    last(option(app, "--fly-ca-file", settings.fly_ca_file, "PEM bundle to trust for Fly instead of the system's",
                "DAYFLY_FLY_CA_FILE"));
    app.add_flag("--simulate", settings.simulate, "Run against a built-in Fly");
    last(app.add_option("--simulator-latency", settings.simulator_latency, "Latency of each call to the built-in Fly"));
}

void add_engine(CLI::App& app, Settings& settings) {
    last(
        option(app, "--secrets-dir", settings.secrets_directory, "Directory for secrets by `from.file`", "DAYFLY_SECRETS_DIR"));
    option(app, "--allow-secret-env", settings.allowed_secret_env,
           "Variable that specs may refer to (repeatable; NAME or PREFIX*)", "DAYFLY_ALLOW_SECRET_ENV")
        ->delimiter(',');
    last(option(app, "--workers", settings.workers, "Environments worked on at the same time", "DAYFLY_WORKERS"))
        ->check(CLI::Range(1, 1024));
    last(option(app, "--start-limit", settings.start_limit, "How long a machine may take to start", "DAYFLY_START_LIMIT"));
    last(option(app, "--max-environments", settings.max_environments, "Most environments at the same time",
                "DAYFLY_MAX_ENVIRONMENTS"));
}

void add_controller(CLI::App& app, Settings& settings) {
    option(app, "--source", settings.sources, "dir:PATH or an https:// URL (repeatable)", "DAYFLY_SOURCES")->delimiter(',');
    last(option(app, "--source-token-file", settings.source_token_file, "Bearer token for endpoint sources",
                "DAYFLY_SOURCE_TOKEN_FILE"));
    last(option(app, "--source-ca-file", settings.source_ca_file, "PEM bundle to trust for endpoint sources",
                "DAYFLY_SOURCE_CA_FILE"));
    last(option(app, "--listen", settings.listen, "HOST:PORT of the controller's own server", "DAYFLY_LISTEN"));
    last(option(app, "--api-token-file", settings.api_token_file, "Bearer token for writing calls", "DAYFLY_API_TOKEN_FILE"));
    last(option(app, "--resync", settings.resync, "Between two looks at the whole organisation", "DAYFLY_RESYNC"));
    last(option(app, "--audit", settings.audit, "Between two looks at all addresses and secret names; 0s: never",
                "DAYFLY_AUDIT"));
    last(option(app, "--delete-max-count", settings.delete_max_count, "So many removals at once are always fine",
                "DAYFLY_DELETE_MAX_COUNT"));
    last(option(app, "--delete-max-percent", settings.delete_max_percent, "And so many percent of all environments",
                "DAYFLY_DELETE_MAX_PERCENT"))
        ->check(CLI::Range(0, 100));
    last(option(app, "--environment-series", settings.environment_series,
                "Environments with series of their own in /metrics; 0: totals only", "DAYFLY_ENVIRONMENT_SERIES"))
        ->check(CLI::Range(std::size_t{0}, metrics::max_environments_with_series));
    app.add_flag("--dry-run", settings.dry_run, "Plan and write nothing");
    app.add_flag("--until-ready", settings.until_ready, "Exit 0 when every environment is Ready");
}

void add_local_machines(CLI::App& app, LocalMachinesSettings& local) {
    static std::map<std::string, fly_local::Runs> const words{
        {"none", fly_local::Runs::None}, {"local", fly_local::Runs::LocalRepositories}, {"all", fly_local::Runs::All}};
    last(app.add_option("--run-machines", local.runs,
                        "Which git-sourced machines of the simulated Fly really run here: none | local (repositories on this "
                        "computer) | all"))
        ->transform(CLI::CheckedTransformer(words).description("{none,local,all}"));
    app.add_flag("--plain-machines", local.plain, "Without bubblewrap, run them as plain processes: no isolation");
    last(app.add_option("--machines-dir", local.directory, "Keep their disks here instead of in a temporary folder"));
    last(app.add_option("--preview-listen", local.preview_listen,
                        "HOST:PORT of the proxy that serves http://APP.localhost:PORT/; port 0 picks one"))
        ->envname("DAYFLY_PREVIEW_LISTEN");
}

void add_github_url(CLI::App& app, Settings& settings) {
    last(option(app, "--github-url", settings.github_url, "Another GitHub: https://HOST/api/v3", "DAYFLY_GITHUB_URL"));
}

void add_github(CLI::App& app, Settings& settings) {
    add_github_url(app, settings);
    last(option(app, "--github-token-file", settings.github_token_file,
                "File that holds the GitHub token (default: GITHUB_TOKEN, GH_TOKEN)", "DAYFLY_GITHUB_TOKEN_FILE"));
    last(option(app, "--github-app-id", settings.github_app_id, "Ask as this GitHub App", "DAYFLY_GITHUB_APP_ID"));
    last(option(app, "--github-app-key-file", settings.github_app_key_file, "File that holds the app's private key (PEM)",
                "DAYFLY_GITHUB_APP_KEY_FILE"));
    last(option(app, "--github-ca-file", settings.github_ca_file,
                "PEM bundle to trust for GitHub and Git servers instead of the system's", "DAYFLY_GITHUB_CA_FILE"));
}

void add_following(CLI::App& app, Settings& settings) {
    last(option(app, "--poll", settings.poll, "Between two looks at a git repository", "DAYFLY_POLL"));
    app.add_flag("--allow-local-repositories", settings.allow_local_repositories,
                 "Take repositories from file:// and loopback; --simulate does")
        ->envname("DAYFLY_ALLOW_LOCAL_REPOSITORIES");
    last(option(app, "--forks", settings.forks, "Whose forks' commits may run: never | approved | members", "DAYFLY_FORKS"))
        ->check(CLI::IsMember({"never", "approved", "members"}));
    last(option(app, "--webhook-secret-file", settings.webhook_secret_file,
                "Secrets of GitHub's webhook, one a line, two while one is replaced", "DAYFLY_WEBHOOK_SECRET_FILE"));
    last(option(app, "--public-url", settings.public_url, "URL under which people reach this controller, for links",
                "DAYFLY_PUBLIC_URL"));
}

void add_server(CLI::App& app, Settings& settings) {
    last(option(app, "--server", settings.server, "URL of the controller", "DAYFLY_SERVER"));
    last(option(app, "--api-token-file", settings.api_token_file, "Bearer token for writing calls", "DAYFLY_API_TOKEN_FILE"));
}

Result<fly_local::LocalFlyOptions> LocalMachinesSettings::options() const {
    auto const address = listen_address(preview_listen);
    if (!address) return std::unexpected(address.error());
    return fly_local::LocalFlyOptions{
        .runs = runs, .allow_plain = plain, .directory = directory, .proxy = {.host = address->host, .port = address->port}};
}

Result<std::vector<std::string>> flags_from_config(std::string const& file, Settings& settings) {
    auto text = read_file(file, max_config_bytes);
    if (!text) return failure(std::move(text.error()), "configuration");
    std::vector<std::string> flags;
    try {
        auto const root = YAML::Load(*text);
        if (!root.IsDefined() || root.IsNull()) return flags;
        if (!root.IsMap()) return config_problem(file, root, "the configuration must be a map");
        if (auto collected = collect(file, root, "", settings, flags); !collected) return std::unexpected(collected.error());
    } catch (YAML::Exception const& e) {
        return failure(ErrorKind::InvalidInput, fmt::format("{}:{}:{}: {}", file, e.mark.line + 1, e.mark.column + 1, e.msg));
    }
    return flags;
}

Result<Secret> fly_token(Settings const& settings) {
    if (!settings.token_file.empty()) {
        auto text = read_file(settings.token_file, max_token_bytes);
        if (!text) return failure(std::move(text.error()), "Fly token");
        while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
        return Secret(std::move(*text));
    }
    for (auto const* name : {"FLY_ACCESS_TOKEN", "FLY_API_TOKEN", "FLY_IO_TOKEN", "NEXT_FLY_IO_TOKEN"}) {
        if (auto const* value = std::getenv(name); value != nullptr && *value != '\0') return Secret(value);
    }
    return failure(ErrorKind::Unauthenticated, "no Fly token is set",
                   "Set FLY_API_TOKEN to the output of `fly tokens create org`, or try --simulate.");
}

Result<std::chrono::nanoseconds> duration_of(std::string const& text, std::string const& flag) {
    if (auto const duration = parse_duration(text)) return *duration;
    return failure(ErrorKind::InvalidInput, fmt::format("{}: '{}' is not a duration; write it like 30s or 5m", flag, text));
}

Result<ListenAddress> listen_address(std::string const& text) {
    auto const colon = text.rfind(':');
    auto const wrong = [&] { return failure(ErrorKind::InvalidInput, fmt::format("--listen: '{}' is not HOST:PORT", text)); };
    if (colon == std::string::npos || colon + 1 == text.size() || text.size() - colon > 6) return wrong();
    unsigned port = 0;
    for (char const c : text.substr(colon + 1)) {
        if (c < '0' || c > '9') return wrong();
        port = port * 10 + static_cast<unsigned>(c - '0');
    }
    if (port > 65535) return wrong();
    auto host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (host.empty()) host = "0.0.0.0";
    return ListenAddress{host, static_cast<std::uint16_t>(port)};
}

}  // namespace dayfly::cli
