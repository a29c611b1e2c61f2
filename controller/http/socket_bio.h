// OpenSSL's way to an Asio socket: without the copies of a pair of buffers, and without the signal that OpenSSL's own socket
// would raise when the peer is gone.
#pragma once

#include <boost/asio/ip/tcp.hpp>

struct ssl_st;

namespace dayfly::http {

/// Lets `session` read and write `socket`, which must be non-blocking and outlive it. A closed socket reads as an error.
void attach_socket(ssl_st* session, boost::asio::ip::tcp::socket& socket);

}  // namespace dayfly::http
