// What the loop tells about itself; metrics listen. Every call is cheap and must not throw.
#pragma once

#include <cstddef>
#include <string_view>

#include "controller/base/result.h"

namespace dayfly::reconcile {

class Observer {
public:
    Observer() = default;
    Observer(Observer const&) = delete;
    Observer& operator=(Observer const&) = delete;
    virtual ~Observer() = default;

    /// Which pass the calls until the next one are about, as the log names it; empty: none.
    virtual void about(std::string_view /*pass*/) {}
    /// A dummy passed this stage (queue, worker): it moves although nothing happens.
    virtual void heartbeat(std::string_view /*stage*/) {}
    /// A call to Fly failed in a way that is tried again.
    virtual void tried_again(ErrorKind /*kind*/) {}
    /// One pass ended. `trigger` and `result` are words of the metrics' enums.
    virtual void reconciled(std::string_view /*trigger*/, std::string_view /*result*/, double /*seconds*/) {}
    /// Wish seen -> settled. `operation`: create, update, replace, delete.
    virtual void converged(std::string_view /*operation*/, double /*seconds*/) {}
    /// Wish seen -> first call to Fly for it. `source`: the name of the one that wants it.
    virtual void reacted(std::string_view /*source*/, double /*seconds*/) {}
    virtual void queue_added() {}
    virtual void queue_waited(double /*seconds*/) {}
    virtual void queue_retried() {}
    /// Something that had been in place differs now; see plan::drift_group for the words.
    virtual void drift_found(std::string_view /*field_group*/) {}
    /// And is in place again, so long after it was found.
    virtual void drift_corrected(std::string_view /*field_group*/, double /*seconds*/) {}
    virtual void pruned(std::string_view /*kind*/, bool /*ok*/) {}
    virtual void snapshot_incomplete(std::string_view /*reason*/) {}
    virtual void snapshot_taken(double /*unix_seconds*/) {}
    /// `change`: sleep or wake.
    virtual void slept_or_woke(std::string_view /*change*/) {}
    virtual void panicked() {}
};

}  // namespace dayfly::reconcile
