// One function a command: registers its flags and says what to run. main() parses once and runs what was chosen.
#pragma once

#include <functional>
#include <string>

#include "controller/cli/settings.h"

namespace dayfly::cli {

/// Set by the command that was chosen; returns the exit code.
using Run = std::function<int()>;

/// "dayfly 0.1.0 (Clang …)"
[[nodiscard]] std::string version_text();

void add_validate(CLI::App& app, Settings& settings, Run& run);
void add_render(CLI::App& app, Settings& settings, Run& run);
void add_schema(CLI::App& app, Run& run);
void add_version(CLI::App& app, Run& run);
void add_plan(CLI::App& app, Settings& settings, Run& run);
void add_diff(CLI::App& app, Settings& settings, Run& run);
void add_apply(CLI::App& app, Settings& settings, Run& run);
void add_controller_command(CLI::App& app, Settings& settings, Run& run);
void add_probe(CLI::App& app, Settings& settings, Run& run);
void add_simulator(CLI::App& app, Settings& settings, Run& run);
void add_init(CLI::App& app, Settings& settings, Run& run);
void add_get(CLI::App& app, Settings& settings, Run& run);
void add_describe(CLI::App& app, Settings& settings, Run& run);
void add_logs(CLI::App& app, Settings& settings, Run& run);
void add_reconcile(CLI::App& app, Settings& settings, Run& run);
/// sleep, wake, suspend, resume and delete.
void add_lifecycle(CLI::App& app, Settings& settings, Run& run);
void add_approve(CLI::App& app, Settings& settings, Run& run);
void add_approve_deletes(CLI::App& app, Settings& settings, Run& run);

/// Parses, runs, and turns every way of ending into an exit code.
int run_command_line(int argc, char const* const* argv);

}  // namespace dayfly::cli
