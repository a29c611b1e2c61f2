// What all sources together want: slow to believe in absence, and loyal to the last good wish.
#include "controller/reconcile/desired_set.h"

#include <gtest/gtest.h>

namespace dayfly::reconcile {
namespace {

specs::Key key(std::string name) { return {.namespace_ = "default", .name = std::move(name)}; }

specs::PreviewEnvironment wish(std::string name, std::string image = "nginx") {
    specs::PreviewEnvironment environment;
    environment.key = key(std::move(name));
    environment.spec.image = std::move(image);
    environment.location.file = environment.key.name + ".yaml";
    return environment;
}

source::Snapshot snapshot(std::string source, std::vector<specs::PreviewEnvironment> environments, bool complete = true) {
    source::Snapshot result;
    result.source = std::move(source);
    result.environments = std::move(environments);
    result.complete = complete;
    result.digest = "objects";
    for (auto const& environment : result.environments) {
        result.digest += ' ' + environment.key.name + '=' + environment.spec.image + '@' + environment.location.file;
    }
    return result;
}

struct Sets : testing::Test {
    DesiredSet set{{"git"}};
    [[nodiscard]] bool wanted(std::string const& name) const { return set.wishes().contains(key(name)); }
    [[nodiscard]] Wish const& of(std::string const& name) const { return set.wishes().at(key(name)); }
};

TEST_F(Sets, TellsWhatChangedAndOnlyThat) {
    EXPECT_EQ(set.publish(snapshot("git", {wish("a"), wish("b")})), (std::set{key("a"), key("b")}));
    EXPECT_TRUE(set.publish(snapshot("git", {wish("b"), wish("a")})).empty());
    EXPECT_EQ(set.publish(snapshot("git", {wish("a", "nginx:2"), wish("b")})), std::set{key("a")});
}

TEST_F(Sets, HasANewWishWhenItsContentChangesAndNotItsPlace) {
    set.publish(snapshot("git", {wish("a")}));
    auto const first = of("a").environment;
    auto moved = wish("a");
    moved.location = {.file = "elsewhere.yaml", .line = 7, .column = 1};
    set.publish(snapshot("git", {moved}));
    EXPECT_EQ(of("a").environment, first);
    set.publish(snapshot("git", {wish("a", "nginx:2")}));
    EXPECT_NE(of("a").environment, first);
}

TEST_F(Sets, CountsWhatTheLatestSnapshotOfASourceHolds) {
    DesiredSet two({"git", "web"});
    auto mixed = snapshot("git", {wish("a"), wish("b")});
    mixed.broken = {key("c")};
    mixed.problems = {{.location = {.file = "c.yaml"}, .field = {}, .message = "wrong"},
                      {.location = {.file = "c.yaml"}, .field = {}, .message = "wrong again"},
                      {.location = {.file = "unreadable.yaml"}, .field = {}, .message = "not YAML"}};
    two.publish(mixed);
    two.publish(snapshot("web", {wish("b")}));

    EXPECT_EQ(two.objects_of("git").valid, 2u);
    EXPECT_EQ(two.objects_of("git").invalid, 2u) << "the broken object, and the file that names none";
    EXPECT_EQ(two.objects_of("git").duplicate, 1u);
    EXPECT_EQ(two.objects_of("web").duplicate, 1u);
    EXPECT_EQ(two.objects_of("nobody").valid, 0u);

    two.publish(snapshot("git", {wish("a")}));
    EXPECT_EQ(two.objects_of("git").valid, 1u);
    EXPECT_EQ(two.objects_of("git").invalid, 0u);
}

TEST_F(Sets, BelievesInAbsenceAfterTwoCompleteLooks) {
    set.publish(snapshot("git", {wish("a")}));
    set.publish(snapshot("git", {}));
    EXPECT_TRUE(wanted("a")) << "one look could have met a half-written folder";
    EXPECT_EQ(set.publish(snapshot("git", {})), std::set{key("a")});
    EXPECT_FALSE(wanted("a"));
}

TEST_F(Sets, BelievesInAbsenceByConfirmationsAlone) {
    set.publish(snapshot("git", {wish("a"), wish("b")}));
    auto const shorter = snapshot("git", {wish("b")});
    EXPECT_TRUE(set.publish(shorter).empty());
    EXPECT_EQ(set.publish(shorter), std::set{key("a")});
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(set.publish(shorter).empty());
    EXPECT_TRUE(wanted("b"));
    EXPECT_TRUE(set.proven());
}

TEST_F(Sets, StartsOverAfterAnIncompleteLook) {
    set.publish(snapshot("git", {wish("a")}));
    set.publish(snapshot("git", {}));
    set.publish(snapshot("git", {}, false));
    set.publish(snapshot("git", {}));
    EXPECT_TRUE(wanted("a")) << "the two complete looks must follow each other";
    set.publish(snapshot("git", {}));
    EXPECT_FALSE(wanted("a"));
}

TEST_F(Sets, StartsOverWhenItIsBackInBetween) {
    set.publish(snapshot("git", {wish("a")}));
    set.publish(snapshot("git", {}));
    set.publish(snapshot("git", {wish("a")}));
    set.publish(snapshot("git", {}));
    EXPECT_TRUE(wanted("a"));
}

TEST_F(Sets, NeverReleasesAnythingOnIncompleteLooks) {
    set.publish(snapshot("git", {wish("a")}));
    for (int i = 0; i < 10; ++i) set.publish(snapshot("git", {}, false));
    EXPECT_TRUE(wanted("a"));
    EXPECT_EQ(set.degraded(), "git");
}

TEST_F(Sets, TellsEachObjectItsOwnProblemsOnly) {
    auto broken = snapshot("git", {});
    broken.broken = {key("a"), key("b"), key("c")};
    broken.problems = {
        {.location = {.file = "a.yaml", .line = 3, .column = 1}, .field = {}, .message = "of a", .object = key("a")},
        {.location = {.file = "b.yaml", .line = 1, .column = 1}, .field = {}, .message = "of b", .object = key("b")},
        {.location = {.file = "x.yaml", .line = 1, .column = 1}, .field = {}, .message = "of nobody"}};
    set.publish(broken);
    ASSERT_EQ(of("a").problems.size(), 1u);
    EXPECT_EQ(of("a").problems.front().message, "of a");
    ASSERT_EQ(of("b").problems.size(), 1u);
    EXPECT_EQ(of("b").problems.front().message, "of b");
    ASSERT_EQ(of("c").problems.size(), 1u);
    EXPECT_EQ(of("c").problems.front().message, "of nobody");
}

TEST_F(Sets, KeepsTheLastGoodWishWhileItsTextIsBroken) {
    set.publish(snapshot("git", {wish("a", "good")}));
    auto broken = snapshot("git", {});
    broken.broken = {key("a")};
    broken.problems = {
        {.location = {.file = "a.yaml", .line = 3, .column = 1}, .field = "spec.region", .message = "no such region"},
        {.location = {.file = "other.yaml", .line = 1, .column = 1}, .field = {}, .message = "not about it"}};
    EXPECT_EQ(set.publish(broken), std::set{key("a")});
    EXPECT_TRUE(set.publish(broken).empty()) << "the same problem is no news";
    EXPECT_TRUE(set.publish(broken).empty());
    ASSERT_TRUE(wanted("a")) << "broken is not absent";
    EXPECT_EQ(of("a").environment->spec.image, "good");
    EXPECT_TRUE(of("a").usable());
    ASSERT_EQ(of("a").problems.size(), 1u);
    EXPECT_EQ(of("a").problems.front().message, "no such region");

    EXPECT_EQ(set.publish(snapshot("git", {wish("a", "good")})), std::set{key("a")});
    EXPECT_TRUE(of("a").problems.empty());
}

TEST_F(Sets, HasNothingUsableOfAnObjectThatWasNeverGood) {
    auto broken = snapshot("git", {});
    broken.broken = {key("a")};
    EXPECT_EQ(set.publish(broken), std::set{key("a")});
    EXPECT_FALSE(of("a").usable());
    EXPECT_EQ(of("a").environment, nullptr);
}

TEST(TwoSources, QuarrelUntilOneGivesWay) {
    DesiredSet set({"one", "two"});
    set.publish(snapshot("one", {wish("a", "first")}));
    EXPECT_EQ(set.publish(snapshot("two", {wish("a", "second")})), std::set{key("a")});
    auto const& quarrel = set.wishes().at(key("a"));
    EXPECT_TRUE(quarrel.conflict);
    EXPECT_FALSE(quarrel.usable());
    EXPECT_EQ(quarrel.environment->spec.image, "first") << "what was in force stays as it was";

    set.publish(snapshot("one", {}));
    EXPECT_EQ(set.publish(snapshot("one", {})), std::set{key("a")});
    EXPECT_FALSE(set.wishes().at(key("a")).conflict);
    set.publish(snapshot("two", {wish("a", "second")}));
    EXPECT_TRUE(set.wishes().at(key("a")).usable());
    EXPECT_EQ(set.wishes().at(key("a")).environment->spec.image, "second");
}

TEST(TwoSources, MeanSomethingElseByTheSameWordsWhenAQuarrelIsOver) {
    DesiredSet set({"one", "two"});
    set.publish(snapshot("one", {wish("a", "first")}));
    auto const second = snapshot("two", {wish("a", "second")});
    for (int i = 0; i < 3; ++i) set.publish(second);
    for (int i = 0; i < 2; ++i) set.publish(snapshot("one", {}));
    EXPECT_EQ(set.publish(second), std::set{key("a")}) << "confirmed, and now alone";
    EXPECT_EQ(set.wishes().at(key("a")).environment->spec.image, "second");
}

TEST(TwoSources, ReleaseOnlyWhatTheyClaimThemselves) {
    DesiredSet set({"one", "two"});
    set.publish(snapshot("one", {wish("a")}));
    for (int i = 0; i < 5; ++i) set.publish(snapshot("two", {}));
    EXPECT_TRUE(set.wishes().contains(key("a")));
}

TEST(TwoSources, ProveNothingBeforeEachWasReadTwice) {
    DesiredSet set({"one", "two"});
    for (int i = 0; i < 5; ++i) set.publish(snapshot("one", {}));
    EXPECT_FALSE(set.proven()) << "silence of the other one is not emptiness";
    EXPECT_EQ(set.degraded(), "two");
    set.publish(snapshot("two", {}));
    EXPECT_FALSE(set.proven());
    set.publish(snapshot("two", {}));
    EXPECT_TRUE(set.proven());
    set.publish(snapshot("one", {}, false));
    EXPECT_FALSE(set.proven());
}

}  // namespace
}  // namespace dayfly::reconcile
