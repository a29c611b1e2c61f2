// Taking answers apart: what is a list of specs, what is none, and what may be called complete.
#include "controller/source/endpoint_answer.h"

#include <gtest/gtest.h>

#include "controller/source/endpoint_snapshot.h"
#include "tests/unit/source/endpoint_world.h"

namespace dayfly::source::test {
namespace {

/// The snapshot of an answer.
Result<Snapshot> snapshot_of(http::Response const& response) {
    auto const answer = read_answer(response, "https://x.example/envs");
    if (!answer) return std::unexpected(answer.error());
    specs::LoadOptions const options;
    EndpointSnapshot building("https://x.example/envs", options);
    for (auto const& piece : answer->pieces) building.add(piece);
    return building.finish(*answer);
}

http::Response with(http::Response response, std::string name, std::string value) {
    response.headers.add(std::move(name), std::move(value));
    return response;
}

std::string items(std::string const& list, std::string const& more = "") { return R"({"items":[)" + list + "]" + more + "}"; }

TEST(EndpointAnswer, ReadsAStreamOfYamlDocuments) {
    auto const snapshot =
        snapshot_of(yaml_answer(endpoint_yaml("a") + "---\n# nothing\n" + endpoint_yaml("b") + "...\n")).value();
    EXPECT_EQ(endpoint_names(snapshot), (std::set<std::string>{"a", "b"}));
    EXPECT_TRUE(snapshot.problems.empty());
    EXPECT_FALSE(snapshot.complete);
    EXPECT_TRUE(snapshot.upsert_only);
}

TEST(EndpointAnswer, ReadsTheItemsOfAJsonObject) {
    auto const snapshot = snapshot_of(json_answer(items(endpoint_json("a") + "," + endpoint_json("b")))).value();
    EXPECT_EQ(endpoint_names(snapshot), (std::set<std::string>{"a", "b"}));
    EXPECT_FALSE(snapshot.complete);
    EXPECT_TRUE(snapshot.upsert_only);
}

TEST(EndpointAnswer, IsCompleteWhenItSaysSoAndItsCountIsRight) {
    auto const json = snapshot_of(complete_answer({"a", "b"})).value();
    EXPECT_TRUE(json.complete);
    EXPECT_FALSE(json.upsert_only);
    EXPECT_EQ(json.revision, "r1");
    EXPECT_TRUE(snapshot_of(with(yaml_answer(endpoint_yaml("a")), "Dayfly-Complete", "1")).value().complete);
    EXPECT_TRUE(snapshot_of(with(json_answer(items(endpoint_json("a"))), "dayfly-complete", " 1 ")).value().complete);
}

TEST(EndpointAnswer, MaySayThatThereIsNothing) {
    for (auto const& response :
         {json_answer(R"({"complete":true,"count":0,"items":[]})"), with(yaml_answer(""), "Dayfly-Complete", "0"),
          with(yaml_answer("# none\n"), "Dayfly-Complete", "0")}) {
        auto const snapshot = snapshot_of(response);
        ASSERT_TRUE(snapshot) << snapshot.error().message;
        EXPECT_TRUE(snapshot->complete);
        EXPECT_TRUE(snapshot->environments.empty());
    }
}

TEST(EndpointAnswer, AnEmptyListWithoutTheMarkerSaysNothingAboutWhatIsGone) {
    EXPECT_FALSE(snapshot_of(json_answer(items(""))).value().complete);
}

struct Doubtful {
    char const* name;
    http::Response response;
};
class DoubtfulAnswer : public ::testing::TestWithParam<Doubtful> {};

TEST_P(DoubtfulAnswer, IsNotComplete) {
    auto const snapshot = snapshot_of(GetParam().response);
    ASSERT_TRUE(snapshot) << snapshot.error().message;
    EXPECT_FALSE(snapshot->complete);
    EXPECT_FALSE(snapshot->upsert_only) << "it is not as it should be";
    EXPECT_TRUE(endpoint_names(*snapshot).contains("a"));
}

INSTANTIATE_TEST_SUITE_P(
    Endpoint, DoubtfulAnswer,
    ::testing::Values(
        Doubtful{"CountTooHigh", json_answer(items(endpoint_json("a"), R"(,"complete":true,"count":2)"))},
        Doubtful{"CountTooLow",
                 json_answer(items(endpoint_json("a") + "," + endpoint_json("b"), R"(,"complete":true,"count":1)"))},
        Doubtful{"NoCount", json_answer(items(endpoint_json("a"), R"(,"complete":true)"))},
        Doubtful{"CountIsText", json_answer(items(endpoint_json("a"), R"(,"complete":true,"count":"1")"))},
        Doubtful{"CompleteIsFalse", json_answer(items(endpoint_json("a"), R"(,"complete":false,"count":1)"))},
        Doubtful{"HeaderSaysCompleteAndTheBodyDoesNot",
                 with(json_answer(items(endpoint_json("a"), R"(,"complete":false)")), "Dayfly-Complete", "1")},
        Doubtful{"HeaderAndBodyCountDifferently",
                 with(json_answer(items(endpoint_json("a"), R"(,"complete":true,"count":2)")), "Dayfly-Complete", "1")},
        Doubtful{"HeaderTooHigh", with(yaml_answer(endpoint_yaml("a")), "Dayfly-Complete", "2")},
        Doubtful{"ItemWithoutIdentity", json_answer(items(endpoint_json("a") + ",{}", R"(,"complete":true,"count":2)"))},
        Doubtful{"ItemWithoutIdentityAndNoClaim", json_answer(items(endpoint_json("a") + ",{}"))},
        Doubtful{"DocumentWithoutIdentity", with(yaml_answer(endpoint_yaml("a") + "---\n{broken\n"), "Dayfly-Complete", "1")}),
    [](auto const& tested) { return tested.param.name; });

TEST(EndpointAnswer, TellsWhenHeaderAndBodyDisagree) {
    for (auto const* const claim :
         {R"(,"complete":false)", R"(,"complete":true,"count":2)", R"(,"count":2)", R"(,"complete":true,"count":"1")"}) {
        auto const snapshot = snapshot_of(with(json_answer(items(endpoint_json("a"), claim)), "Dayfly-Complete", "1")).value();
        EXPECT_FALSE(snapshot.complete) << claim;
        ASSERT_EQ(snapshot.notes.size(), 1u) << claim;
        EXPECT_TRUE(snapshot.notes[0].message.contains("header Dayfly-Complete says 1, and the body")) << claim;
    }
    for (auto const* const claim : {R"(,"complete":true,"count":1)", R"(,"complete":true)", ""}) {
        auto const snapshot = snapshot_of(with(json_answer(items(endpoint_json("a"), claim)), "Dayfly-Complete", "1")).value();
        EXPECT_TRUE(snapshot.complete) << claim;
    }
}

TEST(EndpointAnswer, ABrokenObjectIsThereAndCounts) {
    auto const broken =
        R"({"apiVersion":"dayfly.dev/v1alpha1","kind":"PreviewEnvironment","metadata":{"name":"bad"},"spec":{"typo":1}})";
    auto const snapshot =
        snapshot_of(json_answer(items(endpoint_json("a") + "," + broken, R"(,"complete":true,"count":2)"))).value();
    EXPECT_TRUE(snapshot.complete);
    ASSERT_EQ(snapshot.broken.size(), 1u);
    EXPECT_EQ(snapshot.broken[0].name, "bad");
    ASSERT_FALSE(snapshot.problems.empty());
    EXPECT_EQ(snapshot.problems[0].location.file, "https://x.example/envs items[1]");
}

TEST(EndpointAnswer, DuplicatesAreProblemsOfAllCopiesAndNoneIsGone) {
    for (auto const& response :
         {complete_answer({"twin", "a", "twin"}),
          with(yaml_answer(endpoint_yaml("twin") + endpoint_yaml("a") + endpoint_yaml("twin")), "Dayfly-Complete", "3")}) {
        auto const snapshot = snapshot_of(response).value();
        EXPECT_EQ(endpoint_names(snapshot), std::set<std::string>{"a"});
        ASSERT_EQ(snapshot.broken.size(), 1u);
        EXPECT_EQ(snapshot.broken[0].name, "twin");
        EXPECT_EQ(snapshot.problems.size(), 2u);
        EXPECT_TRUE(snapshot.complete);
    }
}

TEST(EndpointAnswer, TellsTheLineOfTheStreamAndNotOfTheDocument) {
    auto const first = endpoint_yaml("a");
    auto const lines = std::count(first.begin(), first.end(), '\n');
    auto const snapshot =
        snapshot_of(yaml_answer(first + "---\nkind: PreviewEnvironment\nmetadata: { name: b }\nspec: []\n")).value();
    ASSERT_FALSE(snapshot.problems.empty());
    EXPECT_GT(snapshot.problems.back().location.line, lines);
    EXPECT_LE(snapshot.problems.back().location.line, lines + 4);
}

TEST(EndpointAnswer, LeavesTheMeaningOfMarkersToYaml) {
    // Indented dashes are text; a directive belongs to the document below it; Windows line ends are line ends.
    auto const text = "%YAML 1.2\n---\n" + endpoint_yaml("a").substr(4) +
                      "  env:\n    TEXT: |\n      x\n      ---\n      y\n---\r\n" + endpoint_yaml("b").substr(4);
    auto const snapshot = snapshot_of(yaml_answer(text)).value();
    EXPECT_EQ(endpoint_names(snapshot), (std::set<std::string>{"a", "b"}));
    EXPECT_EQ(snapshot.environments[0].spec.env.at("TEXT"), "x\n---\ny\n");
}

TEST(EndpointAnswer, HasADigestOfItsObjectsAlone) {
    auto const one = snapshot_of(json_answer(items(endpoint_json("a"), R"(,"revision":"r1")"))).value();
    auto const two = snapshot_of(json_answer(items(endpoint_json("a") + " \n", R"(,"revision":"r2")"))).value();
    auto const other = snapshot_of(json_answer(items(endpoint_json("b"), R"(,"revision":"r1")"))).value();
    EXPECT_EQ(one.digest, two.digest);
    EXPECT_NE(one.digest, other.digest);
}

class RefusedAnswer : public ::testing::TestWithParam<Doubtful> {};

TEST_P(RefusedAnswer, IsAnError) {
    auto const snapshot = snapshot_of(GetParam().response);
    ASSERT_FALSE(snapshot);
    EXPECT_EQ(snapshot.error().kind, ErrorKind::InvalidInput);
}

http::Response typed(std::string type, std::string body) {
    http::Response response{.body = std::move(body)};
    response.headers.add("Content-Type", std::move(type));
    return response;
}

INSTANTIATE_TEST_SUITE_P(
    Endpoint, RefusedAnswer,
    ::testing::Values(
        Doubtful{"Html", typed("text/html", "<html></html>")}, Doubtful{"HtmlAsYaml", yaml_answer("\n <!doctype html><p>hi")},
        Doubtful{"HtmlAsJson", json_answer("<html>")}, Doubtful{"EmptyObject", json_answer("{}")},
        Doubtful{"Null", json_answer("null")}, Doubtful{"BareList", json_answer("[]")}, Doubtful{"Number", json_answer("7")},
        Doubtful{"NullItems", json_answer(R"({"items":null})")}, Doubtful{"MapOfItems", json_answer(R"({"items":{}})")},
        Doubtful{"TruncatedJson", json_answer(R"({"complete":true,"count":0,"items":[])")},
        Doubtful{"TwoJsonTexts", json_answer(R"({"items":[]}{"items":[]})")}, Doubtful{"EmptyJson", json_answer("")},
        Doubtful{"EmptyYaml", yaml_answer("")}, Doubtful{"YamlComment", yaml_answer("# nothing\n---\n")},
        Doubtful{"YamlNull", yaml_answer("null\n")}, Doubtful{"YamlEmptyMap", yaml_answer("{}\n")},
        Doubtful{"ErrorPageAsText", typed("text/plain", "upstream connect error")},
        Doubtful{"ErrorPageThatClaimsNothing", with(typed("text/plain", "oops"), "Dayfly-Complete", "0")},
        Doubtful{"NoType", http::Response{.body = endpoint_yaml("a")}},
        Doubtful{"OtherType", typed("application/octet-stream", endpoint_yaml("a"))},
        Doubtful{"OtherCharset", typed("text/yaml; charset=utf-16", endpoint_yaml("a"))},
        Doubtful{"Gzip", with(yaml_answer(endpoint_yaml("a")), "Content-Encoding", "gzip")},
        Doubtful{"ClaimIsNoNumber", with(yaml_answer(endpoint_yaml("a")), "Dayfly-Complete", "yes")},
        Doubtful{"CompleteIsText", json_answer(R"({"complete":"true","count":0,"items":[]})")},
        Doubtful{"DeepJson", json_answer(R"({"items":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}")}),
    [](auto const& tested) { return tested.param.name; });

}  // namespace
}  // namespace dayfly::source::test
