// The small pieces: nearest names, $(NAME), formats.
#include <gtest/gtest.h>

#include <array>

#include "controller/base/machine_sizes.h"
#include "specs/formats.h"
#include "specs/nearest.h"
#include "specs/references.h"

namespace dayfly::specs {
namespace {

TEST(Nearest, FindsSwappedMissingAndSurplusLettersAndIgnoresCase) {
    std::array<std::string_view, 4> const known{"region", "restart", "forceHttps", "env"};
    EXPECT_EQ(nearest("regoin", known), "region");
    EXPECT_EQ(nearest("restar", known), "restart");
    EXPECT_EQ(nearest("forcehttps", known), "forceHttps");
    EXPECT_EQ(nearest("envs", known), "env");
    EXPECT_EQ(nearest("volume", known), "");
    EXPECT_EQ(nearest("x", known), "");
    EXPECT_EQ(nearest(std::string(10'000, 'a'), known), "");
}

TEST(References, AreExpandedEscapedAndLeftAloneWithoutAnEnd) {
    auto const lookup = [](std::string_view name) { return "<" + std::string(name) + ">"; };
    EXPECT_EQ(expand("a $(B) $(C)", lookup), "a <B> <C>");
    EXPECT_EQ(expand("$$(B) $$$(C) $ $( $x", lookup), "$(B) $$(C) $ $( $x");
    EXPECT_EQ(expand("", lookup), "");
    EXPECT_EQ(referenced_names("$(C)$(A)$$(B)$(C)"), (std::set<std::string, std::less<>>{"A", "C"}));
}

TEST(Formats, TellImagesFromOtherText) {
    for (auto const* const good : {"nginx", "node:22", "ghcr.io/acme/shop:pr-42", "localhost:5000/a",
                                   "r.io:5000/a/b_c:1.0@sha256:"
                                   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                                   "a/b/c/d"}) {
        EXPECT_TRUE(matches(image_reference, good)) << good;
    }
    for (auto const* const bad : {"", " ", "a b", "a/B", "a:", "a@sha256:12", "-a", "https://ghcr.io/a", "a//b", "a:b:c"}) {
        EXPECT_FALSE(matches(image_reference, bad)) << bad;
    }
}

TEST(Formats, TellRepositoriesFromOtherText) {
    for (auto const* const good :
         {"acme/shop", "https://github.com/acme/shop.git", "git@github.com:acme/shop.git", "ssh://git@h:22/a/b",
          "file:///srv/git/shop", "/srv/git/shop", "http://127.0.0.1:8080/a.git"}) {
        EXPECT_TRUE(matches(repository, good)) << good;
    }
    for (auto const* const bad :
         {"", "shop", "acme/shop/web", "https://user:secret@h/a", "https://token@h/a", "http://example.com/a",
          "--upload-pack=x/y", "-a/b", "ext::sh -c x", "acme/sh op", "../shop"}) {
        EXPECT_FALSE(matches(repository, bad)) << bad;
    }
}

TEST(Formats, KeepPathsInside) {
    for (auto const* const good : {".", "a", "a/b", "a..b", "...", "a/.b"}) EXPECT_TRUE(matches(inner_path, good)) << good;
    for (auto const* const bad : {"", "/a", "..", "../a", "a/..", "a/../b", "a\\b"})
        EXPECT_FALSE(matches(inner_path, bad)) << bad;
    for (auto const* const good : {"/a", "/data/x", "/a..b"}) EXPECT_TRUE(matches(guest_path, good)) << good;
    for (auto const* const bad : {"/", "a", "/..", "/a/../b", "/a//b", "/a b", "//"})
        EXPECT_FALSE(matches(guest_path, bad)) << bad;
}

TEST(Formats, BearTheLongestTextTheyCanBeGiven) {
    for (auto const* const format : {&image_reference, &repository, &git_reference, &inner_path, &guest_path, &request_path,
                                     &host_name, &label_key, &kubernetes_name}) {
        for (char const letter : {'a', '/', '.', '-', ':', '@'}) (void)matches(*format, std::string(1'024, letter));
    }
}

TEST(MachineSizes, HaveBoundsThatTheirStepsReach) {
    for (auto const name : machine_size_names()) {
        auto const* const size = find_machine_size(name);
        ASSERT_NE(size, nullptr);
        EXPECT_EQ(size->min_memory_mb % size->memory_step_mb, 0) << name;
        EXPECT_EQ(size->max_memory_mb % size->memory_step_mb, 0) << name;
        EXPECT_LT(size->min_memory_mb, size->max_memory_mb) << name;
    }
    EXPECT_EQ(find_machine_size("shared-cpu-3x"), nullptr);
}

}  // namespace
}  // namespace dayfly::specs
