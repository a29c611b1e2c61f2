// An HTTP/1.1 server on one address: plain or TLS, keep-alive, bounded headers, bodies, time and connections.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/base/result.h"
#include "controller/http/message.h"

namespace dayfly::http {

struct ServerOptions {
    std::string host = "127.0.0.1";  ///< an address or a name of this machine
    std::uint16_t port = 0;          ///< 0: any free one, see Server::port()
    std::string certificate_pem;     ///< with private_key_pem: serve TLS
    std::string private_key_pem;
    std::size_t max_body = 8u << 20;                ///< bytes of one request; a larger one is answered 413
    std::size_t max_connections = 2'048;            ///< further ones are closed at once
    std::chrono::milliseconds read_limit{30'000};   ///< for one request's header and body once its first byte is there
    std::chrono::milliseconds idle_limit{120'000};  ///< between requests of one connection
    std::chrono::milliseconds write_limit{60'000};  ///< for the client to take one response
};

/// Called once a request, concurrently for several connections (on one thread). Must not throw.
using Handler = std::function<Task<Response>(Request)>;

class Server {
public:
    Server(Clock& clock, Log& log, ServerOptions options, Handler handler);
    ~Server();
    Server(Server const&) = delete;
    Server& operator=(Server const&) = delete;

    /// Binds and listens; Unavailable with the address in its message when that fails.
    Result<void> listen();
    /// The bound port, after listen().
    [[nodiscard]] std::uint16_t port() const;
    /// Accepts until cancelled (per-operation cancellation), then stops listening, gives handlers in progress two seconds, ends
    /// every connection and returns when no coroutine of it is left. Each handler must end when it is cancelled.
    Task<void> run();

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// A self-signed certificate for localhost, 127.0.0.1 and ::1, valid for a year, made now: for the simulator and tests.
struct SelfSigned {
    std::string certificate_pem;
    std::string private_key_pem;
};
[[nodiscard]] Result<SelfSigned> make_self_signed();

}  // namespace dayfly::http
