#include "controller/base/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <stdexcept>

namespace dayfly {
namespace {

using Sha256 = std::array<unsigned char, 32>;

Sha256 sha256(std::string_view data) {
    Sha256 out{};
    unsigned int length = 0;
    if (EVP_Digest(data.data(), data.size(), out.data(), &length, EVP_sha256(), nullptr) != 1) {
        throw std::runtime_error("SHA-256 failed");
    }
    return out;
}

template <std::size_t N>
std::string hex(std::array<unsigned char, N> const& bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(2 * N);
    for (unsigned char const byte : bytes) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

unsigned char const* bytes_of(std::string_view text) { return reinterpret_cast<unsigned char const*>(text.data()); }

}  // namespace

std::string sha256_hex(std::string_view data) { return hex(sha256(data)); }

std::string hmac_sha256_hex(std::string_view key, std::string_view data) {
    Sha256 out{};
    unsigned int length = 0;
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(data), data.size(), out.data(), &length) ==
        nullptr) {
        throw std::runtime_error("HMAC failed");
    }
    return hex(out);
}

std::string short_hash(std::string_view data, std::size_t length) {
    static constexpr char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
    auto const hash = sha256(data);
    std::string text;
    unsigned int buffer = 0;
    int bits = 0;
    for (unsigned char const byte : hash) {
        buffer = (buffer << 8) | byte;
        bits += 8;
        while (bits >= 5 && text.size() < length) {
            bits -= 5;
            text += alphabet[(buffer >> bits) & 31];
        }
    }
    return text;
}

std::string secret_digest(std::string_view secret, std::string_view salt) {
    std::array<unsigned char, 16> out{};
    if (PKCS5_PBKDF2_HMAC(secret.data(), static_cast<int>(secret.size()), bytes_of(salt), static_cast<int>(salt.size()), 10'000,
                          EVP_sha256(), static_cast<int>(out.size()), out.data()) != 1) {
        throw std::runtime_error("PBKDF2 failed");
    }
    return hex(out);
}

std::string base64(std::string_view data) {
    std::string out(4 * ((data.size() + 2) / 3), '\0');
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes_of(data), static_cast<int>(data.size()));
    return out;
}

std::string base64url(std::string_view data) {
    auto text = base64(data);
    while (text.ends_with('=')) text.pop_back();
    for (char& c : text) {
        if (c == '+') c = '-';
        if (c == '/') c = '_';
    }
    return text;
}

std::optional<std::string> decode_base64(std::string_view text) {
    std::string out(text.size() / 4 * 3, '\0');
    if (text.size() % 4 != 0) return std::nullopt;
    auto const size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes_of(text), static_cast<int>(text.size()));
    if (size < 0) return std::nullopt;
    // Padding was decoded into zero bytes.
    auto const padding = text.ends_with("==") ? 2u : text.ends_with('=') ? 1u : 0u;
    out.resize(static_cast<std::size_t>(size) - padding);
    return out;
}

}  // namespace dayfly
