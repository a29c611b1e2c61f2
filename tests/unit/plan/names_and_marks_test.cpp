// Names that are idempotency keys, and marks that prove whose a thing is.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "controller/base/random.h"
#include "controller/plan/marks.h"
#include "controller/plan/names.h"

namespace dayfly::plan {
namespace {

Ownership const ours{.organization = "acme", .owner = "default"};
specs::Key const shop{.namespace_ = "default", .name = "shop"};

std::string random_name(Random& random) {
    static constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789-";
    std::string name(1, 'a');
    for (auto left = random.below(62); left > 0; --left) name += letters[random.below(letters.size())];
    return name + 'z';
}

TEST(AppName, StaysTheSameAcrossVersions) {
    // These are names of apps that exist: a change here would orphan every one of them.
    EXPECT_EQ(identity_hash(ours, shop), "w7ol3kn7");
    EXPECT_EQ(app_name(ours, shop), "shop-w7ol3kn7");
    EXPECT_EQ(network_name("default", "w7ol3kn7"), "dayfly-default-w7ol3kn7");
}

TEST(AppName, IsValidAtFlyForEveryValidName) {
    Random random(1);
    for (int i = 0; i < 5'000; ++i) {
        specs::Key const key{.namespace_ = "default", .name = random_name(random)};
        auto const name = app_name(ours, key);
        ASSERT_LE(name.size(), 62u);
        ASSERT_TRUE(name.ends_with("-" + identity_hash(ours, key))) << name;
        ASSERT_EQ(name.find("--" + identity_hash(ours, key)), std::string::npos) << name;
        ASSERT_TRUE(std::ranges::all_of(name, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
        })) << name;
    }
}

TEST(AppName, UsesAllOfTheRoomForALongName) {
    specs::Key const longest{.namespace_ = "default", .name = std::string(63, 'x')};
    EXPECT_EQ(app_name(ours, longest).size(), 62u);
    specs::Key const other{.namespace_ = "default", .name = std::string(62, 'x') + 'y'};
    EXPECT_NE(app_name(ours, longest), app_name(ours, other)) << "what is cut off still counts";
}

TEST(IdentityHash, DiffersWithEveryPartOfTheIdentity) {
    std::set<std::string> const hashes{
        identity_hash(ours, shop),
        identity_hash({.organization = "other", .owner = "default"}, shop),
        identity_hash({.organization = "acme", .owner = "team-b"}, shop),
        identity_hash(ours, {.namespace_ = "staging", .name = "shop"}),
        identity_hash(ours, {.namespace_ = "default", .name = "shop2"}),
        identity_hash(ours, {.namespace_ = "defaults", .name = "hop"}),
    };
    EXPECT_EQ(hashes.size(), 6u);
}

TEST(NetworkMark, IsReadBackByItsOwnerOnly) {
    Random random(2);
    for (int i = 0; i < 2'000; ++i) {
        auto const mine = random_name(random).substr(0, 20);
        auto const other = i % 2 == 0 ? mine + "-b" : random_name(random).substr(0, 20);
        auto const hash = identity_hash({.organization = "acme", .owner = mine}, shop);
        ASSERT_EQ(hash_in_network(mine, network_name(mine, hash)), hash);
        if (other != mine) {
            ASSERT_EQ(hash_in_network(other, network_name(mine, hash)), "") << mine << ' ' << other;
            ASSERT_EQ(hash_in_network(mine, network_name(other, hash)), "") << mine << ' ' << other;
        }
    }
}

TEST(NetworkMark, IsNothingElse) {
    for (auto const* const network : {"", "default", "dayfly-default-", "dayfly-default-short", "dayfly-default-w7ol3kn7x",
                                      "dayfly-default-W7OL3KN7", "dayfly-default-w7ol3kn1", "xdayfly-default-w7ol3kn7"}) {
        EXPECT_EQ(hash_in_network("default", network), "") << network;
    }
}

TEST(ResourceNames, FitFlysAlphabets) {
    EXPECT_EQ(machine_name("mail-2", 10), "mail-2-10");
    EXPECT_EQ(volume_name("mail-2", 0), "mail_2_0");
}

fly::StringMap marks(std::string owner, std::string environment) {
    return {{owner_key, std::move(owner)}, {environment_key, std::move(environment)}};
}

TEST(Marks, AreOursOnlyWithOwnerAndEnvironment) {
    EXPECT_TRUE(is_ours(marks("default", "default/shop"), "default", shop));
    EXPECT_FALSE(is_ours(marks("other", "default/shop"), "default", shop));
    EXPECT_FALSE(is_ours(marks("default", "default/shop2"), "default", shop));
    EXPECT_FALSE(is_ours({}, "default", shop));
    EXPECT_FALSE(is_ours(marks("", "default/shop"), "", shop)) << "an empty mark proves nothing, for nobody";
    EXPECT_TRUE(is_ours(marks("default", "lost/one"), "default", unknown_environment("lost-abc")));
}

TEST(Marks, HoldSeveralNamesJoinedByCommas) {
    EXPECT_EQ(names_in(""), std::set<std::string>{});
    EXPECT_EQ(names_in("b,a"), (std::set<std::string>{"a", "b"}));
    EXPECT_EQ(names_in(",,a,"), std::set<std::string>{"a"});
}

fly::Observed app_on(std::string network) {
    return {.depth = fly::Depth::Truth,
            .presence = fly::Presence::Present,
            .app = {.id = "1", .name = app_name(ours, shop), .organization = "acme", .network = std::move(network)}};
}

TEST(ProveApp, TakesTheNetworkAMarkedMachineOrOurOwnCreation) {
    auto const network = network_name("default", identity_hash(ours, shop));
    EXPECT_EQ(prove_app(app_on(network), ours, shop), Proof::Ours);
    EXPECT_EQ(prove_app(app_on("default"), ours, shop), Proof::Unproven);

    auto with_machine = app_on("default");
    with_machine.machines.push_back({.id = "m",
                                     .name = "web-0",
                                     .state = {},
                                     .region = {},
                                     .version = {},
                                     .image = {},
                                     .guest = {},
                                     .metadata = marks("default", "default/shop")});
    EXPECT_EQ(prove_app(with_machine, ours, shop), Proof::Ours);
    with_machine.machines.front().metadata = marks("other", "default/shop");
    EXPECT_EQ(prove_app(with_machine, ours, shop), Proof::Unproven);

    auto created = app_on("default");
    created.created_for = shop.text();
    EXPECT_EQ(prove_app(created, ours, shop), Proof::Ours);
    created.created_for = "default/another";
    EXPECT_EQ(prove_app(created, ours, shop), Proof::Unproven) << "two environments can ask for one app";
}

TEST(ProveApp, DoesNotTakeAnotherEnvironmentsMarkOrAnAbsentApp) {
    auto const other = identity_hash(ours, {.namespace_ = "default", .name = "other"});
    EXPECT_EQ(prove_app(app_on(network_name("default", other)), ours, shop), Proof::Unproven);
    auto absent = app_on(network_name("default", identity_hash(ours, shop)));
    for (auto const presence : {fly::Presence::Absent, fly::Presence::Foreign}) {
        absent.presence = presence;
        EXPECT_EQ(prove_app(absent, ours, shop), Proof::Unproven);
    }
}

TEST(ProveApp, TakesAMarkedAppOfAnUnknownEnvironmentOnlyUnderItsOwnName) {
    auto const hash = identity_hash(ours, shop);
    auto seen = app_on(network_name("default", hash));
    EXPECT_EQ(prove_app(seen, ours, unknown_environment(seen.app.name)), Proof::Ours);
    seen.app.name = "somebody-elses-app";
    EXPECT_EQ(prove_app(seen, ours, unknown_environment(seen.app.name)), Proof::Unproven);
}

}  // namespace
}  // namespace dayfly::plan
