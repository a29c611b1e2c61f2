// Hashes: content digests, keyed digests of secrets, and short text for names. Backed by OpenSSL.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dayfly {

/// 64 lower-case hex digits.
[[nodiscard]] std::string sha256_hex(std::string_view data);

/// 64 lower-case hex digits of HMAC-SHA256.
[[nodiscard]] std::string hmac_sha256_hex(std::string_view key, std::string_view data);

/// The first `length` (at most 51) characters of the SHA-256 of `data` in base 32 with the alphabet a-z 2-7: fit for DNS names.
[[nodiscard]] std::string short_hash(std::string_view data, std::size_t length);

/// A digest of secret material that is slow to guess from (PBKDF2-HMAC-SHA256, 10,000 rounds, about 3 ms), 32 hex digits.
/// It stays the same across restarts, so it tells that a secret changed without the value being kept.
[[nodiscard]] std::string secret_digest(std::string_view secret, std::string_view salt);

/// Standard base 64 with padding.
[[nodiscard]] std::string base64(std::string_view data);
/// The bytes behind standard base 64 with padding; nothing for other text.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

/// The alphabet for URLs, without padding (RFC 4648, section 5), as JSON Web Tokens want it.
[[nodiscard]] std::string base64url(std::string_view data);

}  // namespace dayfly
