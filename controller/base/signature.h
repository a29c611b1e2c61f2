// Signatures by a private key. Backed by OpenSSL.
#pragma once

#include <string>
#include <string_view>

#include "controller/base/result.h"
#include "controller/base/secret.h"

namespace dayfly {

/// The raw bytes of an RSA signature over the SHA-256 of `data` (PKCS#1 v1.5, which JSON Web Tokens call RS256). The key is
/// PEM, PKCS#1 or PKCS#8, without a passphrase. InvalidInput when it is no such key.
[[nodiscard]] Result<std::string> sign_rs256(Secret const& private_key_pem, std::string_view data);

}  // namespace dayfly
