#include "controller/source/directory_source.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <set>
#include <utility>

#include "controller/source/change_watcher.h"

namespace dayfly::source {
namespace {

namespace asio = boost::asio;

/// Between two tries of a look that the tree moved under.
constexpr milliseconds between_tries{10};

std::set<specs::Key> keys_of(Snapshot const& snapshot) {
    std::set<specs::Key> keys(snapshot.broken.begin(), snapshot.broken.end());
    for (auto const& environment : snapshot.environments) keys.insert(environment.key);
    return keys;
}

bool lost_keys(Snapshot const& before, Snapshot const& after) {
    return !std::ranges::includes(keys_of(after), keys_of(before));
}

ErrorKind kind_of(LookFailure::Kind kind) {
    switch (kind) {
        case LookFailure::Kind::Moved: return ErrorKind::Conflict;
        case LookFailure::Kind::NoRoot: return ErrorKind::NotFound;
        case LookFailure::Kind::TooLarge: return ErrorKind::InvalidInput;
    }
    return ErrorKind::Unknown;
}

BuilderOptions builder_options(DirectoryOptions const& options) {
    return {.load = options.load, .settle = options.times.quiet, .shrink_settle = options.times.shrink_settle};
}

Task<bool> is_cancelled() {
    auto const state = co_await asio::this_coro::cancellation_state;
    co_return state.cancelled() != asio::cancellation_type::none;
}

}  // namespace

/// What exists only while run() runs: it needs run()'s executor.
struct DirectorySource::Running {
    Running(asio::any_io_executor const& executor, LookTimes const& times, Publish to)
        : watcher(executor), pokes(executor, 1), schedule(times), publish(std::move(to)) {}

    [[nodiscard]] bool hears() const { return watcher.active(); }

    Task<void> poked() { co_await pokes.async_receive(asio::as_tuple(asio::use_awaitable)); }

