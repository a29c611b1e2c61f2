// See socket_bio.h.
#include "controller/http/socket_bio.h"

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>

namespace dayfly::http {

namespace {

using boost::asio::ip::tcp;

int handle_of(BIO* bio) { return static_cast<tcp::socket*>(BIO_get_data(bio))->native_handle(); }

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

int send_bytes(BIO* bio, char const* bytes, int size) {
    BIO_clear_retry_flags(bio);
    auto const sent = ::send(handle_of(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (sent < 0 && would_block()) BIO_set_retry_write(bio);
    return static_cast<int>(sent);
}

int receive_bytes(BIO* bio, char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    auto const received = ::recv(handle_of(bio), bytes, static_cast<std::size_t>(size), 0);
    if (received < 0 && would_block()) BIO_set_retry_read(bio);
    if (received == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    return static_cast<int>(received);
}

/// Nothing is buffered, so there is nothing to flush; the end of the stream is what OpenSSL asks for to tell a cut off one.
long control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
    if (command == BIO_CTRL_FLUSH) return 1;
    if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    return 0;
}

BIO_METHOD* make_method() {
    auto* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "asio socket");
    BIO_meth_set_write(made, &send_bytes);
    BIO_meth_set_read(made, &receive_bytes);
    BIO_meth_set_ctrl(made, &control);
    return made;
}

}  // namespace

void attach_socket(ssl_st* session, tcp::socket& socket) {
    static BIO_METHOD* const method = make_method();
    auto* const bio = BIO_new(method);
    BIO_set_data(bio, &socket);
    BIO_set_init(bio, 1);
    SSL_set_bio(session, bio, bio);
}

}  // namespace dayfly::http
