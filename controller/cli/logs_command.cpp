// logs: what an environment's machines wrote, by stage while they come up and after a failure, or as Fly keeps it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <deque>
#include <memory>

#include "controller/cli/api_client.h"
#include "controller/cli/commands.h"
#include "controller/cli/exit_code.h"
#include "controller/http/message.h"

namespace dayfly::cli {
namespace {

using Json = nlohmann::ordered_json;

struct LogsOptions {
    std::string namespace_ = "default";
    std::string name;
    std::string step = "app";
    bool follow = false;
    std::size_t tail = 200;
};

struct Page {
    std::deque<std::string> lines;
    std::string next;
};

Result<Page> ask(Settings const& settings, LogsOptions const& options, std::string const& next) {
    auto path = "/api/v1/environments/" + http::percent_encode(options.namespace_) + "/" + http::percent_encode(options.name) +
                "/logs/" + options.step;
    if (!next.empty()) path += "?next=" + http::percent_encode(next);
    auto answer = ask_controller(settings, "GET", path);
    if (!answer) return std::unexpected(std::move(answer.error()));
    Page page;
    if (answer->contains("lines") && (*answer)["lines"].is_array()) {
        for (auto const& line : (*answer)["lines"]) {
            if (line.is_string()) page.lines.push_back(line.get<std::string>());
        }
    }
    if (answer->contains("next") && (*answer)["next"].is_string()) page.next = (*answer)["next"].get<std::string>();
    return page;
}

int logs(Settings const& settings, LogsOptions const& options) {
    auto page = ask(settings, options, {});
    if (!page) return report(page.error());
    while (page->lines.size() > options.tail) page->lines.pop_front();
    for (;;) {
        for (auto const& line : page->lines) fmt::print("{}\n", line);
        if (!options.follow) return done;
        std::fflush(stdout);
        pause(std::chrono::seconds(2));
        auto const next = page->next;
        page = ask(settings, options, next);
        if (!page) return report(page.error());
        if (page->next.empty()) page->next = next;
    }
}

}  // namespace

void add_logs(CLI::App& app, Settings& settings, Run& run) {
    auto* command = app.add_subcommand("logs", "What its machines wrote; kept after a failure");
    add_common(*command, settings);
    add_server(*command, settings);
    auto options = std::make_shared<LogsOptions>();
    command->add_option("NAME", options->name, "The environment")->required();
    command->add_option("-n,--namespace", options->namespace_, "Its namespace")->default_str("default");
    command->add_option("--step", options->step, "clone, install, build, start: of a git source; app: everything, from Fly")
        ->check(CLI::IsMember({"clone", "install", "build", "start", "app"}))
        ->default_str("app");
    command->add_flag("-f,--follow", options->follow, "Go on with what comes");
    command->add_option("--tail", options->tail, "So many of the last lines")->default_str("200");
    command->callback([&run, &settings, options] { run = [&settings, options] { return logs(settings, *options); }; });
}

}  // namespace dayfly::cli
