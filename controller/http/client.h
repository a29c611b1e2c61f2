// An HTTP/1.1 client for one origin: pooled keep-alive connections, verified TLS, bounded sizes, a deadline on every step.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "controller/base/clock.h"
#include "controller/base/result.h"
#include "controller/http/message.h"

namespace dayfly::http {

/// Scheme, host and port: all a connection is about.
struct Origin {
    bool tls = true;
    std::string host;
    std::string port;  ///< decimal; the scheme's default when the URL has none
    friend bool operator==(Origin const&, Origin const&) = default;

    /// "https://api.machines.dev" (the scheme's default port is left out).
    [[nodiscard]] std::string text() const;
};

struct Url {
    Origin origin;
    std::string target;  ///< path and query, at least "/"
};

/// Reads an absolute http or https URL. User info and fragments are refused.
[[nodiscard]] Result<Url> parse_url(std::string_view text);

/// 127.0.0.0/8, ::1 and localhost.
[[nodiscard]] bool is_loopback(std::string_view host);

struct ClientOptions {
    std::chrono::milliseconds connect_timeout{5'000};  ///< resolve, connect and TLS handshake together
    std::size_t max_body = 64u << 20;                  ///< bytes of one response; a larger one is an error
    std::size_t max_idle = 128;                        ///< idle connections kept
    std::chrono::milliseconds idle_limit{30'000};      ///< an idle connection older than this is closed instead of used
    std::string ca_file = {};                          ///< PEM bundle to trust instead of the system's; empty: the system's
};

/// Answers of any status are values; only a transport failure is an Error, and its kind tells what may have happened:
/// Unavailable = the request provably never left (resolve, connect, TLS failed); Ambiguous = it was, or may have been, sent and
/// no whole answer came; TimedOut never escapes (a timeout while sending or waiting is Ambiguous). InvalidInput = the request
/// itself is malformed; Cancelled = cancelled before it was sent.
/// A kept-alive connection that turns out closed before the first byte of an answer is replaced once for GET and HEAD.
class Client {
public:
    Client(Clock& clock, Origin origin, ClientOptions options);
    ~Client();
    Client(Client const&) = delete;
    Client& operator=(Client const&) = delete;

    /// Must be awaited on the one executor of the program. `limit` bounds the whole exchange.
    Task<Result<Response>> send(Request request, std::chrono::milliseconds limit);
    [[nodiscard]] Origin const& origin() const;
    /// Connections opened since the start; tests count them.
    [[nodiscard]] std::size_t connections_opened() const;

private:
    struct Pool;
    std::unique_ptr<Pool> pool_;
};

}  // namespace dayfly::http
