// TLS contexts and sessions on OpenSSL itself; the connection drives them.
#include "controller/http/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <string_view>

#include <fmt/format.h>
#include <boost/asio/ip/address.hpp>

namespace dayfly::http {

namespace {

/// OpenSSL keeps a queue of errors per thread; what is left there would be blamed on the next operation.
std::string take_openssl_error() {
    auto const code = ERR_get_error();
    ERR_clear_error();
    auto const* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    return reason == nullptr ? "unknown reason" : reason;
}

struct FreeBio {
    void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeCertificate {
    void operator()(X509* certificate) const { X509_free(certificate); }
};
using Certificate = std::unique_ptr<X509, FreeCertificate>;

std::unique_ptr<BIO, FreeBio> read_only(std::string const& text) {
    return std::unique_ptr<BIO, FreeBio>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

bool use_chain(SSL_CTX* context, std::string const& pem) {
    auto const bio = read_only(pem);
    Certificate const leaf(PEM_read_bio_X509_AUX(bio.get(), nullptr, nullptr, nullptr));
    if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1) return false;
    while (true) {
        Certificate const next(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
        if (!next) break;
        if (SSL_CTX_add1_chain_cert(context, next.get()) != 1) return false;
    }
    // The loop ends by "no start line", which is not an error here.
    ERR_clear_error();
    return true;
}

void set_common(SSL_CTX* context) {
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    // Idle connections are many, and each would keep 34 KiB of buffers.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

}  // namespace

void TlsContext::Free::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

Result<TlsContext> TlsContext::client(std::string const& ca_file) {
    TlsContext context(SSL_CTX_new(TLS_client_method()));
    if (!context.context_) return failure(ErrorKind::Unavailable, fmt::format("TLS: {}", take_openssl_error()));
    auto* const raw = context.context_.get();
    set_common(raw);
    SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
    auto const loaded =
        ca_file.empty() ? SSL_CTX_set_default_verify_paths(raw) : SSL_CTX_load_verify_locations(raw, ca_file.c_str(), nullptr);
    if (loaded != 1) {
        return failure(ErrorKind::Unavailable, fmt::format("CA file {}: {}", ca_file, take_openssl_error()),
                       "The file must exist and hold certificates in PEM.");
    }
    // The wire form of "http/1.1": a length, then the name.
    static constexpr unsigned char protocols[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    SSL_CTX_set_alpn_protos(raw, protocols, sizeof protocols);
    return context;
}

Result<TlsContext> TlsContext::server(std::string const& certificate_pem, std::string const& private_key_pem) {
    TlsContext context(SSL_CTX_new(TLS_server_method()));
    if (!context.context_) return failure(ErrorKind::Unavailable, fmt::format("TLS: {}", take_openssl_error()));
    auto* const raw = context.context_.get();
    set_common(raw);
    if (!use_chain(raw, certificate_pem)) {
        return failure(ErrorKind::InvalidInput, fmt::format("TLS certificate: {}", take_openssl_error()));
    }
    auto const bio = read_only(private_key_pem);
    std::unique_ptr<EVP_PKEY, FreeKey> const key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
    if (!key || SSL_CTX_use_PrivateKey(raw, key.get()) != 1 || SSL_CTX_check_private_key(raw) != 1) {
        return failure(ErrorKind::InvalidInput, fmt::format("TLS private key: {}", take_openssl_error()));
    }
    return context;
}

ssl_st* TlsContext::client_session(std::string const& host) const {
    std::unique_ptr<SSL, decltype(&SSL_free)> session(SSL_new(context_.get()), &SSL_free);
    if (!session) return nullptr;
    boost::system::error_code not_an_address;
    boost::asio::ip::make_address(host, not_an_address);
    if (!not_an_address) {
        // Server name indication is for names only (RFC 6066).
        if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session.get()), host.c_str()) != 1) return nullptr;
    } else {
        if (SSL_set1_host(session.get(), host.c_str()) != 1) return nullptr;
        SSL_set_hostflags(session.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        if (SSL_set_tlsext_host_name(session.get(), const_cast<char*>(host.c_str())) != 1) return nullptr;
    }
    return session.release();
}

ssl_st* TlsContext::server_session() const { return SSL_new(context_.get()); }

std::string verification_problem(ssl_st* session) {
    auto const result = SSL_get_verify_result(session);
    return result == X509_V_OK ? std::string() : std::string(X509_verify_cert_error_string(result));
}

}  // namespace dayfly::http
