#include "controller/base/signature.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

namespace dayfly {
namespace {

struct Free {
    void operator()(BIO* bio) const { BIO_free(bio); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

/// OpenSSL would ask at the terminal otherwise.
int no_passphrase(char*, int, int, void*) { return -1; }

}  // namespace

Result<std::string> sign_rs256(Secret const& private_key_pem, std::string_view data) {
    auto const& pem = private_key_pem.reveal();
    std::unique_ptr<BIO, Free> const input(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    std::unique_ptr<EVP_PKEY, Free> const key(input ? PEM_read_bio_PrivateKey(input.get(), nullptr, no_passphrase, nullptr)
                                                    : nullptr);
    if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) {
        return failure(ErrorKind::InvalidInput, "the private key is not an RSA key in PEM without a passphrase");
    }
    std::unique_ptr<EVP_MD_CTX, Free> const context(EVP_MD_CTX_new());
    std::size_t size = 0;
    auto const* const bytes = reinterpret_cast<unsigned char const*>(data.data());
    if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
        EVP_DigestSign(context.get(), nullptr, &size, bytes, data.size()) != 1) {
        return failure(ErrorKind::InvalidInput, "the private key cannot sign");
    }
    std::string signature(size, '\0');
    if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, data.size()) != 1) {
        return failure(ErrorKind::InvalidInput, "the private key cannot sign");
    }
    signature.resize(size);
    return signature;
}

}  // namespace dayfly
