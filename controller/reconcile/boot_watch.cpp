// Following a git source's machine beside the passes: its program is asked how far it is until it is up or has failed, and how
// that ended is written on the machine, so that it is neither asked nor tried again.
#include <algorithm>

#include "controller/boot/program.h"
#include "controller/plan/marks.h"
#include "controller/reconcile/boot_status.h"
#include "controller/reconcile/controller.h"

namespace dayfly::reconcile {
namespace {

constexpr unsigned report_lines = 200;
constexpr std::size_t failure_lines = 50;
constexpr seconds first_pause{2};
constexpr seconds longest_pause{10};
constexpr unsigned refusals = 5;  ///< answers in a row that the token may not ask; then what Fly itself tells has to do

}  // namespace

Environment* Controller::still_awaited(specs::Key const& key, Awaited const& awaited) {
    auto const found = environments_.find(key);
    if (stopping_ || found == environments_.end() || found->second.removing || found->second.app != awaited.app) return nullptr;
    for (auto const& machine : fleet_.observe(awaited.app).machines) {
        if (machine.id == awaited.id) return machine.version == awaited.version ? &found->second : nullptr;
    }
    return nullptr;
}

Warrant Controller::warrant_of(specs::Key const& key, std::string const& app) const {
    return {.key = key, .ownership = options_.ownership, .app = app};
}

Task<Result<std::optional<BootFailure>>> Controller::await_booted(specs::Key key, Awaited awaited) {
    auto const watch = *awaited.boot;
    auto const end = clock_.now() + watch.limit;
    auto* environment = still_awaited(key, awaited);
    if (environment == nullptr) co_return failure(ErrorKind::Cancelled, "it is not awaited any more");
    auto const secrets = reconciler_.secrets_of(*environment);
    bool const shown = awaited.machine == "web-0";
    if (shown) begin_boot(environment->status, clock_.wall());

    std::string from = "clone";
    unsigned refused = 0;
    for (auto pause = first_pause; clock_.now() < end; pause = std::min(pause + seconds(1), longest_pause)) {
        auto progress = co_await gate_.ask_progress({.app = awaited.app, .id = awaited.id},
                                                    boot::report_command(watch.environment, report_lines, from),
                                                    warrant_of(key, awaited.app));
        environment = still_awaited(key, awaited);
        if (environment == nullptr) co_return failure(ErrorKind::Cancelled, "it is not awaited any more");
        BootVerdict verdict;
        if (progress) {
            refused = 0;
            if (shown) show_progress(environment->status, *progress, secrets, clock_.wall());
            changed_.notify();
            verdict = judge_boot(*progress, watch, awaited.machine);
            if (progress->current) {
                auto const word = std::string(boot::to_string(*progress->current));
                if (word != from) pause = first_pause;
                from = word;
            }
        } else {
            if (progress.error().kind == ErrorKind::Forbidden && ++refused >= refusals) {
                add_event(environment->status, true, "ProgressUnknown", progress.error().message, clock_.wall());
                co_return std::nullopt;
            }
            auto machine = co_await reader_.get_machine({.app = awaited.app, .id = awaited.id});
            environment = still_awaited(key, awaited);
            if (environment == nullptr) co_return failure(ErrorKind::Cancelled, "it is not awaited any more");
            if (!machine && machine.error().kind == ErrorKind::NotFound) co_return std::unexpected(std::move(machine.error()));
            if (machine) verdict = judge_end(*machine, watch);
            if (machine && !verdict.failure && !verdict.up && plan::is_resting(machine->state)) {
                // Somebody put it to sleep meanwhile: that is no failure, and it goes on when it wakes.
                fleet_.machine_written(awaited.app, *machine);
                co_return failure(ErrorKind::Cancelled, "machine " + awaited.machine + " was stopped");
            }
        }
        if (verdict.up) co_return std::nullopt;
        if (verdict.failure) {
            bool const complete = progress.has_value();
            co_return co_await with_log(key, awaited, std::move(verdict), complete);
        }
        co_await clock_.sleep_for(pause);
    }
    co_return BootFailure{
        .reason = "Timeout",
        .message = "machine " + awaited.machine + " is not up after " + std::to_string(watch.limit.count()) + " s",
        .hint = std::string(boot_failure_hint("Timeout"))};
}

Task<BootFailure> Controller::with_log(specs::Key key, Awaited awaited, BootVerdict verdict, bool complete) {
    auto const stage = verdict.failed.value_or(boot::Stage::Start);
    std::vector<std::string> output;
    if (!complete) {
        // The machine cannot be asked any more; what it wrote is kept at Fly for a while.
        auto page = co_await app_logs(key, {});
        if (page) {
            for (auto& line : page->lines) {
                if (line.instance == awaited.id) output.push_back(std::move(line.message));
            }
        } else {
            log_.debug("logs", {{"env", key.text()}, {"error", page.error().message}});
        }
    }
    auto const found = environments_.find(key);
    auto told_of = std::move(*verdict.failure);
    if (found == environments_.end()) co_return told_of;
    auto& environment = found->second;
    auto& log = environment.status.logs[std::string(boot::to_string(stage))];
    if (auto const told = lines_of(stage, output); !told.empty()) {
        log.lines.clear();
        take_lines(log, told);
    }
    auto const& lines = log.lines;
    told_of.lines.assign(lines.end() - static_cast<std::ptrdiff_t>(std::min(lines.size(), failure_lines)), lines.end());
    set_step(environment.status, step_of_stage(stage), "Failed", told_of.message, clock_.wall());
    co_return told_of;
}

Task<Result<fly::LogPage>> Controller::app_logs(specs::Key key, std::string next_token) {
    auto const known = environments_.find(key);
    if (known == environments_.end()) co_return failure(ErrorKind::NotFound, "environment " + key.text() + " is not known");
    auto const secrets = reconciler_.secrets_of(known->second);
    auto page = co_await reader_.logs({.app = known->second.app, .next_token = std::move(next_token)});
    if (!page) co_return std::unexpected(std::move(page.error()));
    for (auto& line : page->lines) line.message = shown_line(line.message, secrets);
    std::erase_if(page->lines, [](auto const& line) { return line.message.empty(); });
    co_return page;
}

Task<void> Controller::record_boot(specs::Key key, Awaited awaited, std::string word) {
    auto* environment = still_awaited(key, awaited);
    if (environment == nullptr) co_return;
    environment->booted[awaited.version] = word;
    auto recorded = co_await gate_.perform({.operation = plan::SetMetadata{.id = awaited.id,
                                                                           .name = awaited.machine,
                                                                           .key = plan::boot_key,
                                                                           .value = plan::boot_mark(awaited.version, word)}},
                                           warrant_of(key, awaited.app));
    // Without the mark nothing is lost but a question after our next start.
    if (!recorded) log_.debug("boot mark", {{"env", key.text()}, {"error", recorded.error().message}});
}

}  // namespace dayfly::reconcile
