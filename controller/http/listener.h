// A listening socket as the system knows it: it needs no event loop, so a server can bind before there is one.
#pragma once

#include <cstdint>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "controller/base/result.h"

struct addrinfo;

namespace dayfly::http {

class Listener {
public:
    Listener() = default;
    ~Listener();
    Listener(Listener const&) = delete;
    Listener& operator=(Listener const&) = delete;

    /// Binds the first address of `host` that can be bound. Unavailable, with the address in its message, when none can.
    Result<void> open(std::string const& host, std::uint16_t port);
    /// The bound port, after open().
    [[nodiscard]] std::uint16_t port() const { return port_; }
    /// An acceptor on the same socket, which stays open when the acceptor is gone. Unavailable when not open.
    [[nodiscard]] Result<boost::asio::ip::tcp::acceptor> acceptor(boost::asio::any_io_executor const& executor) const;
    void close();

private:
    int bind(addrinfo const& address);

    int descriptor_ = -1;
    int family_ = 0;
    std::uint16_t port_ = 0;
};

}  // namespace dayfly::http
