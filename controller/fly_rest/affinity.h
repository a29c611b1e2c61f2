// The one cookie Fly's machines API sets: it leads later calls for an app to the node that already knows the app, which is the
// only help there is for reading one's own writes.
#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace dayfly::fly_rest {

class AffinityCookies {
public:
    /// Remembers at most `most` apps; the one not set for longest is forgotten first.
    explicit AffinityCookies(std::size_t most = 10'000) : most_(most) {}

    /// Takes a Set-Cookie header of an answer to a call for `app`. Only fly_flaps_affinity with this app's path is kept; an
    /// empty value or Max-Age=0 forgets it.
    void remember(std::string const& app, std::string_view set_cookie);
    /// "fly_flaps_affinity=…" for the Cookie header; empty when none is known.
    [[nodiscard]] std::string header_for(std::string const& app) const;
    [[nodiscard]] std::size_t size() const { return values_.size(); }

private:
    struct Entry {
        std::string value;
        std::list<std::string>::iterator place;
    };
    void forget(std::string const& app);

    std::size_t most_;
    std::list<std::string> order_;  ///< oldest first
    std::unordered_map<std::string, Entry> values_;
};

}  // namespace dayfly::fly_rest
