// The few system calls that reading a tree of files needs, as one seam: tests put failing disks and odd file systems behind it.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <utility>
#include <vector>

namespace dayfly::source {

/// A value, or the errno of the call that failed.
template <class T>
using SystemResult = std::expected<T, int>;

/// Owns one open file descriptor.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept;
    Descriptor(Descriptor const&) = delete;
    Descriptor& operator=(Descriptor const&) = delete;
    ~Descriptor();

    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] int release() { return std::exchange(fd_, -1); }

private:
    int fd_ = -1;
};

/// What tells one state of a file from another without reading it. The change time is part of it because a tool can set the
/// modification time back, but never the change time.
struct FileStamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t modified_ns = 0;
    std::int64_t changed_ns = 0;  ///< since the epoch
    friend bool operator==(FileStamp const&, FileStamp const&) = default;
};

enum class FileType { Regular, Directory, Link, Other };

struct FileInfo {
    FileType type = FileType::Other;
    std::uint64_t links = 0;  ///< 0: removed while it is open
    FileStamp stamp;
};

/// The calling process's file system. `directory` is a descriptor or AT_FDCWD; no call follows a link in the last component
/// unless it says so.
class FileSystem {
public:
    FileSystem() = default;
    FileSystem(FileSystem const&) = delete;
    FileSystem& operator=(FileSystem const&) = delete;
    virtual ~FileSystem() = default;

    virtual SystemResult<Descriptor> open_directory(int directory, std::string const& path);
    /// For reading; never waits for the other end of a FIFO.
    virtual SystemResult<Descriptor> open_file(int directory, std::string const& path);
    virtual SystemResult<FileInfo> info(int directory, std::string const& path);
    /// As info(), of what a link points to.
    virtual SystemResult<FileInfo> info_followed(int directory, std::string const& path);
    virtual SystemResult<FileInfo> info_of(int descriptor);
    virtual SystemResult<std::string> read_link(int directory, std::string const& path);
    /// Every name but "." and "..", in no particular order.
    virtual SystemResult<std::vector<std::string>> list(int descriptor);
    /// All bytes; EFBIG when there are more than `limit`.
    virtual SystemResult<std::string> read_all(int descriptor, std::size_t limit);
    /// False where another machine can change files without this kernel hearing of it: NFS, CIFS, 9p, FUSE and the like.
    virtual bool hears_changes(int descriptor);

    /// The real one.
    static FileSystem& system();
};

}  // namespace dayfly::source
