// Exit codes, the same for every command; scripts rely on them.
#pragma once

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

[[nodiscard]] int exit_code_for(ErrorKind kind);

/// Prints "dayfly: <message>" and the hint on standard error; returns the exit code.
int report(Error const& error);

}  // namespace dayfly::cli
