// When to look: soon after a hint but not in the middle of a burst of them, and at regular intervals in any case, because hints
// can be missing. Pure: it is told the time.
#pragma once

#include <algorithm>
#include <optional>

#include "controller/base/clock.h"

namespace dayfly::source {

struct LookTimes {
    milliseconds quiet{50};           ///< without a further hint before looking
    milliseconds quiet_cap{1'000};    ///< the longest a stream of hints may put a look off
    milliseconds check{1'000};        ///< between checks that the path still leads to the same place
    milliseconds deaf_look{5'000};    ///< between looks where no hints come: network file systems, no inotify left
    milliseconds full_look{30'000};   ///< between looks at every stamp; each one confirms the last snapshot
    milliseconds full_read{600'000};  ///< between looks that read every byte again
    milliseconds second_look{2'000};  ///< after objects disappeared: absence counts only when it is seen twice
    milliseconds retry{1'000};        ///< after a look that failed
    /// How long a file that was written in place and lost objects has to stay the same before it is believed. Long against the
    /// pauses of a writer; the price of raising it is that such a removal takes longer.
    milliseconds shrink_settle{60'000};
    /// How long a file that was changed and never closed counts as being written, after the last change of it.
    milliseconds open_write{600'000};
};

class LookSchedule {
public:
    explicit LookSchedule(LookTimes times) : times_(times) {}

    /// Something may have changed: look once it is quiet.
    void hint(Instant now) {
        if (!first_hint_) first_hint_ = now;
        last_hint_ = now;
    }
    /// Look at `when` at the latest.
    void look_by(Instant when) { extra_ = extra_ ? std::min(*extra_, when) : when; }
    /// As look_by(), and confirm the snapshot even when nothing changed.
    void confirm_by(Instant when) {
        look_by(when);
        confirm_ = confirm_ ? std::min(*confirm_, when) : when;
    }

    [[nodiscard]] Instant next_look(bool hears) const {
        auto next = next_full_;
        if (!hears) next = std::min(next, last_look_ + times_.deaf_look);
        if (extra_) next = std::min(next, *extra_);
        if (first_hint_) next = std::min(next, std::min(last_hint_ + times_.quiet, *first_hint_ + times_.quiet_cap));
        return next;
    }
    [[nodiscard]] Instant next_check() const { return next_check_; }
    void checked(Instant now) { next_check_ = now + times_.check; }

    struct Look {
        bool confirm = false;
        bool read_all = false;
    };
    /// Takes the look that is due at `now`: every wish up to now is met by it.
    Look take(Instant now) {
        Look const look{.confirm = now >= next_full_ || (confirm_ && now >= *confirm_), .read_all = now >= next_read_};
        first_hint_.reset();
        extra_.reset();
        if (look.confirm) confirm_.reset();
        if (confirm_) extra_ = confirm_;
        if (now >= next_full_) next_full_ = now + times_.full_look;
        if (look.read_all) next_read_ = now + times_.full_read;
        last_look_ = now;
        checked(now);
        return look;
    }

private:
    LookTimes times_;
    std::optional<Instant> first_hint_;
    Instant last_hint_{};
    std::optional<Instant> extra_;
    std::optional<Instant> confirm_;
    Instant last_look_{};
    Instant next_check_{};
    Instant next_full_{};
    Instant next_read_{};
};

}  // namespace dayfly::source
