// What a git source means right now: told by its host, or by the marks of what already runs.
#pragma once

#include <string>

#include "controller/fly/observed.h"

namespace dayfly::plan {

struct Revision {
    std::string commit;  ///< the full id; empty: not known, and the machine resolves the reference itself
    std::string image;   ///< found by looking at the repository; empty: the default of git sources
    std::string github = "https://github.com";  ///< where a repository named owner/name is cloned from
    bool fork = false;                          ///< the code comes from a fork: it gets no secrets but those of `forkSecrets`
    friend bool operator==(Revision const&, Revision const&) = default;
};

/// The revision that the app was last told to run, by the marks of its machines. Without a commit when they do not tell one.
[[nodiscard]] Revision running_revision(fly::Observed const& observed, std::string_view owner);

/// True for 40 or 64 lower-case hexadecimal digits.
[[nodiscard]] bool is_commit(std::string_view text);

}  // namespace dayfly::plan
