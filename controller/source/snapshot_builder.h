// From the files of one look to a snapshot, with a memory of what each file held: a file that cannot be understood, or that has
// just lost objects, says nothing about its objects being gone.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "controller/base/clock.h"
#include "controller/base/task.h"
#include "controller/source/source.h"
#include "controller/source/tree_reader.h"
#include "specs/load.h"

namespace dayfly::source {

struct BuilderOptions {
    specs::LoadOptions load = {};
    /// How long a file that lost objects has to stay the same before it is believed.
    milliseconds settle{50};
};

struct Built {
    std::shared_ptr<Snapshot const> snapshot;  ///< the one from before when nothing is different
    WallTime read_at{};                        ///< of this look
    std::string unreadable;                    ///< the first thing that could not be read; empty when all could
    std::optional<Instant> look_again;         ///< when a file that lost objects may be believed
};

class SnapshotBuilder {
public:
    SnapshotBuilder(Clock& clock, std::string source, BuilderOptions options);

    /// True when the content behind this stamp was read at a time when a later change had to show in the stamp.
    [[nodiscard]] bool knows(std::string const& path, FileStamp const& stamp) const;
    /// True when some file has ever been built from.
    [[nodiscard]] bool has_files() const { return !memory_.empty(); }
    /// Files whose content is missing in `tree` must be known. Lets the event loop turn between files.
    Task<Built> build(Tree const& tree);

private:
    /// What is remembered of one file.
    struct FileMemory {
        FileStamp stamp;
        bool settled = false;  ///< the stamp was old enough when the content was read
        std::string hash;
        std::shared_ptr<specs::Loaded const> loaded;
        std::set<specs::Key> keys;  ///< objects this file is believed to hold
        std::optional<Instant> doubted_since;
    };

    Task<void> take_in(Tree const& tree);
    void forget_absent(Tree const& tree);
    void judge(FileMemory& file, std::set<specs::Key> const& present, Snapshot& snapshot, Built& built);
    void add_obstacles(Tree const& tree, Snapshot& snapshot, Built& built) const;
    /// The look found every file as it was when `last_` was built, and nothing else.
    [[nodiscard]] bool nothing_new(Tree const& tree) const;

    Clock& clock_;
    std::string source_;
    BuilderOptions options_;
    std::map<std::string, FileMemory> memory_;
    std::shared_ptr<Snapshot const> last_;  ///< null when the next look has to be taken in whatever it finds
};

}  // namespace dayfly::source
