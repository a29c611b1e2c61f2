// Exit codes, the same for every command; scripts rely on them.
#pragma once

#include <optional>
#include <string_view>

#include "controller/base/result.h"

namespace dayfly::cli {

enum ExitCode : int {
    done = 0,
    general_failure = 1,   ///< also: `diff` found differences
    usage_or_changes = 2,  ///< wrong usage; `plan --detailed-exitcode`: changes present
    invalid_spec = 3,
    not_found = 4,
    timed_out = 5,
    refused = 6,
    not_allowed = 7,
    unavailable = 8,
    not_ready = 9,
    interrupted = 130,
};

/// Of a failure of the command itself: invalid input is wrong usage.
[[nodiscard]] int exit_code_for(ErrorKind kind);

/// Of what became of one environment: invalid input is its spec's.
[[nodiscard]] int exit_code_for_spec(ErrorKind kind);

/// The one of two codes that a person has to look at first: 7, 8, 6, 3, 4, 5, 1, 9, then 0.
[[nodiscard]] int worse_of(int left, int right);

/// The kind of that name; nothing for a reason that is none, such as BuildFailed.
[[nodiscard]] std::optional<ErrorKind> error_kind_called(std::string_view name);

/// Prints "dayfly: <message>" and the error's own hint on standard error; returns the exit code.
int report(Error const& error);

/// An error that came from Fly: one without a hint gets the one of its kind.
int report_of_fly(Error const& error);

/// An error about flags, the configuration or this computer's files and ports: what cannot be had of them is no remote service.
int report_local(Error const& error);

}  // namespace dayfly::cli
