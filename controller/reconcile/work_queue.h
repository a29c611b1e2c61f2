// The queue of environments to look at: one entry per key, one run per key at a time, priority with aging, delayed entries.
// Pure data on Instants; the dispatcher gives it the time.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "controller/base/clock.h"

namespace dayfly::reconcile {

/// Why an environment is in the queue; a lower value goes first.
enum class Priority : std::uint8_t {
    Asked,   ///< a person or a changed spec
    Normal,  ///< drift, retries, waits that ended
    Resync,  ///< start-up and periodic looks
};
inline constexpr std::size_t priority_count = 3;

class WorkQueue {
public:
    /// Every `aging`-th pop takes the oldest ready entry whatever its priority, so that nothing starves.
    explicit WorkQueue(unsigned aging = 8) : aging_(aging) {}

    /// Adds or merges: the more urgent priority and the earlier moment win. A key that is being worked on is queued again and
    /// handed out after done().
    void add(std::string const& key, Priority priority, Instant ready_at, Instant now);
    /// The next ready key, now being worked on; nothing when none is ready.
    std::optional<std::string> pop(Instant now);
    /// How long the entry that pop() gave last had been ready.
    [[nodiscard]] Instant::duration last_wait() const { return last_wait_; }
    void done(std::string const& key);
    /// Takes a waiting entry out; what is being worked on is not disturbed.
    void forget(std::string const& key);

    /// Waiting or being worked on.
    [[nodiscard]] bool has(std::string const& key) const { return entries_.contains(key) || working_.contains(key); }
    /// When the next entry that is not being worked on becomes ready.
    [[nodiscard]] std::optional<Instant> next_ready() const;
    [[nodiscard]] std::size_t waiting() const { return entries_.size(); }
    [[nodiscard]] std::size_t working() const { return working_.size(); }
    /// Entries of one priority that are ready at `now`.
    [[nodiscard]] std::size_t depth(Priority priority, Instant now) const;
    /// When the longest-running work began.
    [[nodiscard]] std::optional<Instant> oldest_work() const;
    /// The time spent so far on everything being worked on, added up.
    [[nodiscard]] Instant::duration work_so_far(Instant now) const;

private:
    struct Entry {
        Priority priority;
        Instant ready_at;
        std::uint64_t order;  ///< of arrival; re-stamped when the priority rises
    };
    struct Place {
        Priority priority;
        std::uint64_t order;
        std::string key;
        auto operator<=>(Place const&) const = default;
    };
    void index(std::string const& key, Entry const& entry);
    void unindex(std::string const& key, Entry const& entry);
    void ripen(Instant now);

    unsigned aging_;
    unsigned pops_ = 0;
    std::uint64_t order_ = 0;
    Instant::duration last_wait_{};
    std::map<std::string, Entry> entries_;
    std::set<Place> ready_;                              ///< ready and not being worked on
    std::set<std::pair<Instant, std::string>> delayed_;  ///< not ready yet and not being worked on
    std::map<std::string, Instant> working_;
};

}  // namespace dayfly::reconcile
