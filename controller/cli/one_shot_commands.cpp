// plan, diff and apply: the engine in-process, once.
#include <fmt/format.h>
#include <unistd.h>

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
#include "controller/cli/plan_text.h"
#include "controller/cli/run_loop.h"
#include "controller/cli/specs_input.h"

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

/// What the plan adds to the bill: only things that are created or taken away whole count.
double cost_change(plan::Plan const& plan, plan::Desired const& desired) {
    bool const creates = std::ranges::any_of(plan.stages, [](plan::Stage const& stage) {
        return std::ranges::any_of(
            stage.steps, [](plan::Step const& step) { return std::holds_alternative<plan::CreateApp>(step.operation); });
    });
    return creates ? reconcile::cost_of(desired) : 0;
}

struct PlanOptions {
    std::vector<std::string> paths;
    std::string output = "text";
    std::string name;
    bool detailed_exitcode = false;
    bool diff = false;
};

Task<int> plan_all(Engine& engine, SpecsInput const& input, PlanOptions const& options) {
    if (auto refreshed = co_await engine.fleet().refresh(); !refreshed) co_return report(refreshed.error());
    std::vector<PlannedEnvironment> plans;
    std::deque<Error> errors;  // stable addresses
    int worst = done;
    for (auto const& spec : input.environments) {
        if (!options.name.empty() && spec.key.name != options.name) continue;
        auto environment = environment_for(spec, engine.ownership());
        auto plan = co_await engine.reconciler().preview(environment);
        PlannedEnvironment planned{.organization = engine.ownership().organization, .region = spec.spec.region};
        if (plan) {
            planned.cost_change_per_hour = cost_change(*plan, plan::desired_state(spec, engine.ownership(), {}));
            planned.plan = std::move(*plan);
        } else {
            planned.plan.key = spec.key;
            planned.plan.app = environment.app;
            errors.push_back(std::move(plan.error()));
            planned.error = &errors.back();
            worst = exit_code_for(errors.back().kind);
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
    auto input = read_specs(options.paths, settings.load_options());
    if (!input) return report(input.error());
    if (print_problems(*input)) return invalid_spec;
    boost::asio::io_context context(1);
    auto quiet = settings;
    if (quiet.log_level == "info") quiet.log_level = "warn";
    auto engine = Engine::make(quiet, context, {source_name}, false);
    if (!engine) return report(engine.error());
    return run_until_signal(context, plan_all(**engine, *input, options));
}

struct ApplyOptions {
    std::vector<std::string> paths;
    std::string timeout = "15m";
};

/// Tells about every change of an environment's state, a line each.
class Progress {
public:
    explicit Progress(bool terminal) : terminal_(terminal) {}

    void tell(reconcile::Controller const& controller) {
        for (auto const& [key, environment] : controller.environments()) {
            for (auto const& step : environment.status.steps) {
                if (step.state == "Pending" || step.state == "Skipped") continue;
                auto& told = told_[key.text() + "/" + step.name];
                auto line = fmt::format("{:<8} {:<8} {}", step.name, step.state, step.message);
                if (told == line) continue;
                told = line;
                fmt::print("{:<24} {}{}{}\n", key.name, colour(step.state), line, terminal_ ? "\033[0m" : "");
            }
        }
        std::fflush(stdout);
    }

private:
    [[nodiscard]] std::string_view colour(std::string const& state) const {
        if (!terminal_) return "";
        return state == "Done" ? "\033[32m" : state == "Failed" ? "\033[31m" : "\033[33m";
    }
    bool terminal_;
    std::map<std::string, std::string> told_;
};

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
        if (!ready) worst = timed_out_waiting ? timed_out : not_ready;
    }
    return worst;
}

Task<int> apply_all(Engine& engine, std::shared_ptr<source::Snapshot const> snapshot, Instant::duration limit) {
    using namespace boost::asio::experimental::awaitable_operators;
    // The loop would go on trying with a wrong token; somebody at a terminal wants to know at once.
    if (auto looked = co_await engine.fleet().refresh(); !looked) co_return report(looked.error());
    auto& controller = engine.controller();
    auto& clock = engine.clock();
    controller.publish(snapshot, true);
    bool timed_out_waiting = false;
    auto watch = [](reconcile::Controller& watched, Clock& time, Instant end, bool& late) -> Task<void> {
        Progress progress(::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr);
        for (;;) {
            progress.tell(watched);
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
    if (!limit) return report(limit.error());
    auto input = read_specs(options.paths, settings.load_options());
    if (!input) return report(input.error());
    if (print_problems(*input)) return invalid_spec;
    if (input->environments.empty())
        return report({.kind = ErrorKind::NotFound, .message = "the files hold no PreviewEnvironment"});
    auto snapshot = std::make_shared<source::Snapshot>();
    snapshot->source = source_name;
    snapshot->complete = true;
    snapshot->environments = std::move(input->environments);

    boost::asio::io_context context(1);
    auto quiet = settings;
    if (quiet.log_level == "info") quiet.log_level = "error";
    auto engine = Engine::make(quiet, context, {source_name}, false);
    if (!engine) return report(engine.error());
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
    command->add_option("-f,--file", options->paths, "File, directory or - (repeatable)")->required();
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
    command->add_option("-f,--file", options->paths, "File, directory or - (repeatable)")->required();
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
    command->add_option("-f,--file", options->paths, "File, directory or - (repeatable)")->required();
    command->add_flag("--wait")->description("Wait until Ready (always so)");
    command->add_option("--timeout", options->timeout, "How long to wait")->default_str("15m");
    command->callback([&run, &settings, options] { run = [&settings, options] { return apply(settings, *options); }; });
}

}  // namespace dayfly::cli
