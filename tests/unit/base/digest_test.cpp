// Digests against published vectors (FIPS 180-2, RFC 4231, RFC 4648), and secrets that stay unseen.
#include "controller/base/digest.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "controller/base/secret.h"

namespace dayfly {
namespace {

TEST(Sha256, MatchesThePublishedVectors) {
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(HmacSha256, MatchesRfc4231) {
    EXPECT_EQ(hmac_sha256_hex(std::string(20, '\x0b'), "Hi There"),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(hmac_sha256_hex("Jefe", "what do ya want for nothing?"),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(hmac_sha256_hex(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Base64, MatchesRfc4648) {
    EXPECT_EQ(base64(""), "");
    EXPECT_EQ(base64("f"), "Zg==");
    EXPECT_EQ(base64("fo"), "Zm8=");
    EXPECT_EQ(base64("foo"), "Zm9v");
    EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
    EXPECT_EQ(base64(std::string("\0\xff", 2)), "AP8=");
}

TEST(ShortHash, IsBase32OfTheDigest) {
    // As any base 32 encoder (RFC 4648, lower case) writes the bytes e3b0c442….
    EXPECT_EQ(short_hash("", 7), "4oymiqu");
    EXPECT_EQ(short_hash("", 51).substr(0, 7), "4oymiqu");
    EXPECT_EQ(short_hash("x", 51).size(), 51u);
}

TEST(SecretDigest, DependsOnEveryPartAndOnNothingElse) {
    EXPECT_EQ(secret_digest("value", "salt"), secret_digest("value", "salt"));
    EXPECT_NE(secret_digest("value", "salt"), secret_digest("value", "other"));
    EXPECT_NE(secret_digest("value", "salt"), secret_digest("valuf", "salt"));
    EXPECT_EQ(secret_digest("", "").size(), 32u);
}

TEST(Secret, IsFormattedAsStars) {
    Secret const secret("hunter2");
    EXPECT_EQ(fmt::format("{}", secret), "***");
    EXPECT_EQ(fmt::format("{:>5}", secret), "  ***");
    EXPECT_EQ(fmt::format("{}", Secret()), "***") << "even an empty one, so that emptiness is not told";
    EXPECT_EQ(secret.reveal(), "hunter2");
}

}  // namespace
}  // namespace dayfly
