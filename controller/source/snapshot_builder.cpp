#include "controller/source/snapshot_builder.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>
#include <vector>

#include "controller/base/digest.h"
#include "controller/source/duplicates.h"
#include "controller/source/empty_text.h"

namespace dayfly::source {
namespace {

/// A file changed twice within one tick of the file system's clock keeps its stamp; none ticks slower than this.
constexpr auto slowest_tick = seconds(2);
/// The event loop turns after so many newly read files: reading one takes about 0.1 ms.
constexpr std::size_t files_per_turn = 32;

void add_keys(specs::Loaded const& loaded, std::set<specs::Key>& keys) {
    for (auto const& environment : loaded.environments) keys.insert(environment.key);
    keys.insert(loaded.broken.begin(), loaded.broken.end());
}

}  // namespace

SnapshotBuilder::SnapshotBuilder(Clock& clock, std::string source, BuilderOptions options)
    : clock_(clock), source_(std::move(source)), options_(std::move(options)) {}

bool SnapshotBuilder::knows(std::string const& path, FileStamp const& stamp) const {
    auto const file = memory_.find(path);
    return file != memory_.end() && file->second.settled && file->second.stamp == stamp;
}

Task<Built> SnapshotBuilder::build(Tree tree, Writers writers) {
    auto lost = mounts_.lost(tree, [&](std::string const& shown) { return lacks_files(tree, shown); });
    std::ranges::move(lost, std::back_inserter(tree.obstacles));
    Building building{.tree = tree, .writers = writers, .built = {.snapshot = last_, .read_at = clock_.wall()}};
    if (nothing_new(tree, writers)) co_return building.built;
    co_await take_in(tree, writers);
    forget_absent(tree);

    auto& snapshot = building.snapshot;
    auto& built = building.built;
    snapshot.source = source_;
    snapshot.revision = tree.root.revision();
    snapshot.complete = true;
    snapshot.read_at = built.read_at;

    for (auto const& [path, file] : memory_) {
        if (tree.files.contains(path)) add_keys(*file.loaded, building.present);
    }
    std::string digested;
    for (auto& [path, file] : memory_) {
        if (!tree.files.contains(path)) continue;
        snapshot.environments.insert(snapshot.environments.end(), file.loaded->environments.begin(),
                                     file.loaded->environments.end());
        snapshot.problems.insert(snapshot.problems.end(), file.loaded->problems.begin(), file.loaded->problems.end());
        snapshot.notes.insert(snapshot.notes.end(), file.loaded->notes.begin(), file.loaded->notes.end());
        snapshot.broken.insert(snapshot.broken.end(), file.loaded->broken.begin(), file.loaded->broken.end());
        judge(path, file, building);
        digested += path + '\0' + file.hash + (file.doubted_since ? " doubted\n" : "\n");
    }
    add_open_files(building);
    add_obstacles(building);
    for (auto const& path : writers.open) digested += path + '\0' + "open\n";
    for (auto const& obstacle : tree.obstacles) digested += obstacle.path + '\0' + obstacle.reason + '\n';
    for (auto const& remark : tree.remarks) {
        snapshot.notes.push_back({.location = {.file = remark.path}, .message = remark.reason});
    }
    refuse_duplicates(snapshot);
    snapshot.digest = sha256_hex(digested);
    bool const plain = snapshot.complete && tree.obstacles.empty() && tree.remarks.empty() && !built.look_again;
    built.snapshot = std::make_shared<Snapshot const>(std::move(snapshot));
    last_ = plain ? built.snapshot : nullptr;
    co_return std::move(built);
}

bool SnapshotBuilder::nothing_new(Tree const& tree, Writers const& writers) const {
    return last_ && last_->revision == tree.root.revision() && tree.obstacles.empty() && tree.remarks.empty() &&
           writers.open.empty() && tree.files.size() == memory_.size() &&
           std::ranges::all_of(tree.files,
                               [this](auto const& file) { return !file.second.content && memory_.contains(file.first); });
}

Task<void> SnapshotBuilder::take_in(Tree const& tree, Writers const& writers) {
    auto const now = clock_.wall();
    std::size_t loaded_files = 0;
    for (auto const& [path, read] : tree.files) {
        // Half a file says nothing; what it held before stays in force until it is whole.
        if (!read.content || writers.open.contains(path)) continue;
        auto& file = memory_[path];
        auto const changed = WallTime(std::chrono::duration_cast<WallTime::duration>(
            std::chrono::nanoseconds(std::max(read.stamp.changed_ns, read.stamp.modified_ns))));
        auto const before = std::exchange(file.stamp, read.stamp);
        auto const place = std::exchange(file.place, tree.root.path + "/" + read.real);
        // A stamp in the future, after the clock was set back, is never settled: such a file is read at every look.
        file.settled = changed + slowest_tick < now;
        auto hash = sha256_hex(*read.content);
        if (file.loaded && file.hash == hash) continue;
        file.hash = std::move(hash);
        file.doubted_since.reset();
        // A flipped link leads to what is whole. A new file in the same place may still be being written, if nobody tells.
        bool const other_file = before.device != read.stamp.device || before.inode != read.stamp.inode;
        file.replaced = place != file.place || (other_file && writers.heard);
        file.never_told = !file.loaded && is_blank(*read.content);
        file.empty = holds_no_document(*read.content);
        file.loaded = std::make_shared<specs::Loaded const>(specs::load(*read.content, path, options_.load));
        if (++loaded_files % files_per_turn == 0) {
            co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
        }
    }
}

bool SnapshotBuilder::lacks_files(Tree const& tree, std::string const& directory) const {
    return std::ranges::any_of(memory_, [&](auto const& file) {
        return is_at_or_below(file.first, directory) && !file.second.keys.empty() && !tree.files.contains(file.first);
    });
}

/// A file that is provably gone is forgotten; one that hides behind an obstacle is not.
void SnapshotBuilder::forget_absent(Tree const& tree) {
    std::erase_if(memory_, [&tree](auto const& entry) {
        if (tree.files.contains(entry.first)) return false;
        return std::ranges::none_of(tree.obstacles,
                                    [&](Obstacle const& obstacle) { return is_at_or_below(entry.first, obstacle.path); });
    });
}

/// Decides which objects the file is believed to hold, and whether that leaves the snapshot complete.
void SnapshotBuilder::judge(std::string const& path, FileMemory& file, Building& building) const {
    auto& snapshot = building.snapshot;
    std::set<specs::Key> read;
    add_keys(*file.loaded, read);
    std::vector<specs::Key> missing;
    std::ranges::copy_if(file.keys, std::back_inserter(missing),
                         [&](auto const& key) { return !building.present.contains(key); });
    auto const keep_missing = [&] {
        snapshot.broken.insert(snapshot.broken.end(), missing.begin(), missing.end());
        file.keys.insert(read.begin(), read.end());
    };
    auto const tell = [&](std::string message) {
        snapshot.problems.push_back({.location = {.file = path, .line = 1, .column = 1}, .message = std::move(message)});
    };

    bool const unknown = file.loaded->identities_unknown;
    bool const open = building.writers.open.contains(path);
    if (open) file.doubted_since.reset();
    if (file.never_told) {
        snapshot.complete = false;
        tell("the file is empty, and what it held is not known; delete it, or write a comment into it");
    } else if (missing.empty() && !unknown) {
        file.doubted_since.reset();
        file.keys = std::move(read);
    } else if (file.empty) {
        tell("the file is empty; delete it to remove its environments");
        keep_missing();
    } else if (unknown || open || !outlasts_doubt(file, building.built)) {
        // Where objects are unknown, what the file held is not all that it may hold: one may just have moved into it.
        snapshot.complete = false;
        keep_missing();
    } else {
        file.keys = std::move(read);
    }
}

/// The front half of a file that is being written reads as a smaller file: let it stay the same for a while first.
bool SnapshotBuilder::outlasts_doubt(FileMemory& file, Built& built) const {
    auto const now = clock_.now();
    if (!file.doubted_since) file.doubted_since = now;
    auto const end = *file.doubted_since + (file.replaced ? options_.settle : options_.shrink_settle);
    if (now >= end) {
        file.doubted_since.reset();
        return true;
    }
    built.look_again = std::min(built.look_again.value_or(end), end);
    return false;
}

void SnapshotBuilder::add_open_files(Building& building) const {
    auto const& writers = building.writers;
    for (auto const& path : writers.open) {
        building.snapshot.complete = false;
        building.snapshot.notes.push_back(
            {.location = {.file = path}, .message = "is being written; what it held before stays in force until it is closed"});
    }
    if (!writers.look_again) return;
    auto& look_again = building.built.look_again;
    look_again = std::min(look_again.value_or(*writers.look_again), *writers.look_again);
}

void SnapshotBuilder::add_obstacles(Building& building) const {
    auto& snapshot = building.snapshot;
    auto& unreadable = building.built.unreadable;
    for (auto const& obstacle : building.tree.obstacles) {
        auto const& place = obstacle.path.empty() ? building.tree.root.path : obstacle.path;
        snapshot.problems.push_back({.location = {.file = place}, .field = {}, .message = obstacle.reason});
        // As with a file that cannot be understood: an object may just have moved behind it.
        snapshot.complete = false;
        for (auto const& [path, file] : memory_) {
            if (!is_at_or_below(path, obstacle.path) || building.tree.files.contains(path)) continue;
            snapshot.broken.insert(snapshot.broken.end(), file.keys.begin(), file.keys.end());
        }
        if (obstacle.unreadable && unreadable.empty()) unreadable = place + ": " + obstacle.reason;
    }
}

}  // namespace dayfly::source
