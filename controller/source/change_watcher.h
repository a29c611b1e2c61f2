// Hints from the kernel (inotify) that a tree may have changed. A hint says "look again" and nothing else: what changed is
// found by reading, because events get lost, arrive for removed trees, and stay silent for flipped links.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/result.h"
#include "controller/base/task.h"
#include "controller/source/root_path.h"

namespace dayfly::source {

/// What arrived since the last drain().
struct Hints {
    std::uint64_t events = 0;     ///< those that may matter
    std::uint64_t overflows = 0;  ///< the kernel dropped events
    [[nodiscard]] bool any() const { return events + overflows > 0; }
};

class ChangeWatcher {
public:
    explicit ChangeWatcher(boost::asio::any_io_executor const& executor) : stream_(executor) {}

    /// Watches the spec files of `directories` and the single `names`, and nothing else any more. True when something is newly
    /// watched: what happened there before now was not heard. Unavailable when the kernel grants no (further) watch; then
    /// nothing is watched at all.
    Result<bool> watch(std::vector<std::string> const& directories, std::vector<WatchedName> const& names);
    /// False: only looking at regular intervals finds changes.
    [[nodiscard]] bool active() const { return stream_.is_open(); }
    /// Returns when there is something to drain, or on cancellation. Needs active().
    Task<void> readable();
    /// Reads everything that is there. Never waits.
    Hints drain(Instant now);
    /// Spec files in watched directories that were changed and not closed since, with the time of the last change heard of.
    [[nodiscard]] std::map<std::string, Instant> const& open_files() const { return open_files_; }
    void close();

private:
    /// One watched directory.
    struct Watched {
        std::string path;
        bool whole = false;           ///< every spec and directory in it matters
        std::set<std::string> names;  ///< these matter in any case
    };

    Result<void> open();
    /// Counts one event; true when it may matter.
    [[nodiscard]] bool matters(int watch, std::uint32_t mask, std::string const& name);
    void follow_writer(int watch, std::uint32_t mask, std::string const& name, Instant now);
    [[nodiscard]] bool watches_whole(std::string const& directory) const;

    boost::asio::posix::stream_descriptor stream_;
    std::map<int, Watched> watched_;
    std::map<std::string, Instant> open_files_;
};

}  // namespace dayfly::source
