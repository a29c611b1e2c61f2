#include "controller/source/link_target.h"

#include <cstring>
#include <deque>
#include <sstream>
#include <vector>

namespace dayfly::source {
namespace {

constexpr int max_links = 16;

void prepend(std::deque<std::string>& pending, std::string const& path) {
    std::istringstream stream(path);
    std::vector<std::string> parts;
    for (std::string part; std::getline(stream, part, '/');) {
        if (!part.empty() && part != ".") parts.push_back(part);
    }
    pending.insert(pending.begin(), parts.begin(), parts.end());
}

std::string joined(std::vector<std::string> const& parts) {
    std::string path;
    for (auto const& part : parts) path += (path.empty() ? "" : "/") + part;
    return path;
}

}  // namespace

std::expected<LinkTarget, std::string> link_target(FileSystem& files, int root, std::string const& path) {
    std::deque<std::string> pending;
    prepend(pending, path);
    std::vector<std::string> done;
    int links = 0;
    for (;;) {
        while (!pending.empty() && pending.front() == "..") {
            if (done.empty()) return std::unexpected("points out of the directory of specs");
            done.pop_back();
            pending.pop_front();
        }
        if (!pending.empty()) {
            done.push_back(pending.front());
            pending.pop_front();
        }
        if (done.empty()) return std::unexpected("points to the directory of specs itself");
        auto const real = joined(done);
        auto const info = files.info(root, real);
        if (!info) return std::unexpected(std::string("points to nothing readable: ") + std::strerror(info.error()));
        if (info->type != FileType::Link) {
            if (pending.empty()) return LinkTarget{.path = real, .info = *info};
            continue;
        }
        if (++links > max_links) return std::unexpected("runs in a circle of links");
        auto const target = files.read_link(root, real);
        if (!target) return std::unexpected(std::string("cannot be read: ") + std::strerror(target.error()));
        if (target->starts_with('/')) return std::unexpected("points out of the directory of specs");
        done.pop_back();
        prepend(pending, *target);
    }
}

}  // namespace dayfly::source
