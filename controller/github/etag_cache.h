// Answers kept together with their ETags, so that a question can be asked conditionally: a 304 costs nothing of the rate limit.
#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <unordered_map>

namespace dayfly::github {

struct CachedAnswer {
    std::string etag;
    std::string body;
    std::string next;    ///< target of the next page
    std::string target;  ///< where the answer really came from, after redirects; "" when it is the key itself
};

/// Bounded in bytes; forgets what was not used for the longest time.
class EtagCache {
public:
    explicit EtagCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}

    /// nullptr when not kept. Valid until the next put().
    [[nodiscard]] CachedAnswer const* find(std::string const& key);
    /// An answer larger than a quarter of the whole is not kept.
    void put(std::string const& key, CachedAnswer answer);
    void forget(std::string const& key);
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

private:
    struct Entry {
        std::string key;
        CachedAnswer answer;
    };
    [[nodiscard]] static std::size_t size_of(Entry const& entry);

    std::size_t max_bytes_;
    std::size_t bytes_ = 0;
    std::list<Entry> entries_;  ///< the most recently used first
    std::unordered_map<std::string, std::list<Entry>::iterator> index_;
};

}  // namespace dayfly::github
