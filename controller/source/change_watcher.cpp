#include "controller/source/change_watcher.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "controller/source/spec_names.h"

namespace dayfly::source {
namespace {

namespace asio = boost::asio;

constexpr std::uint32_t mask_of_names = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF |
                                        IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW;
/// Of a file that was removed while it is open nothing is heard: its name may stand for another one by now.
constexpr std::uint32_t mask_of_content = mask_of_names | IN_MODIFY | IN_CLOSE_WRITE | IN_EXCL_UNLINK;

}  // namespace

Result<void> ChangeWatcher::open() {
    if (active()) return {};
    int const fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0) return failure(ErrorKind::Unavailable, std::string("inotify: ") + std::strerror(errno));
    stream_.assign(fd);
    return {};
}

Result<bool> ChangeWatcher::watch(std::vector<std::string> const& directories, std::vector<WatchedName> const& names) {
    if (auto opened = open(); !opened) return std::unexpected(std::move(opened.error()));
    std::map<std::string, Watched> wanted;
    for (auto const& path : directories) wanted[path].whole = true;
    for (auto const& [directory, name] : names) wanted[directory].names.insert(name);

    std::map<int, Watched> now;
    bool added = false;
    for (auto& [path, watched] : wanted) {
        int const id =
            ::inotify_add_watch(stream_.native_handle(), path.c_str(), watched.whole ? mask_of_content : mask_of_names);
        if (id < 0) {
            int const error = errno;
            if (error == ENOSPC || error == ENOMEM) {
                close();
                return failure(ErrorKind::Unavailable, path + ": inotify: " + std::strerror(error));
            }
            // It went away since it was read, or may not be watched; the next look tells.
            added = added || error == ENOENT;
            continue;
        }
        watched.path = path;
        auto const before = watched_.find(id);
        added = added || before == watched_.end() || before->second.whole < watched.whole;
        now.insert_or_assign(id, std::move(watched));
    }
    for (auto const& [id, watched] : watched_) {
        if (!now.contains(id)) ::inotify_rm_watch(stream_.native_handle(), id);
    }
    watched_ = std::move(now);
    std::erase_if(open_files_,
                  [this](auto const& file) { return !watches_whole(file.first.substr(0, file.first.rfind('/'))); });
    return added;
}

Task<void> ChangeWatcher::readable() {
    auto const [error] =
        co_await stream_.async_wait(asio::posix::stream_descriptor::wait_read, asio::as_tuple(asio::use_awaitable));
    if (error && error != asio::error::operation_aborted) close();
}

Hints ChangeWatcher::drain(Instant now) {
    Hints hints;
    alignas(inotify_event) std::array<char, 65536> buffer;
    while (active()) {
        auto const length = ::read(stream_.native_handle(), buffer.data(), buffer.size());
        if (length < 0 && errno == EINTR) continue;
        if (length <= 0) break;
        for (std::size_t at = 0; at < static_cast<std::size_t>(length);) {
            inotify_event event;
            std::memcpy(&event, buffer.data() + at, sizeof event);
            std::string const name = event.len == 0 ? std::string() : std::string(buffer.data() + at + sizeof event);
            at += sizeof event + event.len;
            follow_writer(event.wd, event.mask, name, now);
            if ((event.mask & IN_Q_OVERFLOW) != 0) {
                ++hints.overflows;
            } else if (matters(event.wd, event.mask, name)) {
                ++hints.events;
            }
        }
    }
    return hints;
}

bool ChangeWatcher::matters(int watch, std::uint32_t mask, std::string const& name) {
    auto const found = watched_.find(watch);
    if (found == watched_.end()) return false;
    auto const& watched = found->second;
    bool const matter = name.empty()
                            ? watched.whole
                            : watched.names.contains(name) || (watched.whole && (name == published_data || is_spec_name(name) ||
                                                                                 ((mask & IN_ISDIR) != 0 && !is_litter(name))));
    // The kernel has dropped this watch with its directory; a later watch() has to see the place as new.
    if ((mask & IN_IGNORED) != 0) watched_.erase(found);
    return matter;
}

void ChangeWatcher::follow_writer(int watch, std::uint32_t mask, std::string const& name, Instant now) {
    auto const found = watched_.find(watch);
    if (found == watched_.end() || !found->second.whole || !is_spec_name(name)) return;
    auto const path = found->second.path + "/" + name;
    if ((mask & IN_MODIFY) != 0) {
        open_files_.insert_or_assign(path, now);
    } else if ((mask & (IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)) != 0) {
        open_files_.erase(path);
    }
}

bool ChangeWatcher::watches_whole(std::string const& directory) const {
    return std::ranges::any_of(watched_,
                               [&](auto const& watched) { return watched.second.whole && watched.second.path == directory; });
}

void ChangeWatcher::close() {
    boost::system::error_code ignored;
    stream_.close(ignored);
    watched_.clear();
    open_files_.clear();
}

}  // namespace dayfly::source
