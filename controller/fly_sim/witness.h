// Watches for what must never happen at any instant, however short: billable duplicates.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace dayfly::fly_sim {

/// The part of a machine's name that says what it is for: without a random suffix of six or more hex digits ("web-0-1f9c2a" is
/// another "web-0"). Ordinals stay: "web-0" and "web-1" are two machines on purpose.
[[nodiscard]] std::string name_base(std::string_view name);

class Witness {
public:
    void machine_born(std::string const& app, std::string const& id, std::string const& name);
    void machine_gone(std::string const& app, std::string const& id);
    void volume_born(std::string const& app, std::string const& id, std::string const& name);
    void volume_gone(std::string const& app, std::string const& id);

    /// The most machines that `app` (by name) ever had at one instant, destroyed ones not counted.
    [[nodiscard]] std::size_t peak_machines(std::string const& app) const;
    /// "app shop: volumes vol_a and vol_b are both named data", in the order of discovery.
    [[nodiscard]] std::vector<std::string> const& violations() const { return violations_; }
    void reset();

private:
    struct Things {
        std::map<std::string, std::string> base_of = {};           ///< id -> base
        std::map<std::string, std::set<std::string>> ids_of = {};  ///< base -> ids
    };
    void born(Things& things, std::string const& app, std::string_view what, std::string const& id, std::string base);
    static void gone(Things& things, std::string const& id);

    std::map<std::string, Things> machines_;
    std::map<std::string, Things> volumes_;
    std::map<std::string, std::size_t> peaks_;
    std::vector<std::string> violations_;
};

}  // namespace dayfly::fly_sim
