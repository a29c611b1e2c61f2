// The replicated store behind Fly's lists: copies that trail the truth. Kept indexed, so that a page costs its rows only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "controller/base/clock.h"
#include "controller/fly_sim/schedule.h"

namespace dayfly::fly_sim {

struct AppRow {
    std::string id;
    std::string name;
    std::string organisation;
    std::string network;
    std::uint64_t numeric_id = 0;
};

/// The things of one organisation by time of change, oldest first; each row keeps its rendered text once it was asked for.
template <class T>
class OrgIndex {
public:
    using Key = std::pair<WallTime, std::string>;
    struct Row {
        std::shared_ptr<T const> thing;
        std::string text = {};
    };

    void put(WallTime updated, std::string const& id, std::shared_ptr<T const> thing);
    void erase(std::string const& id);
    /// Mutable, because rendering a row fills in its text.
    std::map<Key, Row>& rows() { return rows_; }

private:
    std::map<Key, Row> rows_;
    std::unordered_map<std::string, WallTime> places_;
};

struct Replicas {
    template <class T>
    using ById = std::map<std::string, std::shared_ptr<T const>>;

    std::map<std::string, AppRow> apps = {};                       ///< by name
    std::unordered_map<std::string, ById<Machine>> machines = {};  ///< by app id
    std::unordered_map<std::string, ById<Volume>> volumes = {};    ///< by app id
    std::map<std::string, OrgIndex<Machine>> org_machines = {};    ///< by organisation
    std::map<std::string, OrgIndex<Volume>> org_volumes = {};
    std::unordered_set<std::string> forgotten = {};  ///< ids, which are never given out again

    /// Carries out one of the Replicate and Forget steps.
    void apply(Due const& due);
};

}  // namespace dayfly::fly_sim
