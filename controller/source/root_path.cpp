#include "controller/source/root_path.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <filesystem>
#include <string_view>
#include <utility>

#include "controller/source/spec_names.h"

namespace dayfly::source {
namespace {

constexpr std::size_t max_links = 16;

std::deque<std::string> components(std::string_view path) {
    std::deque<std::string> parts;
    while (!path.empty()) {
        auto const end = std::min(path.find('/'), path.size());
        auto const part = path.substr(0, end);
        if (!part.empty() && part != ".") parts.emplace_back(part);
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return parts;
}

std::string joined(std::string const& directory, std::string_view name) {
    return (directory == "/" ? "/" : directory + "/") + std::string(name);
}

WatchedName split_last(std::string const& path) {
    auto const slash = path.rfind('/');
    return {.directory = slash == 0 ? "/" : path.substr(0, slash), .name = path.substr(slash + 1)};
}

bool is_git_hash(std::string_view text) {
    return (text.size() == 40 || text.size() == 64) && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// The walk from "/" down, one component at a time.
class Walk {
public:
    Walk(FileSystem& files, std::string const& path) : files_(files), pending_(components(path)) {}

    Resolution run() {
        auto root = follow();
        return {.root = std::move(root), .watched = std::move(watched_)};
    }

private:
    std::expected<Root, RootFailure> follow() {
        bool at_data = false;
        for (;;) {
            while (!pending_.empty()) {
                auto const step = enter(std::exchange(pending_.front(), {}));
                if (!step) return std::unexpected(step.error());
            }
            auto const data = joined(root_.path, published_data);
            auto const info = files_.info(AT_FDCWD, data);
            if (at_data || !info || info->type != FileType::Link) break;
            at_data = true;
            auto const target = files_.read_link(AT_FDCWD, data);
            if (!target) return fail(target.error(), data);
            if (!is_published_target(*target)) return fail(EXDEV, data);
            pending_.emplace_back(published_data);
        }
        auto const info = files_.info(AT_FDCWD, root_.path);
        if (!info) return fail(info.error(), root_.path);
        if (info->type != FileType::Directory) return fail(ENOTDIR, root_.path);
        root_.device = info->stamp.device;
        root_.inode = info->stamp.inode;
        if (root_.path != "/") watched_.push_back(split_last(root_.path));
        return root_;
    }

    std::expected<void, RootFailure> enter(std::string const& name) {
        pending_.pop_front();
        if (name == "..") {
            root_.path = root_.path == "/" ? "/" : split_last(root_.path).directory;
            return {};
        }
        auto const path = joined(root_.path, name);
        auto const info = files_.info(AT_FDCWD, path);
        if (info && info->type == FileType::Directory) {
            root_.path = path;
            return {};
        }
        watched_.push_back({.directory = root_.path, .name = name});
        if (!info) return fail(info.error(), path);
        if (info->type != FileType::Link) return fail(ENOTDIR, path);
        if (root_.links.size() == max_links) return fail(ELOOP, path);
        auto target = files_.read_link(AT_FDCWD, path);
        if (!target) return fail(target.error(), path);
        if (target->starts_with('/')) root_.path = "/";
        auto parts = components(*target);
        pending_.insert(pending_.begin(), parts.begin(), parts.end());
        root_.links.push_back({.path = path, .target = std::move(*target)});
        return {};
    }

    static std::unexpected<RootFailure> fail(int error, std::string path) {
        return std::unexpected(RootFailure{.error = error, .path = std::move(path)});
    }

    FileSystem& files_;
    std::deque<std::string> pending_;
    Root root_{.path = "/"};
    std::vector<WatchedName> watched_;
};

}  // namespace

std::string Root::revision() const {
    for (auto link = links.rbegin(); link != links.rend(); ++link) {
        auto const last = split_last("/" + link->path).name;
        if (last == published_data) return link->target.substr(2);
        for (auto const& part : components(link->target)) {
            if (is_git_hash(part)) return part;
        }
    }
    return {};
}

std::string RootFailure::text() const {
    return error == EXDEV ? path + ": points out of its directory" : path + ": " + std::strerror(error);
}

Resolution resolve_root(FileSystem& files, std::string const& path) {
    if (path.starts_with('/')) return Walk(files, path).run();
    std::error_code error;
    auto const here = std::filesystem::current_path(error);
    if (error) return {.root = std::unexpected(RootFailure{.error = error.value(), .path = path}), .watched = {}};
    return Walk(files, here.string() + "/" + path).run();
}

bool is_published_target(std::string const& target) {
    return target.starts_with("..") && target.size() > 2 && target.find('/') == std::string::npos;
}

}  // namespace dayfly::source
