#include "controller/source/file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

namespace dayfly::source {
namespace {

std::int64_t nanoseconds(timespec const& time) { return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec; }

FileInfo info_from(struct stat const& raw) {
    FileInfo info;
    info.type = S_ISREG(raw.st_mode)   ? FileType::Regular
                : S_ISDIR(raw.st_mode) ? FileType::Directory
                : S_ISLNK(raw.st_mode) ? FileType::Link
                                       : FileType::Other;
    info.links = raw.st_nlink;
    info.stamp = {.device = raw.st_dev,
                  .inode = raw.st_ino,
                  .size = raw.st_size,
                  .modified_ns = nanoseconds(raw.st_mtim),
                  .changed_ns = nanoseconds(raw.st_ctim)};
    return info;
}

SystemResult<Descriptor> open_at(int directory, std::string const& path, int flags) {
    for (;;) {
        int const fd = ::openat(directory, path.c_str(), flags | O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd >= 0) return Descriptor(fd);
        if (errno != EINTR) return std::unexpected(errno);
    }
}

SystemResult<FileInfo> info_at(int directory, std::string const& path, int flags) {
    struct stat raw{};
    if (::fstatat(directory, path.c_str(), &raw, flags) != 0) return std::unexpected(errno);
    return info_from(raw);
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    if (this != &other) {
        if (fd_ >= 0) ::close(fd_);
        fd_ = other.release();
    }
    return *this;
}

Descriptor::~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
}

SystemResult<Descriptor> FileSystem::open_directory(int directory, std::string const& path) {
    return open_at(directory, path, O_DIRECTORY);
}

SystemResult<Descriptor> FileSystem::open_file(int directory, std::string const& path) {
    return open_at(directory, path, O_NONBLOCK | O_NOCTTY);
}

SystemResult<FileInfo> FileSystem::info(int directory, std::string const& path) {
    return info_at(directory, path, AT_SYMLINK_NOFOLLOW);
}

SystemResult<FileInfo> FileSystem::info_followed(int directory, std::string const& path) { return info_at(directory, path, 0); }

SystemResult<FileInfo> FileSystem::info_of(int descriptor) { return info_at(descriptor, "", AT_EMPTY_PATH); }

SystemResult<std::string> FileSystem::read_link(int directory, std::string const& path) {
    std::array<char, 4096> buffer{};
    auto const length = ::readlinkat(directory, path.c_str(), buffer.data(), buffer.size());
    if (length < 0) return std::unexpected(errno);
    return std::string(buffer.data(), static_cast<std::size_t>(length));
}

SystemResult<std::vector<std::string>> FileSystem::list(int descriptor) {
    // fdopendir takes the descriptor over, and the caller keeps his own.
    auto copy = open_at(descriptor, ".", O_DIRECTORY);
    if (!copy) return std::unexpected(copy.error());
    std::unique_ptr<DIR, int (*)(DIR*)> const stream(::fdopendir(copy->get()), ::closedir);
    if (!stream) return std::unexpected(errno);
    (void)copy->release();
    std::vector<std::string> names;
    for (;;) {
        errno = 0;
        auto const* const entry = ::readdir(stream.get());
        if (entry == nullptr) break;
        std::string name = static_cast<char const*>(entry->d_name);
        if (name != "." && name != "..") names.push_back(std::move(name));
    }
    if (errno != 0) return std::unexpected(errno);
    return names;
}

SystemResult<std::string> FileSystem::read_all(int descriptor, std::size_t limit) {
    std::string content;
    std::array<char, 16384> buffer{};
    for (;;) {
        auto const count = ::read(descriptor, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return std::unexpected(errno);
        if (count == 0) return content;
        content.append(buffer.data(), static_cast<std::size_t>(count));
        if (content.size() > limit) return std::unexpected(EFBIG);
    }
}

bool FileSystem::hears_changes(int descriptor) {
    // Magic numbers of statfs(2): NFS, CIFS, SMB, SMB2, 9p, FUSE (and virtiofs), Ceph, Lustre, AFS, OCFS2, GFS2, Coda.
    static constexpr std::array<std::uint32_t, 12> deaf{0x6969,     0xFF534D42, 0x517B,     0xFE534D42, 0x01021997, 0x65735546,
                                                        0x00C36400, 0x0BD00BD0, 0x5346414F, 0x7461636F, 0x01161970, 0x73757245};
    struct statfs raw{};
    if (::fstatfs(descriptor, &raw) != 0) return false;
    return std::ranges::find(deaf, static_cast<std::uint32_t>(raw.f_type)) == deaf.end();
}

FileSystem& FileSystem::system() {
    static FileSystem real;
    return real;
}

}  // namespace dayfly::source
