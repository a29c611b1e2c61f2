// `dayfly probe`: one question to a running controller and an exit code, for health checks where there is no shell and no curl.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "controller/cli/api_client.h"
#include "controller/cli/commands.h"
#include "controller/cli/exit_code.h"

namespace dayfly::cli {
namespace {

int probe(Settings const& settings, std::string const& path) {
    auto const response = send_to_controller(settings, "GET", "/" + path);
    if (!response) return report(response.error());
    if (response->status == 200) {
        fmt::print("{}: ok\n", path);
        return done;
    }
    // The first line is enough: whatever answers there may not be a controller.
    fmt::print(stderr, "{}: {} {}\n", path, response->status,
               response->body.substr(0, response->body.find('\n')).substr(0, 500));
    return not_ready;
}

}  // namespace

void add_probe(CLI::App& app, Settings& settings, Run& run) {
    auto* command = app.add_subcommand("probe", "Ask a running controller whether it is well");
    add_common(*command, settings);
    add_server(*command, settings);
    auto path = std::make_shared<std::string>("livez");
    command->add_option("PROBE", *path, "livez | readyz | startupz | metrics")
        ->default_str(*path)
        ->check(CLI::IsMember({"livez", "readyz", "startupz", "metrics"}));
    command->callback([&run, &settings, path] { run = [&settings, path] { return probe(settings, *path); }; });
}

}  // namespace dayfly::cli
