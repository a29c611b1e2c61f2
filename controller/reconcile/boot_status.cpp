// See boot_status.h.
#include "controller/reconcile/boot_status.h"

#include <fmt/format.h>

#include <algorithm>

#include "controller/fly/error_text.h"
#include "controller/plan/marks.h"

namespace dayfly::reconcile {
namespace {

using boot::Listening;
using boot::Stage;
using std::chrono::seconds;

constexpr std::size_t lines_kept = 200;
constexpr std::size_t longest_message = 200;

struct Reason {
    std::string_view name;
    std::string_view hint;
};
constexpr Reason reasons[] = {
    {"CloneFailed",
     "Check spec.source.git: the repository, the branch, and credentials if it is private. A new commit, a change of the spec "
     "or `dayfly reconcile NAME` tries again."},
    {"InstallFailed",
     "See `dayfly logs NAME --step install`. A new commit, a change of the spec or `dayfly reconcile NAME` tries again."},
    {"BuildFailed",
     "See `dayfly logs NAME --step build`. A new commit, a change of the spec or `dayfly reconcile NAME` tries again."},
    {"StartFailed",
     "See `dayfly logs NAME --step start`. A new commit, a change of the spec or `dayfly reconcile NAME` tries again."},
    {"Timeout", "Raise the limit in spec.runtime.timeouts, give the machine more, or make the stage shorter."},
    {"HealthFailed",
     "The service must answer GET on spec.service.health.path with 2xx. A new commit, a change of the spec or `dayfly "
     "reconcile "
     "NAME` tries again."},
};

BootFailure failed_as(std::string reason, std::string message, std::string hint = {}) {
    if (hint.empty()) hint = boot_failure_hint(reason);
    return {.reason = std::move(reason), .message = std::move(message), .hint = std::move(hint)};
}

std::string reason_of(Stage stage) { return std::string(step_of_stage(stage)) + "Failed"; }

BootVerdict stage_failed(boot::StageEnd end, std::string const& machine) {
    auto const word = boot::to_string(end.stage);
    if (end.timed_out) {
        return {.failure = failed_as("Timeout", fmt::format("{} of machine {} took longer than its limit", word, machine)),
                .failed = end.stage};
    }
    return {.failure = failed_as(reason_of(end.stage), fmt::format("{} of machine {} failed", word, machine)),
            .failed = end.stage};
}

/// Of "dayfly: build: npm run build" and its like, which open what a stage writes.
bool opens(std::string_view line, Stage stage) {
    auto const head = fmt::format("dayfly: {}: ", boot::to_string(stage));
    if (!line.starts_with(head)) return false;
    line.remove_prefix(head.size());
    return !line.starts_with("ended with exit code") && !line.starts_with("not finished") && !line.starts_with("done before");
}

std::string step_message(boot::Progress const& progress, Stage stage, SecretValues const& secrets) {
    if (stage == Stage::Start && progress.listening == Listening::Nothing)
        return fmt::format("nothing listens on port {} yet", progress.port);
    if (stage == Stage::Start && progress.listening == Listening::LoopbackOnly)
        return fmt::format("listens on 127.0.0.1:{} only", progress.port);
    auto const log = progress.logs.find(stage);
    if (log == progress.logs.end() || log->second.empty()) return {};
    return fly::bounded(shown_line(log->second.back(), secrets), longest_message);
}

void show_stage(Status& status, boot::Progress const& progress, Stage stage, SecretValues const& secrets, WallTime now) {
    auto const name = step_of_stage(stage);
    auto const found = progress.stages.find(stage);
    if (found == progress.stages.end()) {
        if (stage != Stage::Start) set_step(status, name, "Pending", {}, now);
        return;
    }
    auto const& seen = found->second;
    bool const ended = seen.ended.has_value();
    // The end of Start is the end of the app; that it is up is the controller's word.
    std::string const state = !ended || stage == Stage::Start ? "Running"
                              : seen.skipped                  ? "Done"
                              : seen.code == 0                ? "Done"
                                                              : "Failed";
    auto message = seen.skipped ? std::string("nothing to do") : step_message(progress, stage, secrets);
    set_step(status, name, state, std::move(message), now);
    auto const step = std::ranges::find(status.steps, name, &StepStatus::name);
    step->started = now - seconds(std::max<std::int64_t>(progress.now - seen.started, 0));
    if (ended && state != "Running") step->ended = now - seconds(std::max<std::int64_t>(progress.now - *seen.ended, 0));
}

}  // namespace

std::string_view step_of_stage(Stage stage) {
    switch (stage) {
        case Stage::Clone: return "Clone";
        case Stage::Install: return "Install";
        case Stage::Build: return "Build";
        case Stage::Start: break;
    }
    return "Start";
}

std::map<std::string, BootWatch> boots_of(plan::Desired const& desired, specs::Spec const& spec) {
    std::map<std::string, BootWatch> boots;
    auto const& timeouts = spec.runtime.timeouts;
    for (auto const& machine : desired.machines) {
        if (!plan::boots_program(machine)) continue;
        auto const& services = machine.config.services;
        auto const all = timeouts.clone + timeouts.install + timeouts.build + timeouts.start;
        // What the stages take is limited in the machine; a minute more for the ways there and back.
        boots.emplace(machine.name, BootWatch{.environment = machine.config.env,
                                              .port = services.empty() ? 0 : services.front().internal_port,
                                              .start = std::chrono::duration_cast<seconds>(timeouts.start),
                                              .limit = std::chrono::duration_cast<seconds>(all) + seconds(60)});
    }
    return boots;
}

std::optional<BootWatch> boot_of(Environment const& environment, fly::ObservedMachine const& machine) {
    auto const found = environment.boots.find(machine.name);
    if (found == environment.boots.end() || plan::boot_word(machine) == plan::booted) return std::nullopt;
    auto const known = environment.booted.find(machine.version);
    if (known != environment.booted.end() && known->second == plan::booted) return std::nullopt;
    return found->second;
}

bool is_boot_failure(std::string_view reason) {
    return std::ranges::any_of(reasons, [&](Reason const& known) { return known.name == reason; });
}

std::string_view boot_failure_hint(std::string_view reason) {
    auto const known = std::ranges::find(reasons, reason, &Reason::name);
    return known == std::end(reasons) ? std::string_view() : known->hint;
}

void take_lines(StageLog& log, std::vector<std::string> const& window) {
    auto const overlaps = [&](std::size_t length) {
        return std::equal(window.begin(), window.begin() + static_cast<std::ptrdiff_t>(length),
                          log.lines.end() - static_cast<std::ptrdiff_t>(length));
    };
    auto common = std::min(window.size(), log.lines.size());
    while (common > 0 && !overlaps(common)) --common;
    for (auto at = common; at < window.size(); ++at) {
        log.lines.push_back(window[at]);
        ++log.total;
        if (log.lines.size() > lines_kept) log.lines.pop_front();
    }
}

void show_progress(Status& status, boot::Progress const& progress, SecretValues const& secrets, WallTime now) {
    for (auto const stage : boot::stages) show_stage(status, progress, stage, secrets, now);
    for (auto const& [stage, lines] : progress.logs) {
        std::vector<std::string> shown;
        for (auto const& line : lines) shown.push_back(shown_line(line, secrets));
        take_lines(status.logs[std::string(boot::to_string(stage))], shown);
    }
    if (auto state = booting_state(status); !state.empty()) status.state = std::move(state);
}

void begin_boot(Status& status, WallTime now) {
    status.logs.clear();
    for (auto const* name : {"Clone", "Install", "Build"}) set_step(status, name, "Pending", {}, now);
}

std::string booting_state(Status const& status) {
    constexpr std::pair<std::string_view, std::string_view> states[] = {
        {"Clone", "Cloning"}, {"Install", "Installing"}, {"Build", "Building"}};
    for (auto const& [name, state] : states) {
        auto const step = std::ranges::find(status.steps, name, &StepStatus::name);
        if (step != status.steps.end() && step->state == "Running") return std::string(state);
    }
    return {};
}

BootVerdict judge_boot(boot::Progress const& progress, BootWatch const& watch, std::string const& machine) {
    for (auto const& [stage, seen] : progress.stages) {
        if (!seen.code || *seen.code == 0) continue;
        if (auto const end = boot::stage_that_failed(*seen.code); end && end->stage != Stage::Start)
            return stage_failed(*end, machine);
    }
    if (progress.current != Stage::Start) return {};
    auto const start = progress.stages.find(Stage::Start);
    // An app that ended is started again as its restart policy says; the machine's own end is what counts.
    if (start == progress.stages.end() || start->second.ended) return {};
    bool const reachable = progress.listening == Listening::All || progress.listening == Listening::Unknown;
    if (watch.port == 0 || reachable) return {.up = true, .failure = {}};
    if (progress.now - start->second.started < watch.start.count()) return {};
    if (progress.listening == Listening::LoopbackOnly) {
        return {
            .failure = failed_as("StartFailed",
                                 fmt::format("the app in machine {} listens on 127.0.0.1:{} only, which nobody outside reaches",
                                             machine, watch.port),
                                 "Let it listen on 0.0.0.0: HOST is set to that, or give its start command --host 0.0.0.0."),
            .failed = Stage::Start};
    }
    return {.failure = failed_as(
                "StartFailed",
                fmt::format("nothing listens on port {} of machine {} after {} s", watch.port, machine, watch.start.count()),
                "Let the app listen on PORT, set spec.service.port to where it listens, or raise "
                "spec.runtime.timeouts.start."),
            .failed = Stage::Start};
}

BootVerdict judge_end(fly::Machine const& machine, BootWatch const& watch) {
    bool const at_rest = machine.state == "stopped" || machine.state == "failed";
    auto const exit = std::ranges::find(machine.events, "exit", &fly::MachineEvent::type);  // newest first
    if (exit == machine.events.end()) {
        if (!at_rest) return {};
        return {.failure = failed_as("StartFailed", fmt::format("machine {} is {}", machine.name, machine.state))};
    }
    if (exit->requested_stop) return {};
    if (exit->oom_killed) {
        return {.failure = failed_as("StartFailed", fmt::format("machine {} ran out of memory", machine.name),
                                     "Give it more: spec.machine.memory.")};
    }
    auto const code = exit->exit_code.value_or(0);
    auto const end = boot::stage_that_failed(code);
    // Stages before Start fail for good, whatever the restart policy makes of it; an app may come up at its next start.
    if (end && end->stage != Stage::Start) return stage_failed(*end, machine.name);
    if (!at_rest) return {};
    if (end) {
        return {.failure = failed_as("StartFailed", fmt::format("the app in machine {} ended again and again", machine.name)),
                .failed = Stage::Start};
    }
    if (code == boot::image_lacks_something) {
        return {.failure = failed_as("CloneFailed",
                                     fmt::format("the image of machine {} lacks what the boot program needs", machine.name),
                                     "Name an image with git in spec.runtime.image; its log says what is missing."),
                .failed = Stage::Clone};
    }
    if (watch.port == 0 && code == 0) return {.up = true, .failure = {}};  // a job that is done
    return {
        .failure = failed_as("StartFailed", fmt::format("the app in machine {} ended with exit code {}", machine.name, code)),
        .failed = Stage::Start};
}

std::vector<std::string> lines_of(Stage stage, std::vector<std::string> const& output) {
    auto at = output.size();
    while (at > 0 && !opens(output[at - 1], stage)) --at;
    std::vector<std::string> lines;
    for (at = at == 0 ? 0 : at - 1; at < output.size(); ++at) {
        if (output[at].find("failed with this commit and this spec before") == std::string::npos) lines.push_back(output[at]);
    }
    return lines;
}

}  // namespace dayfly::reconcile
