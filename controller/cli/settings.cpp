// See settings.h.
#include "controller/cli/settings.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <ranges>

#include "controller/base/file.h"
#include "controller/base/printable.h"
#include "controller/base/time_text.h"
#include "controller/cli/config_file.h"
#include "metrics/state_families.h"

namespace dayfly::cli {
namespace {

constexpr std::size_t max_token_bytes = 64u << 10;

CLI::Option* option(CLI::App& app, std::string const& flag, auto& value, std::string const& text, char const* variable) {
    auto* added = app.add_option(flag, value, text);
    if (variable != nullptr) added->envname(variable);
    return added;
}

CLI::Option* last(CLI::Option* option) { return option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast); }

/// A variable's value as the field of a spec that it is the default of.
void lay_variable(char const* name, std::initializer_list<char const*> path, specs::LoadOptions& options) {
    if (!variable_is_set(name)) return;
    nlohmann::json field = std::getenv(name);
    for (auto const* key : std::ranges::reverse_view(path)) field = {{key, field}};
    options.defaults.push_back({.text = field.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), .file = name});
}

}  // namespace

bool wants_full_request_log() {
    auto const* value = std::getenv("DEBUG_MACHINE_SETUP");
    return value != nullptr && std::string_view(value) == "true";
}

bool wants_no_colour() { return variable_is_set("NO_COLOR"); }

specs::LoadOptions Settings::load_options() const {
    specs::LoadOptions options{.limits = {}, .defaults = defaults};
    lay_variable("FLY_DEFAULT_REGION", {"region"}, options);
    lay_variable("FLY_DEFAULT_MACHINE_SIZE", {"machine", "size"}, options);
    return options;
}

bool defaults_are_good(Settings const& settings) {
    auto const problems = specs::problems_of_defaults(settings.load_options());
    for (auto const& problem : problems) std::fprintf(stderr, "%s\n", printable(problem.text()).c_str());
    return problems.empty();
}

LogLevel Settings::level() const {
    if (wants_full_request_log()) return LogLevel::Debug;
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

void add_files(CLI::App& app, std::vector<std::string>& paths) {
    // One path a flag: what follows it is the name of an environment.
    app.add_option("-f,--file", paths, "File, directory or - (repeatable)")->required()->allow_extra_args(false);
}

void add_common(CLI::App& app, Settings& settings) {
    app.add_option("--config", settings.config_file, "Configuration file (YAML)")->envname("DAYFLY_CONFIG");
    last(option(app, "--log-level", settings.log_level, "debug | info | warn | error", "DAYFLY_LOG_LEVEL"))
        ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
    last(option(app, "--log-format", settings.log_format, "text | json", "DAYFLY_LOG_FORMAT"))
        ->check(CLI::IsMember({"text", "json"}));
}

void add_fly(CLI::App& app, Settings& settings) {
    last(option(app, "--org", settings.organization, "Fly organisation (slug)", organization_variable()));
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
        ->delimiter(',')
        ->allow_extra_args(false);
    last(option(app, "--workers", settings.workers, "Environments worked on at the same time", "DAYFLY_WORKERS"))
        ->check(CLI::Range(1, 1024));
    last(option(app, "--start-limit", settings.start_limit, "How long a machine may take to start", "DAYFLY_START_LIMIT"));
    last(option(app, "--max-environments", settings.max_environments, "Most environments at the same time",
                "DAYFLY_MAX_ENVIRONMENTS"));
}

void add_controller(CLI::App& app, Settings& settings) {
    option(app, "--source", settings.sources, "dir:PATH or an https:// URL (repeatable)", "DAYFLY_SOURCES")
        ->delimiter(',')
        ->allow_extra_args(false);
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
    auto const address = listen_address(preview_listen, "--preview-listen");
    if (!address) return std::unexpected(address.error());
    return fly_local::LocalFlyOptions{
        .runs = runs, .allow_plain = plain, .directory = directory, .proxy = {.host = address->host, .port = address->port}};
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

Result<ListenAddress> listen_address(std::string const& text, std::string const& flag) {
    auto const colon = text.rfind(':');
    auto const wrong = [&] { return failure(ErrorKind::InvalidInput, fmt::format("{}: '{}' is not HOST:PORT", flag, text)); };
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
