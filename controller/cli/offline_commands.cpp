// The commands that need nothing: validate, render, schema, version.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "controller/cli/commands.h"
#include "controller/cli/exit_code.h"
#include "controller/cli/specs_input.h"
#include "controller/fly_rest/bodies.h"
#include "controller/fly_rest/volume_json.h"
#include "controller/github/hosts.h"
#include "controller/plan/desired.h"
#include "controller/reconcile/gate.h"
#include "metrics/catalogue.h"
#include "metrics/document.h"
#include "specs/render.h"

namespace dayfly::cli {
namespace {

using Json = nlohmann::ordered_json;

int validate(Settings const& settings, std::vector<std::string> const& paths) {
    if (!defaults_are_good(settings)) return usage_or_changes;
    auto const input = read_specs(paths, settings.load_options());
    int const code = report_problems(input);
    auto const problems = input.problems.size() + input.unread.size();
    std::printf("%zu file%s, %zu environment%s, %zu problem%s\n", input.files, input.files == 1 ? "" : "s",
                input.environments.size(), input.environments.size() == 1 ? "" : "s", problems, problems == 1 ? "" : "s");
    return code;
}

/// What Fly will be asked for, with secrets as references and without volume ids, which are known only then.
Json requests_of(specs::PreviewEnvironment const& environment, plan::Ownership const& ownership, std::string const& github) {
    auto const desired = plan::desired_state(environment, ownership, {}, {.github = github});
    Json requests = Json::array();
    auto const post = [&](std::string path, fly_rest::Body const& body) {
        requests.push_back({{"POST", std::move(path)}, {"body", Json::parse(body.dump())}});
    };
    auto const inside = "/v1/apps/" + desired.app;
    post("/v1/apps", fly_rest::body_of(fly::CreateApp{
                         .name = desired.app, .organization = desired.ownership.organization, .network = desired.network}));
    for (auto const type : desired.ips) post(inside + "/ip_assignments", fly_rest::body_of(type));
    if (!environment.spec.secrets.empty()) {
        auto values = fly_rest::Body::object();
        for (auto const& secret : environment.spec.secrets) {
            values[secret.name] = !secret.env.empty()    ? "from env " + secret.env
                                  : !secret.file.empty() ? "from file " + secret.file
                                                         : "from secret " + secret.secret + "/" + secret.key;
        }
        post(inside + "/secrets", {{"values", std::move(values)}});
    }
    auto const& region = desired.regions.front();
    for (auto const& machine : desired.machines) {
        if (machine.volume)
            post(inside + "/volumes", fly_rest::to_json(reconcile::volume_request(desired.app, region, *machine.volume)));
    }
    for (auto const& machine : desired.machines) {
        post(inside + "/machines", fly_rest::body_of(fly::CreateMachine{
                                       .app = desired.app, .name = machine.name, .region = region, .config = machine.config}));
    }
    return requests;
}

int render(Settings const& settings, std::vector<std::string> const& paths, std::string const& output) {
    if (!defaults_are_good(settings)) return usage_or_changes;
    auto const github = settings.github_base();
    if (!github) return report_local(github.error());
    auto const input = read_specs(paths, settings.load_options());
    if (int const code = report_problems(input); code != done) return code;
    plan::Ownership const ownership{.organization = settings.organization.empty() ? "ORGANISATION" : settings.organization,
                                    .owner = settings.owner};
    auto items = Json::array();
    for (auto const& environment : input.environments) {
        if (output == "json") {
            auto item = specs::to_json(environment);
            item["flyRequests"] = requests_of(environment, ownership, github::clone_origin(*github));
            items.push_back(std::move(item));
        } else {
            fmt::print("---\n{}# What Fly is asked for:\n", specs::to_yaml(environment));
            auto const text = specs::json_to_yaml(requests_of(environment, ownership, github::clone_origin(*github)));
            for (std::size_t at = 0; at < text.size();) {
                auto const end = text.find('\n', at);
                fmt::print("# {}\n", text.substr(at, end - at));
                at = end == std::string::npos ? text.size() : end + 1;
            }
        }
    }
    if (output == "json") fmt::print("{}\n", items.dump(2));
    return done;
}

}  // namespace

std::string version_text() { return fmt::format("dayfly {} ({})", DAYFLY_VERSION, __VERSION__); }

void add_validate(CLI::App& app, Settings& settings, Run& run) {
    auto* command = app.add_subcommand("validate", "Check files; all errors with file:line:column");
    add_common(*command, settings);
    auto paths = std::make_shared<std::vector<std::string>>();
    add_files(*command, *paths);
    command->callback([&run, &settings, paths] { run = [&settings, paths] { return validate(settings, *paths); }; });
}

void add_render(CLI::App& app, Settings& settings, Run& run) {
    auto* command = app.add_subcommand("render", "The object with every default, and the Fly requests it leads to");
    add_common(*command, settings);
    add_fly(*command, settings);
    add_github_url(*command, settings);
    auto paths = std::make_shared<std::vector<std::string>>();
    auto output = std::make_shared<std::string>("yaml");
    add_files(*command, *paths);
    command->add_option("-o,--output", *output, "yaml | json")->check(CLI::IsMember({"yaml", "json"}));
    command->callback(
        [&run, &settings, paths, output] { run = [&settings, paths, output] { return render(settings, *paths, *output); }; });
}

void add_schema(CLI::App& app, Run& run) {
    auto* command = app.add_subcommand("schema", "The JSON Schema of the YAML, or the reference of all metrics");
    auto of_metrics = std::make_shared<bool>(false);
    command->add_flag("--metrics", *of_metrics, "The metrics instead, as Markdown");
    command->callback([&run, of_metrics] {
        run = [of_metrics] {
            if (*of_metrics) {
                metrics::Catalogue catalogue({.version = DAYFLY_VERSION, .revision = {}, .fly_actions = {}});
                fmt::print("{}", metrics::document(catalogue.collect()));
            } else {
                fmt::print("{}\n", specs::json_schema().dump(2));
            }
            return static_cast<int>(done);
        };
    });
}

void add_version(CLI::App& app, Run& run) {
    auto* command = app.add_subcommand("version", "The program's version");
    command->callback([&run] {
        run = [] {
            fmt::print("{}\n", version_text());
            return static_cast<int>(done);
        };
    });
}

}  // namespace dayfly::cli
