// TLS settings of a client or a server: what is trusted, what is shown, and nothing older than TLS 1.2.
#pragma once

#include <memory>
#include <string>

#include "controller/base/result.h"

struct ssl_ctx_st;
struct ssl_st;

namespace dayfly::http {

class TlsContext {
public:
    /// Trusts the PEM bundle `ca_file`, or the system's authorities when it is empty; peers are always verified.
    [[nodiscard]] static Result<TlsContext> client(std::string const& ca_file);
    /// Shows the certificate (with its chain) and proves it by the key, both PEM.
    [[nodiscard]] static Result<TlsContext> server(std::string const& certificate_pem, std::string const& private_key_pem);

    /// A new session that accepts only a certificate for `host`, a name or an address. The caller owns it; nullptr on failure.
    [[nodiscard]] ssl_st* client_session(std::string const& host) const;
    /// A new session of a server. The caller owns it; nullptr when there is no memory.
    [[nodiscard]] ssl_st* server_session() const;

private:
    struct Free {
        void operator()(ssl_ctx_st* context) const;
    };
    explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
    std::unique_ptr<ssl_ctx_st, Free> context_;
};

/// Why the peer's certificate was refused ("hostname mismatch"); empty when it was not.
[[nodiscard]] std::string verification_problem(ssl_st* session);

}  // namespace dayfly::http
