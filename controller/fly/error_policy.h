// The one place that decides, by kind of error, whether to try again, how long to wait, and what to tell a person.
#pragma once

#include <chrono>
#include <string_view>

#include "controller/base/result.h"

namespace dayfly::fly {

enum class Retry {
    No,         ///< only a changed spec or a person's act helps; looked at again after `cap` all the same
    Backoff,    ///< full-jitter exponential from `base` to `cap`
    LookFirst,  ///< observe truthfully before anything else, then go on at once
};

struct ErrorPolicy {
    Retry retry;
    std::chrono::milliseconds base;  ///< first upper bound of the jittered wait
    std::chrono::milliseconds cap;   ///< last upper bound
    std::string_view hint;           ///< what a person can do
};

[[nodiscard]] ErrorPolicy const& policy_for(ErrorKind kind);

/// The error's own hint, else its kind's.
[[nodiscard]] std::string_view hint_for(Error const& error);

}  // namespace dayfly::fly
