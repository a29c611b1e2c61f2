// Everything that can be set, from flags, environment and configuration file, in that order of precedence.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/base/log.h"
#include "controller/base/result.h"
#include "controller/base/secret.h"
#include "controller/fly_local/local_fly.h"
#include "controller/github/transport.h"
#include "specs/load.h"

namespace CLI {
class App;
}

namespace dayfly::cli {

/// How a simulated Fly's machines are real on this computer.
struct LocalMachinesSettings {
    fly_local::Runs runs = fly_local::Runs::LocalRepositories;
    bool plain = false;
    std::string directory;
    std::string preview_listen = "127.0.0.1:8081";

    [[nodiscard]] Result<fly_local::LocalFlyOptions> options() const;
};

struct Settings {
    // Everybody's.
    std::string organization;
    std::string owner = "default";
    std::string config_file;
    std::string log_level = "info";
    std::string log_format = "text";

    // Fly.
    std::string machines_url;
    std::string graphql_url;
    std::string token_file;
    std::string fly_ca_file;
    bool simulate = false;
    std::string simulator_latency = "0s";

    LocalMachinesSettings local;  ///< of the built-in Fly

    // Specs.
    std::vector<specs::PartialSpec> defaults;  ///< of the configuration file

    // Git repositories.
    std::string github_url = "https://api.github.com";
    std::string github_token_file;
    std::string github_app_id;
    std::string github_app_key_file;
    std::string github_ca_file;
    std::string poll = "30s";
    bool allow_local_repositories = false;
    std::string forks = "never";      ///< never | approved | members
    std::string webhook_secret_file;  ///< "": there is no hook
    std::string public_url;           ///< of the controller, for links that GitHub shows

    // The controller.
    std::vector<std::string> sources;
    std::string source_token_file;
    std::string source_ca_file;
    std::string listen = "127.0.0.1:8080";
    std::string api_token_file;
    std::string resync = "30s";
    std::string audit = "10m";
    std::size_t workers = 64;
    std::string start_limit = "5m";
    std::size_t delete_max_count = 3;
    std::size_t delete_max_percent = 30;
    std::size_t max_environments = 10'000;
    std::size_t environment_series = 5'000;
    std::string secrets_directory;
    std::vector<std::string> allowed_secret_env;
    bool dry_run = false;
    bool until_ready = false;

    // The client of a controller.
    std::string server = "http://127.0.0.1:8080";

    /// --log-level; debug when all requests to Fly are to be logged.
    [[nodiscard]] LogLevel level() const;
    /// Which GitHub is meant; InvalidInput that names the flag.
    [[nodiscard]] Result<github::Base> github_base() const;
    [[nodiscard]] LogFormat format() const { return log_format == "json" ? LogFormat::Json : LogFormat::Text; }
    /// With the defaults of the configuration file and, under them, FLY_DEFAULT_REGION and FLY_DEFAULT_MACHINE_SIZE.
    [[nodiscard]] specs::LoadOptions load_options() const;
};

void add_common(CLI::App& app, Settings& settings);
/// -f: the specs that a command is about.
void add_files(CLI::App& app, std::vector<std::string>& paths);
void add_fly(CLI::App& app, Settings& settings);
void add_engine(CLI::App& app, Settings& settings);
void add_controller(CLI::App& app, Settings& settings);
/// Which GitHub "owner/name" means; add_github() has it too.
void add_github_url(CLI::App& app, Settings& settings);
void add_github(CLI::App& app, Settings& settings);
void add_following(CLI::App& app, Settings& settings);
void add_server(CLI::App& app, Settings& settings);
void add_local_machines(CLI::App& app, LocalMachinesSettings& local);

/// DEBUG_MACHINE_SETUP=true: every request to Fly and its answer are logged, secrets masked.
[[nodiscard]] bool wants_full_request_log();

/// Whether NO_COLOR asks for text without colours: set, and not to nothing (no-color.org).
[[nodiscard]] bool wants_no_colour();

/// Prints what is wrong with the defaults that are laid under each object; true when nothing is.
[[nodiscard]] bool defaults_are_good(Settings const& settings);

/// The Fly token: --fly-token-file, else FLY_ACCESS_TOKEN, FLY_API_TOKEN (flyctl's order), FLY_IO_TOKEN, NEXT_FLY_IO_TOKEN.
[[nodiscard]] Result<Secret> fly_token(Settings const& settings);

/// A positive duration, or InvalidInput that names the flag.
[[nodiscard]] Result<std::chrono::nanoseconds> duration_of(std::string const& text, std::string const& flag);

/// "127.0.0.1:8080", "[::1]:8080", ":8080".
struct ListenAddress {
    std::string host;
    std::uint16_t port = 0;
};
[[nodiscard]] Result<ListenAddress> listen_address(std::string const& text, std::string const& flag);

}  // namespace dayfly::cli
