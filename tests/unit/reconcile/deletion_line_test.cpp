// Who may be deleted when, and whose second volume is provably ours.
#include "controller/reconcile/deletion_line.h"

#include <gtest/gtest.h>

#include "controller/base/time_text.h"
#include "controller/reconcile/lost_create.h"

namespace dayfly::reconcile {
namespace {

using namespace std::chrono_literals;

struct Line : testing::Test {
    DeletionLine line;
    Instant const start{1h};
    Instant now = start;
    Instant first_free = start;  ///< one deletion a second from here on
    Instant turn(std::string const& app) {
        return line.turn(app, now, [this](std::size_t ahead) { return std::max(now, first_free + seconds(ahead)); });
    }
};

TEST_F(Line, ServesInOrderOfArrivalAndKeepsPlaces) {
    EXPECT_EQ(turn("a"), start);
    EXPECT_EQ(turn("b"), start + 1s);
    EXPECT_EQ(turn("c"), start + 2s);
    EXPECT_EQ(turn("b"), start + 1s) << "asking again does not cost the place";
    line.leave("a");
    EXPECT_EQ(turn("c"), start + 1s);
    EXPECT_EQ(line.length(), 2u);
}

TEST_F(Line, IsNotHeldUpByWhoeverDoesNotCome) {
    (void)turn("gone");
    for (auto const* const app : {"a", "b", "c"}) (void)turn(app);
    now += 2min;
    first_free = now;
    EXPECT_EQ(turn("d"), now) << "all of them had their turn and did not take it";
    EXPECT_EQ(line.length(), 1u);
}

TEST_F(Line, NeverDropsTheOneThatAsks) {
    (void)turn("a");
    (void)turn("b");
    now += 10min;
    first_free = now;
    EXPECT_EQ(turn("b"), now);
    EXPECT_EQ(turn("a"), now + 1s) << "it lost its place, not its turn";
}

constexpr WallTime noon{1'790'856'000s};

fly::Volume volume(std::string id, WallTime made, std::string name = "web_0") {
    return {.id = std::move(id),
            .name = std::move(name),
            .state = "created",
            .region = "fra",
            .size_gb = 1,
            .created_at = rfc3339(made)};
}

TEST(OwnDoubles, AreMadeWhileALostCreateWasUnderWay) {
    LostCreate const lost{.name = "web_0", .known = {"vol_old"}, .sent = noon, .given_up = noon + 30s};
    EXPECT_EQ(own_doubles({lost}, {volume("vol_a", noon + 1s)}, {}), std::set<std::string>{"vol_a"});
    EXPECT_TRUE(own_doubles({lost}, {volume("vol_a", noon - 1min)}, {}).empty()) << "older than the create";
    EXPECT_TRUE(own_doubles({lost}, {volume("vol_a", noon + 2min)}, {}).empty()) << "younger";
    EXPECT_TRUE(own_doubles({lost}, {volume("vol_old", noon + 1s)}, {}).empty()) << "it was there before";
    EXPECT_TRUE(own_doubles({lost}, {volume("vol_a", noon + 1s, "db_0")}, {}).empty()) << "another name";
    EXPECT_TRUE(own_doubles({}, {volume("vol_a", noon + 1s)}, {}).empty()) << "nothing was lost";
    auto undated = volume("vol_a", noon);
    undated.created_at = "yesterday";
    EXPECT_TRUE(own_doubles({lost}, {undated}, {}).empty());
}

TEST(OwnDoubles, AreNotClaimedWhereMoreFitThanWereLost) {
    LostCreate const lost{.name = "web_0", .known = {}, .sent = noon, .given_up = noon + 30s};
    std::vector<fly::Volume> const two{volume("vol_a", noon + 1s), volume("vol_b", noon + 2s)};
    EXPECT_TRUE(own_doubles({lost}, two, {}).empty()) << "one of them is somebody's";
    EXPECT_EQ(own_doubles({lost, lost}, two, {}).size(), 2u);
    EXPECT_EQ(own_doubles({lost}, two, {"vol_b"}), std::set<std::string>{"vol_a"}) << "the other one came by an answer";
}

}  // namespace
}  // namespace dayfly::reconcile
