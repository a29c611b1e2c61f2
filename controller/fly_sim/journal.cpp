#include "controller/fly_sim/journal.h"

#include <algorithm>

namespace dayfly::fly_sim {

std::uint64_t Journal::add(Instant at, std::string_view action, bool write, std::string method, std::string path) {
    ++total_;
    writes_ += write ? 1 : 0;
    auto const known = counts_.find(action);
    if (known == counts_.end()) {
        counts_.emplace(action, 1);
    } else {
        ++known->second;
    }
    entries_.push_back(
        {.number = ++numbers_, .at = at, .action = std::string(action), .method = std::move(method), .path = std::move(path)});
    if (entries_.size() > length_) entries_.pop_front();
    return numbers_;
}

void Journal::finish(std::uint64_t number, int status) {
    auto const entry = std::ranges::lower_bound(entries_, number, {}, &JournalEntry::number);
    if (entry != entries_.end() && entry->number == number) entry->status = status;
}

std::uint64_t Journal::count(std::string_view action) const {
    auto const known = counts_.find(action);
    return known == counts_.end() ? 0 : known->second;
}

void Journal::reset() {
    entries_.clear();
    counts_.clear();
    writes_ = 0;
    total_ = 0;
}

}  // namespace dayfly::fly_sim
