// Files of several documents: what is skipped, what is a list, and which identities stay known when something is wrong.
#include <gtest/gtest.h>

#include "tests/unit/specs/spec_files.h"

namespace dayfly::specs {
namespace {

std::vector<std::string> notes_of(Loaded const& loaded) {
    std::vector<std::string> texts;
    for (auto const& note : loaded.notes) texts.push_back(std::to_string(note.location.line) + ": " + note.message);
    return texts;
}

TEST(Documents, OfOtherKindsAndEmptyOnesAreNoted) {
    auto const loaded =
        load_text("---\n---\napiVersion: v1\nkind: ConfigMap\ndata: { a: b, a: c }\n---\nimage: x\n---\n" + image_object(""));

    EXPECT_EQ(only(loaded).key.name, "shop");
    EXPECT_EQ(notes_of(loaded),
              (std::vector<std::string>{"1: an empty document; nothing to read", "3: a document of kind ConfigMap; skipped",
                                        "7: a document without kind; skipped"}));
}

TEST(Documents, AnEmptyFileIsNotedAndNothingElse) {
    for (auto const* const text : {"", "\n\n", "# only a comment\n", "---\n", "\xEF\xBB\xBF"}) {
        auto const loaded = load_text(text);
        EXPECT_EQ(notes_of(loaded), std::vector<std::string>{"1: an empty document; nothing to read"}) << text;
        EXPECT_TRUE(loaded.problems.empty());
        EXPECT_FALSE(loaded.identities_unknown);
    }
}

TEST(Documents, AMisspeltKindIsAProblemOfAKnownObject) {
    auto const loaded = load_text(
        "apiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnviroment\nmetadata: { name: shop }\nspec: { source: { image: a } }\n");

    EXPECT_EQ(problem_texts(loaded),
              std::vector<std::string>{"a.yaml:2:7: kind: 'PreviewEnviroment' is not known here; write PreviewEnvironment"});
    EXPECT_EQ(loaded.broken, (std::vector<Key>{{"default", "shop"}}));
}

TEST(Documents, AnObjectThatLostItsKindIsNotTakenForGone) {
    auto const loaded = load_text("metadata: { name: shop, namespace: team }\nspec: { source: { image: a } }\n");

    EXPECT_EQ(loaded.problems.size(), 2u);
    EXPECT_EQ(loaded.broken, (std::vector<Key>{{"team", "shop"}}));
}

TEST(Documents, AnotherVersionIsAProblem) {
    auto const loaded = load_text(
        "apiVersion: dayfly.dev/v2\nkind: PreviewEnvironment\nmetadata: { name: shop }\nspec: { source: { image: a } }\n");

    EXPECT_EQ(
        problem_texts(loaded),
        std::vector<std::string>{"a.yaml:1:13: apiVersion: 'dayfly.dev/v2' is not known here; write dayfly.dev/v1alpha1"});
}

TEST(Documents, TextThatIsNoObjectLeavesIdentitiesUnknown) {
    auto const loaded = load_text("just text\n");

    EXPECT_EQ(problem_texts(loaded),
              std::vector<std::string>{"a.yaml:1:1: text is no object; write apiVersion, kind, metadata and spec"});
    EXPECT_TRUE(loaded.identities_unknown);
}

TEST(Documents, ABrokenOneDoesNotHideTheOthers) {
    auto const loaded = load_text(image_object("", "one") + "---\nkind: [\n---\n" + image_object("", "two"));

    EXPECT_EQ(loaded.environments.size(), 2u);
    EXPECT_EQ(loaded.problems.size(), 1u);
    EXPECT_TRUE(loaded.identities_unknown);
}

TEST(Documents, AnUnreadableNameLeavesIdentitiesUnknown) {
    EXPECT_TRUE(load_text(image_object("", "[]")).identities_unknown);
    EXPECT_TRUE(load_text(image_object("", "Shop")).identities_unknown);
    EXPECT_TRUE(load_text("apiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nspec: { source: { image: a } }\n")
                    .identities_unknown);
}

TEST(Documents, AListIsReadItemByItem) {
    auto const loaded = load_text(
        "apiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironmentList\nitems:\n"
        "- apiVersion: dayfly.dev/v1alpha1\n  kind: PreviewEnvironment\n  metadata: { name: one }\n  spec: { source: { image: "
        "a } }\n"
        "- apiVersion: dayfly.dev/v1alpha1\n  kind: PreviewEnvironment\n  metadata: { name: two }\n  spec: { source: { image: "
        "a }, ttl: 1m }\n");

    ASSERT_EQ(loaded.environments.size(), 1u);
    EXPECT_EQ(loaded.environments[0].location, (Location{"a.yaml", 4, 3}));
    EXPECT_EQ(problem_texts(loaded),
              std::vector<std::string>{"a.yaml:11:38: items[1].spec.ttl: '1m' is too short; write 10m to 8760h, or never"});
    EXPECT_EQ(loaded.broken, (std::vector<Key>{{"default", "two"}}));
}

TEST(Documents, OursWithinAListOfKubernetesAreRead) {
    auto const loaded = load_text(
        "apiVersion: v1\nkind: List\nitems:\n"
        "- { apiVersion: v1, kind: ConfigMap }\n"
        "- { apiVersion: dayfly.dev/v1alpha1, kind: PreviewEnvironment, metadata: { name: one }, spec: { source: { image: a } "
        "} }\n"
        "- 7\n"
        "- { apiVersion: dayfly.dev/v1alpha1, kind: PreviewEnvironment, metadata: { name: two }, spec: {} }\n");

    ASSERT_EQ(loaded.environments.size(), 1u);
    EXPECT_EQ(loaded.environments[0].key.name, "one");
    EXPECT_EQ(loaded.broken, (std::vector<Key>{{"default", "two"}}));
    EXPECT_EQ(notes_of(load_text("apiVersion: v1\nkind: List\nitems: [{ kind: ConfigMap }]\n")),
              std::vector<std::string>{"1: a document of kind List; skipped"});
}

TEST(Documents, OfOtherKindsMayUseWhatOursMustNot) {
    std::string aliases;
    for (int count = 0; count < 100; ++count) aliases += "*a, ";
    auto const loaded = load_text("kind: Template\nvalue: !Ref Name\nitself: &i [*i]\nlist: !Sub [&a x, " + aliases +
                                  "]\n---\n" + image_object("", "one") + "---\n" +
                                  image_object("  region: !Ref Region\n", "two") + "---\n" + image_object("", "three"));

    EXPECT_EQ(loaded.environments.size(), 2u);
    EXPECT_EQ(problem_texts(loaded).size(), 2u) << testing::PrintToString(problem_texts(loaded));
    EXPECT_EQ(loaded.broken, (std::vector<Key>{{"default", "two"}}));
    EXPECT_FALSE(loaded.identities_unknown);
}

TEST(Documents, OfOtherKindsCannotUseUpWhatOursNeed) {
    std::string bomb = "kind: Bomb\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int level = 1; level < 6; ++level) {
        bomb += "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [";
        for (int count = 0; count < 10; ++count) bomb += "*a" + std::to_string(level - 1) + ", ";
        bomb += "]\n";
    }
    EXPECT_EQ(only(load_text(bomb + "---\n" + image_object(""))).key.name, "shop");
}

TEST(Documents, WhatTheApiWritesIsReadBack) {
    EXPECT_EQ(
        only(load_text("apiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata: { name: shop, generation: 3, "
                       "creationTimestamp: \"2026-10-01T18:00:00Z\" }\nspec: { source: { image: a } }\nstatus: {}\n"))
            .key.name,
        "shop");
}

TEST(Documents, AByteOrderMarkBeforeALaterOneIsFine) {
    auto const loaded = load_text("\xEF\xBB\xBF" + image_object("", "one") + "\xEF\xBB\xBF---\n" + image_object("", "two"));

    EXPECT_EQ(problem_texts(loaded), std::vector<std::string>{});
    EXPECT_EQ(loaded.environments.size(), 2u);
}

TEST(Documents, AListThatIsNoneLeavesIdentitiesUnknown) {
    auto const loaded = load_text("apiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironmentList\nitems: many\n");

    EXPECT_EQ(problem_texts(loaded),
              std::vector<std::string>{"a.yaml:3:8: items: text is not a list; write a list of objects"});
    EXPECT_TRUE(loaded.identities_unknown);
}

TEST(Documents, TwoObjectsOfOneIdentityAreBothRefused) {
    auto const loaded =
        load_text(image_object("") + "---\n" + image_object("  region: ord\n") + "---\n" + image_object("", "other"));

    EXPECT_EQ(
        problem_texts(loaded),
        (std::vector<std::string>{"a.yaml:3:19: metadata.name: 'default/shop' is defined in line 9 too; keep one of them",
                                  "a.yaml:9:19: metadata.name: 'default/shop' is defined in line 3 too; keep one of them"}));
    EXPECT_EQ(loaded.broken, (std::vector<Key>{{"default", "shop"}}));
    ASSERT_EQ(loaded.environments.size(), 1u);
    EXPECT_EQ(loaded.environments[0].key.name, "other");
}

TEST(Documents, AGoodCopyOfABrokenObjectIsRefusedToo) {
    auto const loaded = load_text(image_object("  ttl: 1m\n") + "---\n" + image_object(""));

    EXPECT_TRUE(loaded.environments.empty());
    EXPECT_EQ(loaded.broken, (std::vector<Key>{{"default", "shop"}}));
    EXPECT_EQ(loaded.problems.size(), 3u);
}

}  // namespace
}  // namespace dayfly::specs
