// What all sources together want: the last good wish of every object, who claims it, and what has been absent long enough.
// Pure.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "controller/source/source.h"
#include "specs/environment.h"

namespace dayfly::reconcile {

struct Wish {
    std::shared_ptr<specs::PreviewEnvironment const> environment;  ///< the last good one; null when there never was one
    std::set<std::string> sources;                                 ///< that claim it now
    std::vector<specs::Problem> problems;  ///< of its current text; the last good wish stays in force meanwhile
    bool conflict = false;                 ///< several sources claim it: nothing is done until only one does
    bool usable() const { return environment != nullptr && !conflict; }
};

/// What the latest snapshot of a source holds.
struct SourceObjects {
    std::size_t valid = 0;
    std::size_t invalid = 0;    ///< objects, and files of which no object could be read
    std::size_t duplicate = 0;  ///< valid, but claimed by another source as well
};

class DesiredSet {
public:
    /// The names of all sources that will publish, so that silence is not mistaken for emptiness.
    explicit DesiredSet(std::set<std::string> const& sources);

    /// Folds one snapshot in; returns the keys whose wish, problems or claim changed.
    std::set<specs::Key> publish(source::Snapshot const& snapshot);

    [[nodiscard]] std::map<specs::Key, Wish> const& wishes() const { return wishes_; }
    /// Every source has been read in full twice: what nobody claims is really unclaimed.
    [[nodiscard]] bool proven() const;
    /// Which source's latest snapshot is not complete, and hence proves no absence; empty when none.
    [[nodiscard]] std::string degraded() const;
    [[nodiscard]] SourceObjects objects_of(std::string const& source) const;

private:
    struct SourceState {
        int complete_looks = 0;  ///< in a row
        bool complete = false;
        std::string digest;     ///< of the latest snapshot
        bool quarrels = false;  ///< at the latest snapshot some of its objects were claimed by another source as well
        std::map<specs::Key, int> absent;  ///< complete looks in a row that lacked a key that was once there
        std::set<specs::Key> claimed;
        std::size_t valid = 0;  ///< of the latest snapshot
        std::size_t invalid = 0;
    };
    /// One more complete look at what the latest snapshot said already.
    void confirm(SourceState& state, std::string const& source, std::set<specs::Key>& changed);
    void release(SourceState& state, std::string const& source, specs::Key const& key, std::set<specs::Key>& changed);

    std::map<std::string, SourceState> sources_;
    std::map<specs::Key, Wish> wishes_;
};

}  // namespace dayfly::reconcile
