// Sockets by the POSIX calls themselves.
#include "controller/http/listener.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace dayfly::http {

namespace asio = boost::asio;
using asio::ip::tcp;

Listener::~Listener() { close(); }

void Listener::close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

/// 0, or why not.
int Listener::bind(addrinfo const& address) {
    close();
    descriptor_ = ::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor_ < 0) return errno;
    int const on = 1;
    ::setsockopt(descriptor_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    // Both families by one socket, when the host asks for all addresses.
    int const off = 0;
    if (address.ai_family == AF_INET6) ::setsockopt(descriptor_, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (::bind(descriptor_, address.ai_addr, address.ai_addrlen) != 0) return errno;
    if (::listen(descriptor_, SOMAXCONN) != 0) return errno;
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    if (::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return errno;
    family_ = address.ai_family;
    port_ = ntohs(family_ == AF_INET6 ? reinterpret_cast<sockaddr_in6 const&>(bound).sin6_port
                                      : reinterpret_cast<sockaddr_in const&>(bound).sin_port);
    return 0;
}

Result<void> Listener::open(std::string const& host, std::uint16_t port) {
    auto const doing = fmt::format("listen on {}:{}", host, port);
    addrinfo wanted{};
    wanted.ai_family = AF_UNSPEC;
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (auto const code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found); code != 0) {
        return failure(ErrorKind::Unavailable, fmt::format("{}: {}", doing, ::gai_strerror(code)));
    }
    std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> const owner(found, &::freeaddrinfo);
    int problem = EADDRNOTAVAIL;
    for (auto const* address = found; address != nullptr; address = address->ai_next) {
        problem = bind(*address);
        if (problem == 0) return {};
    }
    close();
    return failure(ErrorKind::Unavailable, fmt::format("{}: {}", doing, std::generic_category().message(problem)));
}

Result<tcp::acceptor> Listener::acceptor(asio::any_io_executor const& executor) const {
    auto const copy = ::fcntl(descriptor_, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) return failure(ErrorKind::Unavailable, "the server does not listen");
    tcp::acceptor acceptor(executor);
    boost::system::error_code error;
    acceptor.assign(family_ == AF_INET6 ? tcp::v6() : tcp::v4(), copy, error);
    if (error) {
        ::close(copy);
        return failure(ErrorKind::Unavailable, error.message());
    }
    return acceptor;
}

}  // namespace dayfly::http
