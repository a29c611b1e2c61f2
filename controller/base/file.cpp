#include "controller/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace dayfly {
namespace {

struct Descriptor {
    int fd;
    ~Descriptor() {
        if (fd >= 0) ::close(fd);
    }
};

}  // namespace

Result<std::string> read_file(std::string const& path, std::size_t limit) {
    // O_NONBLOCK: opening a FIFO must not hang; it is refused below as not regular.
    Descriptor const file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (file.fd < 0) {
        auto const kind = errno == ENOENT || errno == ENOTDIR ? ErrorKind::NotFound : ErrorKind::Unavailable;
        return failure(kind, path + ": " + std::strerror(errno));
    }
    struct stat info{};
    if (::fstat(file.fd, &info) != 0) return failure(ErrorKind::Unavailable, path + ": " + std::strerror(errno));
    if (!S_ISREG(info.st_mode)) return failure(ErrorKind::InvalidInput, path + ": not a regular file");
    std::string content;
    char buffer[16384];
    for (;;) {
        auto const count = ::read(file.fd, buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failure(ErrorKind::Unavailable, path + ": " + std::strerror(errno));
        if (count == 0) return content;
        content.append(buffer, static_cast<std::size_t>(count));
        if (content.size() > limit) {
            return failure(ErrorKind::InvalidInput, path + ": larger than " + std::to_string(limit) + " bytes");
        }
    }
}

}  // namespace dayfly
