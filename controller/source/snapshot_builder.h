// From the files of one look to a snapshot, with a memory of what each file held: a file that cannot be understood, that is
// empty, that is being written, or that has just lost objects says nothing about its objects being gone.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/task.h"
#include "controller/source/mount_memory.h"
#include "controller/source/source.h"
#include "controller/source/tree_reader.h"
#include "specs/load.h"

namespace dayfly::source {

struct BuilderOptions {
    specs::LoadOptions load = {};
    /// How long a file that lost objects has to stay the same before it is believed, when another file took its place, whole.
    milliseconds settle{50};
    /// The same, when it was written in place: the front half of a write reads as a smaller file.
    milliseconds shrink_settle{60'000};
};

/// Who is writing to the files of a look.
struct Writers {
    bool heard = false;                 ///< false: nobody tells of writers, and there may be some
    std::set<std::string> open;         ///< files that were changed and not closed since
    std::optional<Instant> look_again;  ///< when one of them is no longer waited for
};

struct Built {
    std::shared_ptr<Snapshot const> snapshot;  ///< the one from before when nothing is different
    WallTime read_at{};                        ///< of this look
    std::string unreadable;                    ///< the first thing that could not be read; empty when all could
    std::optional<Instant> look_again;         ///< when a file that lost objects or is being written may be believed
};

class SnapshotBuilder {
public:
    SnapshotBuilder(Clock& clock, std::string source, BuilderOptions options);

    /// True when the content behind this stamp was read at a time when a later change had to show in the stamp.
    [[nodiscard]] bool knows(std::string const& path, FileStamp const& stamp) const;
    /// True when some file has ever been built from.
    [[nodiscard]] bool has_files() const { return !memory_.empty(); }
    /// Files whose content is missing in `tree` must be known. Lets the event loop turn between files.
    Task<Built> build(Tree tree, Writers writers);

private:
    /// What is remembered of one file.
    struct FileMemory {
        FileStamp stamp;
        bool settled = false;  ///< the stamp was old enough when the content was read
        std::string hash;
        std::shared_ptr<specs::Loaded const> loaded;
        std::set<specs::Key> keys;  ///< objects this file is believed to hold
        std::string place;          ///< where it really lies
        bool replaced = false;      ///< the latest content came as another file, and not by writing to this one
        bool empty = false;         ///< no document is in it
        bool never_told = false;    ///< it was blank when it was first seen: what it stands for is not known
        std::optional<Instant> doubted_since;
    };
    /// What comes out of one look, as far as it has got.
    struct Building {
        Tree const& tree;
        Writers const& writers;
        std::set<specs::Key> present;  ///< all objects that can be read
        Snapshot snapshot;
        Built built;
    };

    Task<void> take_in(Tree const& tree, Writers const& writers);
    void forget_absent(Tree const& tree);
    void judge(std::string const& path, FileMemory& file, Building& building) const;
    [[nodiscard]] bool outlasts_doubt(FileMemory& file, Built& built) const;
    /// Files with objects that were known at or below this directory are not in the tree.
    [[nodiscard]] bool lacks_files(Tree const& tree, std::string const& directory) const;
    void add_open_files(Building& building) const;
    void add_obstacles(Building& building) const;
    /// The look found every file as it was when `last_` was built, and nothing else.
    [[nodiscard]] bool nothing_new(Tree const& tree, Writers const& writers) const;

    Clock& clock_;
    std::string source_;
    BuilderOptions options_;
    std::map<std::string, FileMemory> memory_;
    MountMemory mounts_;
    std::shared_ptr<Snapshot const> last_;  ///< null when the next look has to be taken in whatever it finds
};

}  // namespace dayfly::source
