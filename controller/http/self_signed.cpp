// A certificate made on the spot for loopback: an EC P-256 key that vouches for itself.
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <memory>

#include "controller/http/server.h"

namespace dayfly::http {

namespace {

constexpr long seconds_per_day = 24 * 60 * 60;

struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
    void operator()(BIO* bio) const { BIO_free(bio); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

bool add_extension(X509* certificate, int kind, char const* value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    Owned<X509_EXTENSION> const extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool fill(X509* certificate, EVP_PKEY* key) {
    std::uint32_t serial = 0;
    if (RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) != 1) return false;
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), std::uint64_t{serial} + 1);
    // An hour back, for clocks that disagree a little.
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60 * 60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 365 * seconds_per_day);
    auto* const name = X509_get_subject_name(certificate);
    auto const* const common_name = reinterpret_cast<unsigned char const*>("dayfly loopback");
    return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0) == 1 &&
           X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1 &&
           add_extension(certificate, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1") &&
           // A certificate that clients are told to trust as its own authority must say that it is one.
           add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE") &&
           add_extension(certificate, NID_ext_key_usage, "serverAuth") && X509_sign(certificate, key, EVP_sha256()) > 0;
}

std::string text_of(BIO* bio) {
    char* data = nullptr;
    auto const size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

}  // namespace

Result<SelfSigned> make_self_signed() {
    Owned<EVP_PKEY> const key(EVP_EC_gen("P-256"));
    Owned<X509> const certificate(X509_new());
    Owned<BIO> const certificate_text(BIO_new(BIO_s_mem()));
    Owned<BIO> const key_text(BIO_new(BIO_s_mem()));
    if (!key || !certificate || !certificate_text || !key_text || !fill(certificate.get(), key.get()) ||
        PEM_write_bio_X509(certificate_text.get(), certificate.get()) != 1 ||
        PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
        return failure(ErrorKind::Unknown, "self-signed certificate: OpenSSL could not make one");
    }
    return SelfSigned{.certificate_pem = text_of(certificate_text.get()), .private_key_pem = text_of(key_text.get())};
}

}  // namespace dayfly::http
