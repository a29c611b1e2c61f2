// When an environment goes to sleep, and when its time is over. Pure: facts and the time in, a decision out.
#pragma once

#include <optional>
#include <string>

#include "controller/base/clock.h"
#include "specs/environment.h"

namespace dayfly::reconcile {

/// What this process knows of an environment's use.
struct Usage {
    std::optional<WallTime> last;  ///< the latest sign of use; unset: it was not looked at yet
    bool at_rest = false;          ///< all machines rested when they were last looked at
    /// It was put to sleep after its silence had been proved, and has rested before this process' eyes ever since: nobody can
    /// have used it without waking it.
    bool proved = false;
    bool looked_back = false;        ///< as far as Fly's metrics reach, which is less than its time to live
    std::optional<WallTime> warned;  ///< when its coming expiry was told
};

struct IdleFacts {
    WallTime now{};
    WallTime last_use{};
    bool at_rest = false;         ///< all its machines rest
    bool in_progress = false;     ///< something is being made, built or started
    std::string unreadable = {};  ///< why nobody can tell whether it is used; empty: it is known
    std::optional<WallTime> warned = {};
};

enum class IdleAction { Nothing, Sleep, Warn, Expire };

struct IdleDecision {
    IdleAction action = IdleAction::Nothing;
    std::optional<WallTime> sleeps_at;   ///< unset: it rests, or no clock puts it to sleep
    std::optional<WallTime> expires_at;  ///< unset: never
    std::string message;                 ///< why it does not sleep or expire, or when it would; for people
};

/// What cannot be read is never taken for silence: then nothing is decided, and the message says so. `keep-until` beats the
/// ttl, and "never" is never. An expiry is told before it happens, and happens no sooner than five minutes (or the short ttl's
/// tenth) after it was told.
[[nodiscard]] IdleDecision decide_idle(specs::PreviewEnvironment const& environment, IdleFacts const& facts);

/// How long before its end a time to live is warned about: an hour, or a tenth of a short one.
[[nodiscard]] specs::Duration warning_time(specs::Duration ttl);

}  // namespace dayfly::reconcile
