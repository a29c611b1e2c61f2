// See work_queue.h.
#include "controller/reconcile/work_queue.h"

#include <algorithm>

namespace dayfly::reconcile {

void WorkQueue::index(std::string const& key, Entry const& entry) {
    if (!working_.contains(key)) delayed_.emplace(entry.ready_at, key);
}

void WorkQueue::unindex(std::string const& key, Entry const& entry) {
    delayed_.erase({entry.ready_at, key});
    ready_.erase({entry.priority, entry.order, key});
}

void WorkQueue::add(std::string const& key, Priority priority, Instant ready_at, Instant now) {
    auto const [place, is_new] = entries_.try_emplace(key, Entry{priority, ready_at, ++order_});
    auto& entry = place->second;
    if (!is_new) {
        unindex(key, entry);
        if (priority < entry.priority) {
            entry.priority = priority;
            entry.order = ++order_;
        }
        entry.ready_at = std::min(entry.ready_at, ready_at);
    }
    index(key, entry);
    ripen(now);
}

void WorkQueue::ripen(Instant now) {
    while (!delayed_.empty() && delayed_.begin()->first <= now) {
        auto const key = delayed_.begin()->second;
        delayed_.erase(delayed_.begin());
        auto const& entry = entries_.at(key);
        ready_.insert({entry.priority, entry.order, key});
    }
}

std::optional<std::string> WorkQueue::pop(Instant now) {
    ripen(now);
    if (ready_.empty()) return std::nullopt;
    auto chosen = ready_.begin();
    if (++pops_ % aging_ == 0) {
        // The oldest of each priority stands first in its class: three candidates, not a scan.
        for (auto const priority : {Priority::Normal, Priority::Resync}) {
            auto const first = ready_.lower_bound({priority, 0, {}});
            if (first != ready_.end() && first->order < chosen->order) chosen = first;
        }
    }
    auto key = chosen->key;
    ready_.erase(chosen);
    last_wait_ = now - entries_.at(key).ready_at;
    entries_.erase(key);
    working_.emplace(key, now);
    return key;
}

void WorkQueue::done(std::string const& key) {
    working_.erase(key);
    if (auto const found = entries_.find(key); found != entries_.end()) index(key, found->second);
}

void WorkQueue::forget(std::string const& key) {
    auto const found = entries_.find(key);
    if (found == entries_.end()) return;
    unindex(key, found->second);
    entries_.erase(found);
}

std::optional<Instant> WorkQueue::next_ready() const {
    if (!ready_.empty()) return Instant::min();
    if (!delayed_.empty()) return delayed_.begin()->first;
    return std::nullopt;
}

std::size_t WorkQueue::depth(Priority priority, Instant now) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        entries_, [&](auto const& entry) { return entry.second.priority == priority && entry.second.ready_at <= now; }));
}

std::optional<Instant> WorkQueue::oldest_work() const {
    if (working_.empty()) return std::nullopt;
    return std::ranges::min_element(working_, {}, [](auto const& entry) { return entry.second; })->second;
}

Instant::duration WorkQueue::work_so_far(Instant now) const {
    Instant::duration sum{};
    for (auto const& [key, began] : working_) sum += now - began;
    return sum;
}

}  // namespace dayfly::reconcile
