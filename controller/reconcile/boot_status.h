// A git source's way up, as people see it: what its program reports becomes steps, logs and reasons. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/boot/progress.h"
#include "controller/fly/observed.h"
#include "controller/reconcile/environment.h"

namespace dayfly::reconcile {

/// The watches of the machines that run the boot program, by their names.
[[nodiscard]] std::map<std::string, BootWatch> boots_of(plan::Desired const& desired, specs::Spec const& spec);
/// The watch of a machine whose program has not been seen up yet.
[[nodiscard]] std::optional<BootWatch> boot_of(Environment const& environment, fly::ObservedMachine const& machine);

/// The reasons of failed boots, as they stand in conditions and marks: CloneFailed, InstallFailed, BuildFailed, StartFailed,
/// Timeout, HealthFailed. Only a new commit or a changed spec ends one.
[[nodiscard]] bool is_boot_failure(std::string_view reason);
/// What a person can do about it.
[[nodiscard]] std::string_view boot_failure_hint(std::string_view reason);

/// Adds what is new in `window`, the last lines of a log that grows, and keeps the last 200.
void take_lines(StageLog& log, std::vector<std::string> const& window);

/// "Clone", …: the step that people see.
[[nodiscard]] std::string_view step_of_stage(boot::Stage stage);

/// Steps, times and logs of one report. The machine's clock is not ours: only differences of its times are used.
void show_progress(Status& status, boot::Progress const& progress, SecretValues const& secrets, WallTime now);
/// Forgets the logs and steps of an earlier boot.
void begin_boot(Status& status, WallTime now);
/// "Cloning", …: the stage that runs; empty when none does.
[[nodiscard]] std::string booting_state(Status const& status);

/// What a report means for the wait.
struct BootVerdict {
    bool up = false;
    std::optional<BootFailure> failure;      ///< neither: it goes on
    std::optional<boot::Stage> failed = {};  ///< the stage whose log tells why
};
[[nodiscard]] BootVerdict judge_boot(boot::Progress const& progress, BootWatch const& watch, std::string const& machine);
/// What the end of a machine's program means; goes on when it did not end, or ended because somebody stopped it.
[[nodiscard]] BootVerdict judge_end(fly::Machine const& machine, BootWatch const& watch);

/// The part of a machine's whole output that `stage` wrote last.
[[nodiscard]] std::vector<std::string> lines_of(boot::Stage stage, std::vector<std::string> const& output);

}  // namespace dayfly::reconcile
