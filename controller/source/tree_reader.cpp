#include "controller/source/tree_reader.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "controller/source/link_target.h"
#include "controller/source/spec_names.h"

namespace dayfly::source {
namespace {

template <class T>
using Looked = std::expected<T, LookFailure>;

constexpr std::size_t files_per_turn = 64;

/// Names that may matter, in order; what else comes and goes in a directory is nobody's business.
std::vector<std::string> relevant(std::vector<std::string> names) {
    std::erase_if(names, [](std::string const& name) { return is_litter(name) && name != published_data; });
    std::ranges::sort(names);
    return names;
}

std::unexpected<LookFailure> moved(std::string const& path, std::string_view what) {
    auto const shown = path.empty() ? std::string("the root directory") : path;
    return std::unexpected(LookFailure{LookFailure::Kind::Moved, shown + " " + std::string(what) + " while it was read"});
}

/// Errors that mean: it was there a moment ago.
bool means_moved(int error) { return error == ENOENT || error == ENOTDIR || error == ELOOP || error == ESTALE; }

std::string below(std::string const& directory, std::string_view name) {
    return directory.empty() ? std::string(name) : directory + "/" + std::string(name);
}

/// A directory to enter or already seen.
struct Directory {
    std::string real;   ///< from the root; empty: the root
    std::string shown;  ///< without ..data
    std::size_t depth = 0;
    std::uint64_t inode = 0;
    std::vector<std::string> names;
};

class Look {
public:
    Look(FileSystem& files, TreeLimits const& limits, KnowsFile const& knows) : files_(files), limits_(limits), knows_(knows) {}

    Task<Looked<Tree>> run(std::string const& path) {
        auto const resolution = resolve_root(files_, path);
        if (!resolution.root) co_return no_root(resolution.root.error().text());
        tree_.root = *resolution.root;
        if (auto const opened = open_root(); !opened) co_return std::unexpected(opened.error());
        pending_.push_back({});
        while (!pending_.empty()) {
            auto directory = std::move(pending_.back());
            pending_.pop_back();
            if (auto const entered = enter(std::move(directory)); !entered) co_return std::unexpected(entered.error());
            if (auto const within = check_limits(); !within) co_return std::unexpected(within.error());
        }
        std::size_t read_files = 0;
        for (auto file = tree_.files.begin(); file != tree_.files.end();) {
            auto const kept = read(file->first, file->second);
            if (!kept) co_return std::unexpected(kept.error());
            file = *kept ? std::next(file) : tree_.files.erase(file);
            if (++read_files % files_per_turn == 0) {
                co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
            }
        }
        if (auto const same = verify(path); !same) co_return std::unexpected(same.error());
        co_return std::move(tree_);
    }

private:
    static std::unexpected<LookFailure> no_root(std::string message) {
        return std::unexpected(LookFailure{LookFailure::Kind::NoRoot, std::move(message)});
    }

    Looked<void> open_root() {
        auto opened = files_.open_directory(AT_FDCWD, tree_.root.path);
        if (!opened) return no_root(tree_.root.path + ": " + std::strerror(opened.error()));
        root_ = std::move(*opened);
        tree_.hears_changes = files_.hears_changes(root_.get());
        return {};
    }

    SystemResult<Descriptor> open(std::string const& real) {
        return files_.open_directory(root_.get(), real.empty() ? "." : real);
    }

    Looked<void> check_limits() const {
        auto const too_large = [](std::string message) {
            return std::unexpected(LookFailure{LookFailure::Kind::TooLarge, std::move(message)});
        };
        if (tree_.files.size() > limits_.files) return too_large("more than " + std::to_string(limits_.files) + " spec files");
        if (total_bytes_ > limits_.total_bytes) {
            return too_large("the spec files are larger than " + std::to_string(limits_.total_bytes) + " bytes together");
        }
        return {};
    }

    /// Lists one directory and sorts what is in it. An unreadable root is a failure, an unreadable directory an obstacle.
    Looked<void> enter(Directory directory) {
        auto const fd = open(directory.real);
        auto const info = fd ? files_.info_of(fd->get()) : std::unexpected(fd.error());
        auto names = info ? files_.list(fd->get()) : std::unexpected(info.error());
        if (!names) {
            if (means_moved(names.error())) return moved(directory.shown, "went away");
            if (directory.shown.empty()) return no_root(tree_.root.path + ": " + std::strerror(names.error()));
            unreadable(directory.shown, names.error());
            return {};
        }
        // A removed directory that is still open lists as empty and without an error.
        if (info->links == 0) return moved(directory.shown, "was removed");
        directory.inode = info->stamp.inode;
        directory.names = relevant(std::move(*names));
        tree_.directories.push_back({.path = directory.real.empty() ? tree_.root.path : tree_.root.path + "/" + directory.real,
                                     .shown = directory.shown,
                                     .device = info->stamp.device});
        seen_.push_back(directory);
        if (std::ranges::binary_search(directory.names, published_data)) return enter_published(directory, fd->get());
        for (auto const& name : directory.names) {
            if (auto const sorted = sort(directory, fd->get(), name); !sorted) return sorted;
        }
        return {};
    }

    /// A ConfigMap mounted inside the tree: only what ..data points to counts, the links beside it lag behind.
    Looked<void> enter_published(Directory const& directory, int fd) {
        auto const path = below(directory.shown, published_data);
        auto target = files_.read_link(fd, std::string(published_data));
        if (!target) {
            if (means_moved(target.error())) return moved(path, "went away");
            unreadable(path, target.error());
            return {};
        }
        if (!is_published_target(*target)) {
            refuse(directory.shown, "..data points out of its directory");
            return {};
        }
        links_.push_back({.path = below(directory.real, published_data), .target = *target});
        pending_.push_back({.real = below(directory.real, *target), .shown = directory.shown, .depth = directory.depth});
        return {};
    }

