// Many calls for one thing made into few: the first passes at once, the others of the same window become one at its end.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/base/clock.h"

namespace dayfly {

/// Pure bookkeeping on moments. It remembers a key for one window after its last call, so its size is bounded by whoever
/// decides which keys may call.
class Coalesce {
public:
    explicit Coalesce(Instant::duration window) : window_(window) {}

    /// True: act now. False: due() will name the key when its window ends.
    [[nodiscard]] bool call(std::string const& key, Instant now) {
        auto const [place, is_new] = windows_.try_emplace(key, Window{.end = now + window_});
        if (!is_new && now >= place->second.end && !place->second.called_again) {
            place->second.end = now + window_;
            return true;
        }
        if (!is_new) place->second.called_again = true;
        return is_new;
    }

    /// The keys that were called again within a window that has ended; each starts a new window.
    [[nodiscard]] std::vector<std::string> due(Instant now) {
        std::vector<std::string> keys;
        for (auto& [key, window] : windows_) {
            if (window.end > now || !window.called_again) continue;
            window = {.end = now + window_};
            keys.push_back(key);
        }
        std::erase_if(windows_, [&](auto const& entry) { return entry.second.end <= now; });
        return keys;
    }

    /// When due() has something next.
    [[nodiscard]] std::optional<Instant> next() const {
        std::optional<Instant> next;
        for (auto const& [key, window] : windows_) {
            if (window.called_again) next = next ? std::min(*next, window.end) : window.end;
        }
        return next;
    }

    /// As if `key` had never called.
    void forget(std::string const& key) { windows_.erase(key); }
    [[nodiscard]] std::size_t size() const { return windows_.size(); }

private:
    struct Window {
        Instant end{};
        bool called_again = false;
    };

    Instant::duration window_;
    std::map<std::string, Window> windows_;
};

}  // namespace dayfly
