#include "controller/github/etag_cache.h"

#include <utility>

namespace dayfly::github {

std::size_t EtagCache::size_of(Entry const& entry) {
    constexpr std::size_t overhead = 256;
    return overhead + 2 * entry.key.size() + entry.answer.etag.size() + entry.answer.body.size() + entry.answer.next.size() +
           entry.answer.target.size();
}

CachedAnswer const* EtagCache::find(std::string const& key) {
    auto const found = index_.find(key);
    if (found == index_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->answer;
}

void EtagCache::put(std::string const& key, CachedAnswer answer) {
    forget(key);
    Entry entry{.key = key, .answer = std::move(answer)};
    auto const size = size_of(entry);
    if (size > max_bytes_ / 4) return;
    entries_.push_front(std::move(entry));
    index_.insert_or_assign(key, entries_.begin());
    bytes_ += size;
    while (bytes_ > max_bytes_) forget(std::string(entries_.back().key));
}

void EtagCache::forget(std::string const& key) {
    auto const found = index_.find(key);
    if (found == index_.end()) return;
    bytes_ -= size_of(*found->second);
    entries_.erase(found->second);
    index_.erase(found);
}

}  // namespace dayfly::github