    Looked<void> sort(Directory const& directory, int fd, std::string const& name) {
        auto const shown = below(directory.shown, name);
        auto const info = files_.info(fd, name);
        if (!info) {
            if (means_moved(info.error())) return moved(shown, "went away");
            unreadable(shown, info.error());
            return {};
        }
        switch (info->type) {
            case FileType::Directory:
                if (directory.depth == limits_.depth) {
                    refuse(shown, "more than " + std::to_string(limits_.depth) + " directories deep");
                } else {
                    pending_.push_back({.real = below(directory.real, name), .shown = shown, .depth = directory.depth + 1});
                }
                return {};
            case FileType::Regular:
                if (is_spec_name(name)) take(shown, below(directory.real, name), info->stamp);
                return {};
            case FileType::Link: return follow(directory, fd, name, shown);
            case FileType::Other:
                if (is_spec_name(name)) refuse(shown, "not a regular file");
                return {};
        }
        return {};
    }

    /// A link counts as the file it points to, if that lies below the root; a directory is read where it really is.
    Looked<void> follow(Directory const& directory, int fd, std::string const& name, std::string const& shown) {
        auto const end = files_.info_followed(fd, name);
        bool const to_directory = end && end->type == FileType::Directory;
        if (!is_spec_name(name) && !to_directory) return {};
        auto const target = link_target(files_, root_.get(), below(directory.real, name));
        if (!target) {
            refuse(shown, target.error());
        } else if (to_directory) {
            tree_.remarks.push_back({.path = shown, .reason = "a link to a directory is not followed"});
        } else if (target->info.type != FileType::Regular) {
            refuse(shown, "does not point to a regular file");
        } else {
            take(shown, target->path, target->info.stamp);
        }
        return {};
    }

    void take(std::string const& shown, std::string real, FileStamp const& stamp) {
        if (std::cmp_greater(stamp.size, limits_.file_bytes)) {
            refuse(shown, "larger than " + std::to_string(limits_.file_bytes) + " bytes");
            return;
        }
        total_bytes_ += static_cast<std::size_t>(stamp.size);
        tree_.files.insert_or_assign(shown, TreeFile{.real = std::move(real), .stamp = stamp, .content = {}});
    }

    void refuse(std::string path, std::string reason) {
        tree_.obstacles.push_back({.path = std::move(path), .reason = std::move(reason)});
    }

    void unreadable(std::string path, int error) {
        tree_.obstacles.push_back({.path = std::move(path), .reason = std::strerror(error), .unreadable = true});
    }

    /// False when the file became an obstacle.
    Looked<bool> read(std::string const& shown, TreeFile& file) {
        if (knows_(shown, file.stamp)) return true;
        auto const fd = files_.open_file(root_.get(), file.real);
        auto const info = fd ? files_.info_of(fd->get()) : std::unexpected(fd.error());
        if (info && info->stamp != file.stamp) return moved(shown, "changed");
        auto content = info ? files_.read_all(fd->get(), limits_.file_bytes) : std::unexpected(info.error());
        if (content) {
            file.content = std::move(*content);
            return true;
        }
        // A file that outgrew the limit since it was listed is being written right now.
        if (means_moved(content.error()) || content.error() == EFBIG) return moved(shown, "changed");
        unreadable(shown, content.error());
        return false;
    }

    /// The second look: the path leads to the same place, and the same names stand for the same files.
    Looked<void> verify(std::string const& path) {
        auto const again = resolve_root(files_, path);
        if (!again.root || *again.root != tree_.root) return moved({}, "was switched");
        for (auto const& link : links_) {
            if (files_.read_link(root_.get(), link.path) != link.target) return moved(link.path, "was switched");
        }
        for (auto const& directory : seen_) {
            auto const fd = open(directory.real);
            auto const info = fd ? files_.info_of(fd->get()) : std::unexpected(fd.error());
            auto names = info ? files_.list(fd->get()) : std::unexpected(info.error());
            if (!names || info->links == 0 || info->stamp.inode != directory.inode ||
                relevant(std::move(*names)) != directory.names) {
                return moved(directory.shown, "changed");
            }
        }
        for (auto const& [shown, file] : tree_.files) {
            auto const info = files_.info(root_.get(), file.real);
            if (!info || info->stamp != file.stamp) return moved(shown, "changed");
        }
        return {};
    }

    FileSystem& files_;
    TreeLimits const& limits_;
    KnowsFile const& knows_;
    Descriptor root_;
    Tree tree_;
    std::vector<Directory> pending_;
    std::vector<Directory> seen_;
    std::vector<FollowedLink> links_;  ///< the ..data links inside the tree, paths from the root
    std::size_t total_bytes_ = 0;
};

}  // namespace

bool is_at_or_below(std::string const& path, std::string const& place) {
    if (place.empty() || path == place) return true;
    return path.size() > place.size() && path.starts_with(place) && (place.ends_with('/') || path[place.size()] == '/');
}

Task<std::expected<Tree, LookFailure>> read_tree(FileSystem& files, std::string path, TreeLimits limits, KnowsFile knows) {
    Look look(files, limits, knows);
    co_return co_await look.run(path);
}

}  // namespace dayfly::source
