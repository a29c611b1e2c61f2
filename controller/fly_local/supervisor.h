// The process between this program and a machine's: it outlives neither of them, and nothing that the machine's has started
// outlives it.
#pragma once

#include <sys/types.h>

namespace dayfly::fly_local {

/// Descriptors are numbered from 10 upwards, so that none is in the way of those the program gets (0 to 4).
struct Supervised {
    char const* program;
    char* const* argv;
    char* const* environment;
    char const* directory;
    int input;
    int out;
    int err;
    int report;  ///< gets the program's pid, and -errno when it cannot be executed, whichever is written first; then it is
                 ///< closed
    int group;   ///< becomes descriptor 4; -1: none
    pid_t parent;
};

/// Called in a forked child with all signals blocked. Ends with the program's exit code, or 128 + signal.
[[noreturn]] void supervise(Supervised const& what);

}  // namespace dayfly::fly_local
