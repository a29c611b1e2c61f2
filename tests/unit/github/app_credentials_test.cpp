// A GitHub App: its signature, its tokens, and their renewal.
#include "controller/github/app_credentials.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "tests/unit/github/github_world.h"

namespace dayfly::github {
namespace {

struct KeyPair {
    std::string private_pem;
    std::string public_pem;
};

std::string text_of(BIO* bio) {
    char* data = nullptr;
    auto const size = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(bio);
    return text;
}

KeyPair const& key_pair() {
    static auto const pair = [] {
        EVP_PKEY* const key = EVP_RSA_gen(2048);
        BIO* const private_bio = BIO_new(BIO_s_mem());
        BIO* const public_bio = BIO_new(BIO_s_mem());
        PEM_write_bio_PrivateKey(private_bio, key, nullptr, nullptr, 0, nullptr, nullptr);
        PEM_write_bio_PUBKEY(public_bio, key);
        EVP_PKEY_free(key);
        return KeyPair{.private_pem = text_of(private_bio), .public_pem = text_of(public_bio)};
    }();
    return pair;
}

class AppTest : public GithubTest {
protected:
    AppTest() {
        github_.app_key_pem = key_pair().public_pem;
        github_.repositories["acme/shop"].is_private = true;
        client_ = std::make_unique<Client>(
            clock_, transport_,
            std::make_unique<AppCredentials>(clock_, transport_, "12345",
                                             [this]() -> Result<Secret> { return Secret(private_key_); }),
            observer_);
    }
    std::string private_key_ = key_pair().private_pem;
};

TEST_F(AppTest, ReadsAPrivateRepositoryByAnInstallationToken) {
    ASSERT_TRUE(get_json("/repos/acme/shop"));
    EXPECT_EQ(*github_.whole_requests.back().headers.find("Authorization"), "Bearer ghs_1");
    ASSERT_TRUE(get_json("/repos/acme/shop/branches"));
    EXPECT_EQ(github_.installation_tokens, 1);
}

TEST_F(AppTest, RenewsTheTokenBeforeItEnds) {
    for (int minute = 0; minute < 180; ++minute) {
        auto const answer = get_json("/repos/acme/shop");
        ASSERT_TRUE(answer) << answer.error().message;
        clock_.advance_to(clock_.now() + 1min);
    }
    EXPECT_EQ(github_.installation_tokens, 4) << "every 55 minutes";
    EXPECT_EQ(std::ranges::count(observer_.results, "unauthorized"), 0);
}

TEST_F(AppTest, AsksForANewTokenOnceWhenGithubRefusesTheOldOne) {
    ASSERT_TRUE(get_json("/repos/acme/shop"));
    github_.installation_life = 0min;
    clock_.advance_to(clock_.now() + 2h);
    auto const answer = get_json("/repos/acme/shop");
    ASSERT_FALSE(answer) << "tokens that are dead at once do not lead to an endless exchange";
    EXPECT_EQ(answer.error().kind, ErrorKind::Unauthenticated);
    EXPECT_EQ(github_.installation_tokens, 3);
    github_.installation_life = 60min;
    EXPECT_TRUE(get_json("/repos/acme/shop"));
}

TEST_F(AppTest, SaysWhatIsWrongWithAKey) {
    private_key_ = "-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----\n";
    auto const answer = get_json("/repos/acme/shop");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::InvalidInput);
    EXPECT_EQ(answer.error().message.find("nonsense"), std::string::npos);
    EXPECT_TRUE(github_.requests.empty());
}

}  // namespace
}  // namespace dayfly::github
