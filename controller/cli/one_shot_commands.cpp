// plan, diff and apply: the engine in-process, once.
#include <fmt/format.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <CLI/CLI.hpp>
#include <cstdio>
#include <deque>
#include <memory>
#include <nlohmann/json.hpp>

#include "controller/base/time_text.h"
#include "controller/cli/commands.h"
#include "controller/cli/engine.h"
#include "controller/cli/exit_code.h"
#include "controller/cli/plan_cost.h"
#include "controller/cli/plan_text.h"
#include "controller/cli/run_loop.h"
#include "controller/cli/specs_input.h"
#include "controller/cli/step_lines.h"

namespace dayfly::cli {
namespace {

constexpr char source_name[] = "files";

reconcile::Environment environment_for(specs::PreviewEnvironment const& spec, plan::Ownership const& ownership) {
    reconcile::Environment environment;
    environment.key = spec.key;
    environment.app = plan::desired_state(spec, ownership, {}).app;
    environment.spec = std::make_shared<specs::PreviewEnvironment const>(spec);
    environment.generation = 1;
    return environment;
}

struct PlanOptions {
    std::vector<std::string> paths;
    std::string output = "text";
    std::string name;
    bool detailed_exitcode = false;
    bool diff = false;
};

Task<int> plan_all(Engine& engine, SpecsInput const& input, PlanOptions const& options) {
    if (auto refreshed = co_await engine.fleet().refresh(); !refreshed) co_return report_of_fly(refreshed.error());
    std::vector<PlannedEnvironment> plans;
    std::deque<Error> errors;  // stable addresses
    int worst = done;
    for (auto const& spec : input.environments) {
        if (!options.name.empty() && spec.key.name != options.name) continue;
        auto environment = environment_for(spec, engine.ownership());
        auto plan = co_await engine.reconciler().preview(environment);
        PlannedEnvironment planned{.organization = engine.ownership().organization, .region = spec.spec.region};
        if (plan) {
            planned.cost_change_per_hour = cost_change(*plan, engine.fleet().observe(environment.app));
            planned.plan = std::move(*plan);
        } else {
            planned.plan.key = spec.key;
            planned.plan.app = environment.app;
            errors.push_back(std::move(plan.error()));
            planned.error = &errors.back();
            worst = worse_of(worst, exit_code_for_spec(errors.back().kind));
        }
        plans.push_back(std::move(planned));
    }
    if (!options.name.empty() && plans.empty()) {
        co_return report({.kind = ErrorKind::NotFound, .message = "no environment named " + options.name + " is in the files"});
    }
    auto const summary = summarize(plans);
    if (options.diff) {
        fmt::print("{}", diff_text(plans));
    } else if (options.output == "json") {
        fmt::print("{}\n", plan_json(plans).dump(2));
    } else {
        fmt::print("{}", options.output == "markdown" ? plan_markdown(plans) : plan_text(plans));
    }
    if (worst != done) co_return worst;
    if (options.diff) co_return summary.changes() || summary.blocked > 0 ? general_failure : done;
    co_return options.detailed_exitcode && (summary.changes() || summary.blocked > 0) ? usage_or_changes : done;
}

int plan(Settings const& settings, PlanOptions const& options) {
    if (!defaults_are_good(settings)) return usage_or_changes;
    auto input = read_specs(options.paths, settings.load_options());
    if (int const code = report_problems(input); code != done) return code;
    boost::asio::io_context context(1);
    auto quiet = settings;
    if (quiet.log_level == "info") quiet.log_level = "warn";
    auto engine = Engine::make(quiet, context, {source_name}, false);
    if (!engine) return report_local(engine.error());
    return run_until_signal(context, plan_all(**engine, input, options));
}

struct ApplyOptions {
    std::vector<std::string> paths;
    std::string timeout = "15m";
};

std::vector<StepLine> steps_of(reconcile::Controller const& controller) {
    std::vector<StepLine> lines;
    for (auto const& [key, environment] : controller.environments()) {
        for (auto const& step : environment.status.steps)
            lines.push_back({.environment = key.name, .step = step.name, .state = step.state, .message = step.message});
    }
    return lines;
}

/// Stalled, or there and applied.
bool at_rest(reconcile::Environment const& environment) {
    auto const& status = environment.status;
    if (reconcile::find_condition(status, "Stalled") != nullptr) return true;
    auto const* sync = reconcile::find_condition(status, "InSync");
    return sync != nullptr && status.observed_generation == environment.generation &&
           reconcile::find_condition(status, "Reconciling") == nullptr;
}

bool has_changed(reconcile::Status const& status) {
    return std::ranges::any_of(
        status.events, [](auto const& event) { return event.reason != "Applied" && !event.warning && event.count > 0; });
}

/// What became of one environment that is not ready.
int exit_code_of(reconcile::Status const& status, bool timed_out_waiting) {
    if (status.failure) {
        if (auto const kind = error_kind_called(status.failure->code)) {
            auto const code = exit_code_for_spec(*kind);
            if (code != general_failure) return code;
        }
    }
    return timed_out_waiting ? timed_out : not_ready;
}

int finish_apply(reconcile::Controller const& controller, bool timed_out_waiting) {
    int worst = done;
    for (auto const& [key, environment] : controller.environments()) {
        auto const& status = environment.status;
        bool const ready = reconcile::is_ready(status);
        auto const result = ready ? (has_changed(status) ? "ready" : "unchanged") : status.failure ? "failed" : "not ready";
        fmt::print("{:<24} {:<9} {}\n", key.name, result,
                   ready            ? status.url
                   : status.failure ? status.failure->message
                                    : status.state);
        if (status.failure && !status.failure->hint.empty()) fmt::print("{:<24} hint      {}\n", "", status.failure->hint);
        if (!ready) worst = worse_of(worst, exit_code_of(status, timed_out_waiting));
    }
    return worst;
}

Task<int> apply_all(Engine& engine, std::shared_ptr<source::Snapshot const> snapshot, Instant::duration limit) {
    using namespace boost::asio::experimental::awaitable_operators;
    // The loop would go on trying with a wrong token; somebody at a terminal wants to know at once.
    if (auto looked = co_await engine.fleet().refresh(); !looked) co_return report_of_fly(looked.error());
    auto& controller = engine.controller();
    auto& clock = engine.clock();
    controller.publish(snapshot, true);
    bool timed_out_waiting = false;
    auto watch = [](reconcile::Controller& watched, Clock& time, Instant end, bool& late) -> Task<void> {
        StepLines lines(Screen::of_standard_output());
        for (;;) {
            fmt::print("{}", lines.update(steps_of(watched)));
            std::fflush(stdout);
            if (std::ranges::all_of(watched.environments(), [](auto const& entry) { return at_rest(entry.second); })) co_return;
            if (time.now() >= end) {
                late = true;
                co_return;
            }
            co_await watched.changed().wait_until(time, end);
        }
    };
    co_await (controller.run() || watch(controller, clock, clock.now() + limit, timed_out_waiting));
    co_return finish_apply(controller, timed_out_waiting);
}

int apply(Settings const& settings, ApplyOptions const& options) {
    auto const limit = duration_of(options.timeout, "--timeout");
    if (!limit) return report_local(limit.error());
    if (!defaults_are_good(settings)) return usage_or_changes;
    auto input = read_specs(options.paths, settings.load_options());
    if (int const code = report_problems(input); code != done) return code;
    if (input.environments.empty())
        return report({.kind = ErrorKind::NotFound, .message = "the files hold no PreviewEnvironment"});
    auto snapshot = std::make_shared<source::Snapshot>();
    snapshot->source = source_name;
    snapshot->complete = true;
    snapshot->environments = std::move(input.environments);

    boost::asio::io_context context(1);
    auto quiet = settings;
    if (quiet.log_level == "info") quiet.log_level = "error";
    auto engine = Engine::make(quiet, context, {source_name}, false);
    if (!engine) return report_local(engine.error());
    return run_until_signal(context, apply_all(**engine, std::move(snapshot), *limit));
}

}  // namespace

void add_plan(CLI::App& app, Settings& settings, Run& run) {
    auto* command = app.add_subcommand("plan", "Wanted against real: what would be created, updated, replaced or deleted");
    add_common(*command, settings);
    add_fly(*command, settings);
    add_engine(*command, settings);
    add_github_url(*command, settings);
    auto options = std::make_shared<PlanOptions>();
    add_files(*command, options->paths);
    command->add_option("-o,--output", options->output, "text | json | markdown")
        ->check(CLI::IsMember({"text", "json", "markdown"}));
    command->add_flag("--detailed-exitcode", options->detailed_exitcode, "Exit 2 when there are changes");
    command->callback([&run, &settings, options] { run = [&settings, options] { return plan(settings, *options); }; });
}

void add_diff(CLI::App& app, Settings& settings, Run& run) {
    auto* command = app.add_subcommand("diff", "Field by field; exit 1 when there are differences");
    add_common(*command, settings);
    add_fly(*command, settings);
    add_engine(*command, settings);
    add_github_url(*command, settings);
    auto options = std::make_shared<PlanOptions>();
    options->diff = true;
    add_files(*command, options->paths);
    command->add_option("NAME", options->name, "Only this environment");
    command->callback([&run, &settings, options] { run = [&settings, options] { return plan(settings, *options); }; });
}

void add_apply(CLI::App& app, Settings& settings, Run& run) {
    auto* command = app.add_subcommand("apply", "Converge once; a second run says unchanged");
    add_common(*command, settings);
    add_fly(*command, settings);
    add_engine(*command, settings);
    add_github_url(*command, settings);
    auto options = std::make_shared<ApplyOptions>();
    add_files(*command, options->paths);
    command->add_flag_callback("--wait", [] {}, "Wait until Ready (always so)");
    command->add_option("--timeout", options->timeout, "How long to wait")->default_str("15m");
    command->callback([&run, &settings, options] { run = [&settings, options] { return apply(settings, *options); }; });
}

}  // namespace dayfly::cli