    ChangeWatcher watcher;
    asio::experimental::channel<void(boost::system::error_code)> pokes;
    LookSchedule schedule;
    Publish publish;
    Resolution seen{.root = std::unexpected(RootFailure{}), .watched = {}};
};

Result<void> DirectoryOptions::check() const {
    auto const wrong = [](std::string message) { return failure(ErrorKind::InvalidInput, std::move(message)); };
    if (path.empty()) return wrong("path: is empty");
    if (tries < 1) return wrong("tries: must be at least 1");
    if (limits.files == 0) return wrong("limits.files: must be at least 1");
    if (times.quiet < milliseconds(0)) return wrong("times.quiet: is negative");
    if (times.quiet_cap < times.quiet) return wrong("times.quiet_cap: is shorter than times.quiet");
    if (times.check < milliseconds(10)) return wrong("times.check: must be at least 10ms");
    if (times.deaf_look < milliseconds(10)) return wrong("times.deaf_look: must be at least 10ms");
    if (times.shrink_settle < times.quiet) return wrong("times.shrink_settle: is shorter than times.quiet");
    if (times.open_write < times.shrink_settle) return wrong("times.open_write: is shorter than times.shrink_settle");
    if (times.full_look < times.check) return wrong("times.full_look: is shorter than times.check");
    return {};
}

DirectorySource::DirectorySource(Clock& clock, Log& log, DirectoryOptions options, FileSystem& files)
    : clock_(clock),
      log_(log),
      files_(files),
      options_(std::move(options)),
      name_("dir:" + options_.path),
      builder_(clock, name_, builder_options(options_)) {
    status_.source = name_;
}

DirectorySource::~DirectorySource() = default;

Task<Result<std::shared_ptr<Snapshot const>>> DirectorySource::read_once() {
    SnapshotBuilder builder(clock_, name_, builder_options(options_));
    auto tree = co_await read(builder, true);
    if (!tree) co_return std::unexpected(tree.error());
    auto built = co_await builder.build(std::move(*tree), Writers{});
    co_return built.snapshot;
}

Task<void> DirectorySource::run(Publish publish) {
    using namespace asio::experimental::awaitable_operators;
    co_await asio::this_coro::throw_if_cancelled(false);
    Running running(co_await asio::this_coro::executor, options_.times, std::move(publish));
    struct Announce {
        Running*& place;
        Announce(Running*& where, Running* what) : place(where) { place = what; }
        ~Announce() { place = nullptr; }
    } const announce(running_, &running);

    auto& schedule = running.schedule;
    while (!co_await is_cancelled()) {
        auto const now = clock_.now();
        if (now >= schedule.next_look(running.hears())) {
            co_await look(running);
        } else if (now >= schedule.next_check()) {
            check_root(running);
        }
        if (co_await is_cancelled()) co_return;
        auto const until = std::min(schedule.next_look(running.hears()), schedule.next_check());
        if (running.watcher.active()) {
            co_await (running.watcher.readable() || running.poked() || clock_.sleep_until(until));
        } else {
            co_await (running.poked() || clock_.sleep_until(until));
        }
        hear(running);
    }
}

void DirectorySource::hear(Running& running) {
    auto const hints = running.watcher.drain(clock_.now());
    status_.watch_events += hints.events;
    status_.watch_overflows += hints.overflows;
    if (hints.any()) running.schedule.hint(clock_.now());
}

void DirectorySource::poke() {
    // Without a running loop there is nothing to do: it starts with a look.
    if (running_ == nullptr) return;
    running_->schedule.hint(clock_.now());
    running_->pokes.try_send(boost::system::error_code{});
}

Task<Result<Tree>> DirectorySource::read(SnapshotBuilder const& builder, bool read_all) {
    auto const knows = [&](std::string const& path, FileStamp const& stamp) { return !read_all && builder.knows(path, stamp); };
    for (int attempt = 1;; ++attempt) {
        auto tree = co_await read_tree(files_, options_.path, options_.limits, knows);
        if (tree) co_return std::move(*tree);
        bool const moved = tree.error().kind == LookFailure::Kind::Moved;
        if (moved) ++status_.discarded_race;
        if (!moved || attempt >= options_.tries) co_return failure(kind_of(tree.error().kind), tree.error().message);
        co_await clock_.sleep_for(between_tries * attempt);
    }
}

/// A volume that fell off leaves an empty mount point behind: another directory at the same path that nobody switched to.
bool DirectorySource::looks_vanished(Tree const& tree) const {
    if (!root_ || !builder_.has_files() || !tree.files.empty() || !tree.obstacles.empty()) return false;
    return tree.root.device != root_->device || (tree.root.links == root_->links && tree.root.inode != root_->inode);
}

Task<void> DirectorySource::look(Running& running) {
    auto const due = running.schedule.take(clock_.now());
    running.seen = resolve_root(files_, options_.path);
    auto tree = co_await read(builder_, due.read_all);
    if (!tree) {
        // Where specs were, a missing directory is a lost one; it must not read as "no specs".
        ++(tree.error().kind == ErrorKind::NotFound && builder_.has_files() ? status_.rejected : status_.errors);
        keep_last(running, tree.error().message, due.confirm);
        running.schedule.look_by(clock_.now() + options_.times.retry);
        if (tree.error().kind == ErrorKind::NotFound) watch(running, {}, true);
        co_return;
    }
    running.seen = resolve_root(files_, options_.path);
    watch(running, tree->directories, tree->hears_changes);
    if (looks_vanished(*tree)) {
        ++status_.rejected;
        keep_last(running,
                  tree->root.path +
                      ": is another directory than before and empty, as after a lost mount; put a spec into it, or "
                      "restart the controller if it is meant to be empty",
                  due.confirm);
        co_return;
    }
    root_ = tree->root;
    // Whoever wrote to a file before it was read is known now.
    hear(running);
    auto known_writers = writers(running, *tree);
    auto built = co_await builder_.build(std::move(*tree), std::move(known_writers));
    if (built.look_again) running.schedule.look_by(*built.look_again);
    deliver(running, built, due.confirm);
}

Writers DirectorySource::writers(Running const& running, Tree const& tree) const {
    auto const& open = running.watcher.open_files();
    Writers writers{.heard = running.hears()};
    for (auto const& [path, file] : tree.files) {
        auto const found = open.find(tree.root.path + "/" + file.real);
        // Setting the time of a file alone is heard as a change, too, and closes nothing; writing sets both of its times.
        if (found == open.end() || file.stamp.modified_ns != file.stamp.changed_ns) continue;
        auto const given_up = found->second + options_.times.open_write;
        if (given_up <= clock_.now()) continue;
        writers.open.insert(path);
        writers.look_again = std::min(writers.look_again.value_or(given_up), given_up);
    }
    return writers;
}

/// The cheap look of an idle second: does the path still lead to the same directory?
void DirectorySource::check_root(Running& running) {
    auto now = resolve_root(files_, options_.path);
    running.schedule.checked(clock_.now());
    bool const same =
        now.root && running.seen.root ? *now.root == *running.seen.root : now.root.has_value() == running.seen.root.has_value();
    if (!same) running.schedule.hint(clock_.now());
    running.seen = std::move(now);
}

void DirectorySource::watch(Running& running, std::vector<TreeDirectory> const& directories, bool hears_changes) {
    auto& watcher = running.watcher;
    if (!options_.use_hints || !hears_changes) {
        watcher.close();
        status_.polling = true;
        return;
    }
    std::vector<std::string> paths;
    std::ranges::transform(directories, std::back_inserter(paths), &TreeDirectory::path);
    auto const added = watcher.watch(paths, running.seen.watched);
    if (!added && !status_.polling) {
        log_.warn("source falls back to polling", {{"source", name_}, {"reason", added.error().message}});
    }
    status_.polling = !added.has_value();
    // What happened between the look and the new watch was not heard.
    if (added && *added) running.schedule.hint(clock_.now());
}

void DirectorySource::deliver(Running& running, Built const& built, bool confirm) {
    went_well(built);
    auto const snapshot = built.snapshot;
    read_ = snapshot;
    auto const before = told_;
    bool const changed = is_news(before.get(), *snapshot);
    ++(changed ? status_.published : status_.unchanged);
    if (changed) {
        status_.last_change = snapshot->read_at;
        log_.info("source changed", {{"source", name_},
                                     {"revision", snapshot->revision},
                                     {"environments", std::to_string(snapshot->environments.size())},
                                     {"broken", std::to_string(snapshot->broken.size())},
                                     {"problems", std::to_string(snapshot->problems.size())},
                                     {"complete", snapshot->complete ? "true" : "false"}});
    }
    if (before && changed && snapshot->complete && (!before->complete || lost_keys(*before, *snapshot))) {
        running.schedule.confirm_by(clock_.now() + options_.times.second_look);
    }
    tell(running, snapshot, confirm);
}

void DirectorySource::keep_last(Running& running, std::string const& problem, bool confirm) {
    went_wrong(problem);
    if (!read_) return;
    tell(running, told_->unreadable == problem ? told_ : while_unreadable(*read_, problem), confirm);
}

void DirectorySource::tell(Running& running, std::shared_ptr<Snapshot const> const& snapshot, bool confirm) {
    auto const before = std::exchange(told_, snapshot);
    bool const changed = is_news(before.get(), *snapshot);
    if (changed || confirm || before->revision != snapshot->revision) running.publish(snapshot, changed);
}

void DirectorySource::went_wrong(std::string problem) {
    if (status_.problem != problem) log_.warn("source cannot be read", {{"source", name_}, {"reason", problem}});
    status_.up = false;
    status_.problem = std::move(problem);
}

void DirectorySource::went_well(Built const& built) {
    if (!built.unreadable.empty()) {
        went_wrong(built.unreadable);
        return;
    }
    if (!status_.problem.empty()) log_.info("source can be read again", {{"source", name_}});
    status_.up = true;
    status_.problem.clear();
    status_.last_success = built.read_at;
}

}  // namespace dayfly::source
