// See commands.h: the command line as a whole.
#include <sys/resource.h>

#include <algorithm>
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "controller/cli/commands.h"
#include "controller/cli/config_file.h"
#include "controller/cli/exit_code.h"
#include "specs/nearest.h"
#include "specs/node.h"

namespace dayfly::cli {
namespace {

/// Every environment that starts at the same time is a connection of its own; the usual soft limit of 1024 is too low.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

struct Parser {
    Settings settings;
    Run run;
    CLI::App app{"Dayfly keeps preview environments on Fly.io equal to YAML files.", "dayfly"};

    Parser() {
        app.set_version_flag("--version", version_text());
        app.require_subcommand(1);
        app.fallthrough(false);
        app.option_defaults()->always_capture_default(false);
        add_controller_command(app, settings, run);
        add_validate(app, settings, run);
        add_render(app, settings, run);
        add_plan(app, settings, run);
        add_diff(app, settings, run);
        add_apply(app, settings, run);
        add_init(app, settings, run);
        add_get(app, settings, run);
        add_describe(app, settings, run);
        add_logs(app, settings, run);
        add_reconcile(app, settings, run);
        add_lifecycle(app, settings, run);
        add_approve(app, settings, run);
        add_approve_deletes(app, settings, run);
        add_probe(app, settings, run);
        add_simulator(app, settings, run);
        add_schema(app, run);
        add_version(app, run);
    }

    /// CLI11 wants the arguments backwards.
    void parse(std::vector<std::string> arguments) {
        // All commands write into the same settings, and CLI11 reads the environment for each of them: the variables of a
        // command that nobody asked for would beat the flags of the one that somebody did.
        for (auto* command : app.get_subcommands([](CLI::App*) { return true; })) {
            if (!arguments.empty() && command->check_name(arguments.front())) continue;
            for (auto* option : command->get_options()) option->envname("");
        }
        std::ranges::reverse(arguments);
        app.parse(std::move(arguments));
    }
};

/// With --config: the file's values go right behind the command's name, where later flags beat them.
Result<std::vector<std::string>> with_config(std::vector<std::string> arguments, CLI::App const& command, Settings& settings) {
    auto flags = flags_from_config(settings.config_file, command, settings);
    if (!flags) return std::unexpected(flags.error());
    arguments.insert(arguments.begin() + 1, flags->begin(), flags->end());
    return arguments;
}

/// `help`, `help VERB`: what people try first.
std::vector<std::string> without_help_verb(std::vector<std::string> arguments) {
    if (arguments.empty() || arguments.front() != "help") return arguments;
    if (arguments.size() == 1) return {"--help"};
    return {arguments[1], "--help"};
}

/// Says which word is no verb, which the parser's own "a subcommand is required" does not; true when there is one.
bool refuses_verb(std::vector<std::string> const& arguments, CLI::App& app) {
    if (arguments.empty() || arguments.front().starts_with('-')) return false;
    std::vector<std::string> names;
    for (auto const* command : app.get_subcommands([](CLI::App*) { return true; })) names.push_back(command->get_name());
    if (std::ranges::find(names, arguments.front()) != names.end()) return false;
    std::vector<std::string_view> const views(names.begin(), names.end());
    auto const near = specs::nearest(arguments.front(), views);
    auto const remedy = near.empty() ? std::string("`dayfly --help` lists them") : "did you mean '" + std::string(near) + "'?";
    std::fprintf(stderr, "dayfly: '%s' is no verb; %s\n", specs::excerpt(arguments.front()).c_str(), remedy.c_str());
    return true;
}

}  // namespace

int run_command_line(int argc, char const* const* argv) {
    raise_descriptor_limit();
    auto const arguments = without_help_verb({argv + 1, argv + argc});
    auto parser = std::make_unique<Parser>();
    if (refuses_verb(arguments, parser->app)) return usage_or_changes;
    try {
        parser->parse(arguments);
        if (!parser->settings.config_file.empty()) {
            auto configured = std::make_unique<Parser>();
            configured->settings.config_file = parser->settings.config_file;
            auto all = with_config(arguments, *parser->app.get_subcommands().front(), configured->settings);
            if (!all) return report_local(all.error());
            configured->parse(std::move(*all));
            parser = std::move(configured);
        }
        return parser->run ? parser->run() : usage_or_changes;
    } catch (CLI::Success const& e) {  // --help and --version
        parser->app.exit(e);
        return done;
    } catch (CLI::ParseError const& e) {
        parser->app.exit(e);
        return usage_or_changes;
    } catch (std::exception const& e) {
        std::fprintf(stderr, "dayfly: a bug: %s\n", e.what());
        return general_failure;
    }
}

}  // namespace dayfly::cli
