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
    /// A source that was read in full and holds nothing at all; empty when none.
    [[nodiscard]] std::string empty_source() const;
    /// A source that never says whether it is complete: it can want, and let go of nothing; empty when none.
    [[nodiscard]] std::string upsert_only_source() const;
    /// Which source's latest snapshot was not read in full, and hence proves no absence; empty when none.
    [[nodiscard]] std::string degraded() const;
    [[nodiscard]] SourceObjects objects_of(std::string const& source) const;

private:
    /// Of a key that a source once held.
    struct Absence {
        int looks = 0;                                ///< complete ones in a row that lacked it
        std::map<std::string, std::uint64_t> others;  ///< the other sources, and how often each had been read in full by then
    };
    struct SourceState {
        int complete_looks = 0;   ///< in a row
        std::uint64_t looks = 0;  ///< whole ones, ever
        bool upsert_only = false;
        std::set<specs::Key> present;  ///< in the latest snapshot, of one that is upsert_only: its claims never end
        bool complete = false;
        std::string digest;     ///< of the latest snapshot
        bool quarrels = false;  ///< at the latest snapshot some of its objects were claimed by another source as well
        std::map<specs::Key, Absence> absent;
        std::set<specs::Key> claimed;
        std::size_t valid = 0;  ///< of the latest snapshot
        std::size_t invalid = 0;
    };
    /// One more complete look at what the latest snapshot said already.
    static void confirm(SourceState& state);
    /// Several sources want it now.
    [[nodiscard]] bool is_contested(specs::Key const& key, Wish const& wish) const;
    [[nodiscard]] Absence begin_absence(std::string const& source) const;
    /// Lets go what is proved absent: by two looks of its source, and by two of each other one since, where it may have moved
    /// to.
    void release_absent(std::set<specs::Key>& changed);
    void release(SourceState& state, std::string const& source, specs::Key const& key, std::set<specs::Key>& changed);

    std::map<std::string, SourceState> sources_;
    std::map<specs::Key, Wish> wishes_;
};

}  // namespace dayfly::reconcile
