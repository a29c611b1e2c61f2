// One TCP connection, plain or under TLS, as coroutines over bytes. Nothing here knows HTTP.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>

#include "controller/base/result.h"
#include "controller/base/task.h"
#include "controller/http/tls.h"

namespace dayfly::http {

/// One read and one write at a time. Failures are of kind Unavailable and say what the system said; the caller knows what they
/// mean for its request. Destroying it closes it. While it waits for its peer it holds no buffers: a thousand long polls are
/// a thousand of these.
class Connection {
public:
    /// Takes over an accepted or connected socket; `session` (owned from here on) puts it under TLS.
    Connection(boost::asio::ip::tcp::socket socket, ssl_st* session);
    ~Connection();
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;

    /// Nothing to do without TLS. The error names the reason when a certificate was refused.
    Task<Result<void>> handshake_as_client();
    Task<Result<void>> handshake_as_server();

    /// Waits for bytes and appends them, 16 KiB at most, to `input`. Returns how many; 0 when the peer has ended its side in
    /// order. An end without TLS's closing message is a failure.
    Task<Result<std::size_t>> read_some(std::string& input);
    Task<Result<void>> write(std::string_view bytes);

    /// False when the peer has closed an idle connection, or has sent something that nobody asked for.
    [[nodiscard]] bool still_idle();

    /// Reads end at once, now and later; writes still work.
    void stop_reading();
    /// Tells the peer that no more will come, and reads what it still sends until it closes: without this, closing a socket
    /// with unread input takes back the answer that is on its way. Bound it.
    Task<Result<void>> finish();
    void close();

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// A connected socket without delays for small packets, tried on each endpoint in turn.
[[nodiscard]] Task<Result<boost::asio::ip::tcp::socket>> connect_socket(boost::asio::ip::tcp::endpoint endpoint);

}  // namespace dayfly::http
