// `dayfly controller`: the loop with its sources and its own server.
#include <fmt/format.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "controller/base/file.h"
#include "controller/base/log_sink.h"
#include "controller/cli/commands.h"
#include "controller/cli/engine.h"
#include "controller/cli/exit_code.h"
#include "controller/cli/following.h"
#include "controller/cli/github_link.h"
#include "controller/cli/run_loop.h"
#include "controller/http/server.h"
#include "controller/source/directory_source.h"
#include "controller/source/endpoint_source.h"

namespace dayfly::cli {
namespace {

using Sources = std::vector<std::unique_ptr<source::Source>>;

/// For the log: whose cloud account this is about.
std::string fly_name(Settings const& settings) {
    if (settings.simulate) return "built-in";
    return settings.machines_url.empty() ? "api.machines.dev" : settings.machines_url;
}

Result<std::unique_ptr<source::Source>> make_source(std::string const& text, Settings const& settings, Clock& clock, Log& log,
                                                    Random& random) {
    if (source::is_endpoint(text)) {
        source::EndpointOptions options{.url = text,
                                        .fetch = {.token_file = settings.source_token_file, .ca_file = settings.source_ca_file},
                                        .load = settings.load_options()};
        if (auto checked = options.check(); !checked) return std::unexpected(checked.error());
        return std::make_unique<source::EndpointSource>(clock, random, log, std::move(options));
    }
    auto const path = text.starts_with("dir:") ? text.substr(4) : text;
    if (path.empty()) return failure(ErrorKind::InvalidInput, "--source: no path is given; write dir:PATH or an https:// URL");
    source::DirectoryOptions options{.path = path, .load = settings.load_options()};
    if (auto checked = options.check(); !checked) return std::unexpected(checked.error());
    return std::make_unique<source::DirectorySource>(clock, log, std::move(options));
}

Task<void> run_source(source::Source& source, reconcile::Controller& controller) {
    return source.run([&controller](std::shared_ptr<source::Snapshot const> const& snapshot, bool changed) {
        controller.publish(snapshot, changed);
    });
}

/// All sources side by side, until cancelled.
Task<void> run_sources(Sources const& sources, std::size_t first, reconcile::Controller& controller) {
    using namespace boost::asio::experimental::awaitable_operators;
    if (first + 1 == sources.size()) {
        co_await run_source(*sources[first], controller);
    } else {
        co_await (run_source(*sources[first], controller) && run_sources(sources, first + 1, controller));
    }
}

Task<int> until_ready(reconcile::Controller& controller, Clock& clock, bool wanted) {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    auto const state = co_await boost::asio::this_coro::cancellation_state;
    while (state.cancelled() == boost::asio::cancellation_type::none) {
        if (wanted && controller.all_ready()) {
            for (auto const& [key, environment] : controller.environments()) {
                fmt::print("{:<28} {:<9} {}\n", key.name, environment.status.state, environment.status.usable_url());
            }
            std::fflush(stdout);
            co_return done;
        }
        co_await controller.changed().wait_until(clock, clock.now() + std::chrono::hours(1));
    }
    co_return wanted ? not_ready : done;
}

Task<int> run_all_parts(Engine& engine, Following& following, GithubLink& github, Sources const& sources, http::Server& server,
                        bool stop_when_ready) {
    using namespace boost::asio::experimental::awaitable_operators;
    auto& controller = engine.controller();
    auto const ended = co_await (until_ready(controller, engine.clock(), stop_when_ready) ||
                                 (controller.run() && following.run() && github.run() && run_sources(sources, 0, controller) &&
                                  server.run() && engine.run_simulation()));
    co_return ended.index() == 0 ? std::get<0>(ended) : done;
}

int controller(Settings const& settings) {
    auto address = listen_address(settings.listen, "--listen");
    if (!address) return report_local(address.error());
    if (settings.sources.empty()) {
        return report_local({.kind = ErrorKind::InvalidInput,
                             .message = "no source is given",
                             .hint = "Give --source dir:PATH or --source https://…"});
    }
    if (!defaults_are_good(settings)) return usage_or_changes;
    Secret api_token;
    if (!settings.api_token_file.empty()) {
        auto text = read_file(settings.api_token_file, 64u << 10);
        if (!text) return report_local(text.error());
        while (text->ends_with('\n')) text->pop_back();
        api_token = Secret(std::move(*text));
    }

    boost::asio::io_context context(1);
    // The sources are named before the loop exists: it waits for each of them.
    SystemClock source_clock;
    metrics::Catalogue* counting = nullptr;
    Log source_log(settings.level(), settings.format(),
                   [&counting, sink = standard_error_sink(settings.format())](LogLevel level, std::string const& line) {
                       if (counting != nullptr) counting->log_message(word_for(level));
                       sink(level, line);
                   });
    auto random = Random::from_system();
    Sources sources;
    std::set<std::string> names;
    std::vector<source::Source*> views;
    for (auto const& text : settings.sources) {
        auto source = make_source(text, settings, source_clock, source_log, random);
        if (!source) return report_local(source.error());
        if (!names.insert((*source)->name()).second) {
            return report_local({.kind = ErrorKind::InvalidInput, .message = "--source " + text + " is given twice"});
        }
        views.push_back(source->get());
        sources.push_back(std::move(*source));
    }
    auto engine = Engine::make(settings, context, std::move(names), true);
    if (!engine) return report_local(engine.error());
    counting = &(*engine)->metrics();

    auto following = Following::make(settings, **engine, context);
    if (!following) return report_local(following.error());
    auto github = GithubLink::make(settings, **engine, **following, context);
    if (!github) return report_local(github.error());

    auto const resync = duration_of(settings.resync, "--resync");
    server::ControllerServer surface((*engine)->controller(), views, (*engine)->metrics(), (*engine)->clock(),
                                     {.token = std::move(api_token),
                                      .loopback_only = http::is_loopback(address->host),
                                      .resync = std::chrono::ceil<std::chrono::seconds>(*resync),
                                      .github_hook = (*github)->hook(),
                                      .approve_fork = [&github](specs::Key const& key, std::string const& commit) {
                                          return (*github)->approve(key, commit);
                                      }});
    http::Server server((*engine)->clock(), (*engine)->log(), {.host = address->host, .port = address->port},
                        [&surface](http::Request request) { return surface.handle(std::move(request)); });
    if (auto listening = server.listen(); !listening) return report_local(listening.error());
    (*engine)->log().info("controller", {{"version", DAYFLY_VERSION},
                                         {"organisation", (*engine)->ownership().organization},
                                         {"owner", (*engine)->ownership().owner},
                                         {"fly", fly_name(settings)},
                                         {"listen", fmt::format("http://{}:{}", address->host, server.port())}});
    auto const code =
        run_until_signal(context, run_all_parts(**engine, **following, **github, sources, server, settings.until_ready));
    (*engine)->log().info("stopped", {{"code", std::to_string(code)}});
    return code;
}

}  // namespace

void add_controller_command(CLI::App& app, Settings& settings, Run& run) {
    auto* command = app.add_subcommand("controller", "Keep environments equal to the specs of one or more sources");
    add_common(*command, settings);
    add_fly(*command, settings);
    add_engine(*command, settings);
    add_controller(*command, settings);
    add_local_machines(*command, settings.local);
    add_github(*command, settings);
    add_following(*command, settings);
    command->callback([&run, &settings] { run = [&settings] { return controller(settings); }; });
}

}  // namespace dayfly::cli
