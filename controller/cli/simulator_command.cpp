// `dayfly simulator`: the local Fly API on its own.
#include <fmt/format.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "controller/base/file.h"
#include "controller/cli/commands.h"
#include "controller/cli/exit_code.h"
#include "controller/cli/run_loop.h"
#include "controller/fly_local/local_fly.h"
#include "controller/fly_sim/front.h"
#include "controller/fly_sim/option_table.h"

namespace dayfly::cli {
namespace {

struct SimulatorOptions {
    std::string listen = "127.0.0.1:4280";
    std::vector<std::string> organizations{"personal"};
    std::string token;
    std::string latency = "0s";
    std::string state_file;
    std::string certificate_file;
    std::vector<std::string> assignments;
    std::uint64_t seed = 1;
    bool no_rate_limits = false;
    bool tls = false;
    LocalMachinesSettings local{.runs = fly_local::Runs::None};
};

/// "Every few minutes" (Fly docs, "Autostop and autostart").
constexpr std::chrono::minutes autostop_look{3};
constexpr std::size_t max_state_bytes = 256u << 20;

Result<void> load(fly_sim::Cloud& cloud, std::string const& file, Clock const& clock) {
    auto text = read_file(file, max_state_bytes);
    if (!text) {
        if (text.error().kind == ErrorKind::NotFound) return {};  // the first run
        return std::unexpected(text.error());
    }
    auto const state = nlohmann::json::parse(*text, nullptr, false);
    if (state.is_discarded()) return failure(ErrorKind::InvalidInput, file + ": not the JSON that a simulator wrote");
    if (auto loaded = cloud.load_state(fly_sim::Json::parse(*text), clock.now(), clock.wall()); !loaded) {
        return failure(ErrorKind::InvalidInput, file + ": " + loaded.error());
    }
    return {};
}

/// Beside the file first and renamed then, so that a crash leaves the old state whole.
bool save(fly_sim::Cloud const& cloud, std::string const& file) {
    auto const beside = file + ".new";
    {
        std::ofstream out(beside, std::ios::trunc);
        out << cloud.save_state().dump();
        if (!out.flush()) return false;
    }
    return std::rename(beside.c_str(), file.c_str()) == 0;
}

Task<int> serve(fly_sim::Front& front, fly_local::LocalFly* local) {
    using namespace boost::asio::experimental::awaitable_operators;
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    if (local == nullptr) {
        co_await front.run();
    } else {
        co_await (front.run() && local->run());
    }
    co_return done;
}

int simulate(Settings const& settings, SimulatorOptions const& options) {
    auto const address = listen_address(options.listen, "--listen");
    if (!address) return report_local(address.error());
    auto const latency = duration_of(options.latency, "--latency");
    if (!latency) return report_local(latency.error());

    boost::asio::io_context context(1);
    SystemClock clock;
    Log log(settings.level(), settings.format());
    fly_sim::CloudOptions cloud_options;
    cloud_options.seed = options.seed;
    cloud_options.organisations = options.organizations;
    cloud_options.token = options.token;
    cloud_options.rate_limits.enabled = !options.no_rate_limits;
    cloud_options.timings.autostop_look = autostop_look;
    for (auto const& assignment : options.assignments) {
        if (auto const set = fly_sim::set_option(cloud_options, assignment); !set) {
            return report({.kind = ErrorKind::InvalidInput, .message = "--option " + set.error()});
        }
    }
    fly_sim::Cloud cloud(std::move(cloud_options));
    if (!options.state_file.empty()) {
        if (auto loaded = load(cloud, options.state_file, clock); !loaded) return report_local(loaded.error());
    }
    fly_sim::FrontOptions front_options{.server = {.host = address->host, .port = address->port},
                                        .latency = std::chrono::duration_cast<milliseconds>(*latency)};
    if (options.tls) {
        auto pair = http::make_self_signed();
        if (!pair) return report_local(pair.error());
        front_options.server.certificate_pem = pair->certificate_pem;
        front_options.server.private_key_pem = pair->private_key_pem;
        std::ofstream(options.certificate_file, std::ios::trunc) << pair->certificate_pem;
    }
    fly_sim::Front front(clock, log, cloud, std::move(front_options));
    if (auto listening = front.listen(); !listening) return report_local(listening.error());
    auto const url =
        fmt::format("{}://{}:{}", options.tls ? "https" : "http", options.tls ? "localhost" : address->host, front.port());
    fmt::print("listening on {}\n", url);
    fmt::print("  export FLY_FLAPS_BASE_URL={} FLY_API_BASE_URL={} FLY_API_TOKEN={} FLY_ORG={}\n", url, url,
               options.token.empty() ? "test-token" : "…", options.organizations.front());
    if (options.tls) fmt::print("  export DAYFLY_FLY_CA_FILE={}\n", options.certificate_file);
    std::unique_ptr<fly_local::LocalFly> local;
    if (options.local.runs != fly_local::Runs::None) {
        auto local_options = options.local.options();
        if (!local_options) return report_local(local_options.error());
        // What the state file remembers of volumes has to be there again, too.
        if (local_options->directory.empty() && !options.state_file.empty()) {
            local_options->directory = options.state_file + ".machines";
        }
        local = std::make_unique<fly_local::LocalFly>(context.get_executor(), clock, log, cloud, front.time(),
                                                      std::move(*local_options));
        if (auto opened = local->open(); !opened) return report_local(opened.error());
        fmt::print("previews at {} ({})\n", local->url_for("APP"), local->isolation());
    }
    std::fflush(stdout);
    auto const code = run_until_signal(context, serve(front, local.get()));
    if (!options.state_file.empty() && !save(cloud, options.state_file)) {
        return report_local(
            {.kind = ErrorKind::Unavailable, .message = options.state_file + ": the state could not be written"});
    }
    return code;
}

}  // namespace

void add_simulator(CLI::App& app, Settings& settings, Run& run) {
    auto* command = app.add_subcommand("simulator", "A local Fly API to run against");
    add_common(*command, settings);
    auto options = std::make_shared<SimulatorOptions>();
    command->add_option("--listen", options->listen, "HOST:PORT; port 0 picks one and prints it")->default_str(options->listen);
    command->add_option("--org", options->organizations, "Organisation that the token may use (repeatable)")
        ->default_str("personal")
        ->allow_extra_args(false);
    command->add_option("--token", options->token, "The only token that is accepted (default: any)");
    command->add_option("--latency", options->latency, "Added to every answer")->default_str("0s");
    command->add_option("--state", options->state_file, "File that keeps the state between runs");
    command->add_option("--seed", options->seed, "For ids and all chance")->default_str("1");
    command->add_option("--option", options->assignments, "NAME=VALUE of docs/simulator.md (repeatable)");
    command->add_flag("--no-rate-limits", options->no_rate_limits, "Without Fly's rate limits");
    auto* tls = command->add_flag("--tls", options->tls, "Serve HTTPS with a certificate made now");
    command->add_option("--certificate", options->certificate_file, "Where that certificate is written, for clients to trust")
        ->default_str("dayfly-simulator.pem")
        ->needs(tls);
    options->certificate_file = "dayfly-simulator.pem";
    add_local_machines(*command, options->local);
    command->callback([&run, &settings, options] { run = [&settings, options] { return simulate(settings, *options); }; });
}

}  // namespace dayfly::cli
