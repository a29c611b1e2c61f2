// Headers, queries and percent-encoding.
#include "controller/http/message.h"

#include <gtest/gtest.h>

namespace dayfly::http {
namespace {

TEST(Headers, AreFoundWithoutRegardToCase) {
    Headers headers;
    headers.add("Content-Type", "text/yaml");
    headers.add("content-type", "second");
    ASSERT_NE(headers.find("CONTENT-TYPE"), nullptr);
    EXPECT_EQ(*headers.find("CONTENT-TYPE"), "text/yaml");
    EXPECT_EQ(headers.find("Content-Typ"), nullptr);
}

TEST(PathOf, IsWhatStandsBeforeTheQuery) {
    EXPECT_EQ(path_of("/v1/apps?org_slug=acme"), "/v1/apps");
    EXPECT_EQ(path_of("/v1/apps"), "/v1/apps");
}

TEST(QueryValue, TellsAbsentFromEmpty) {
    EXPECT_EQ(query_value("/a?x=1&y", "x"), "1");
    EXPECT_EQ(query_value("/a?x=1&y", "y"), "");
    EXPECT_EQ(query_value("/a?x=1&y=", "y"), "");
    EXPECT_EQ(query_value("/a?x=1&y", "z"), std::nullopt);
    EXPECT_EQ(query_value("/a", "x"), std::nullopt);
    EXPECT_EQ(query_value("/a?", ""), std::nullopt);
}

TEST(QueryValue, DecodesNamesAndValues) {
    EXPECT_EQ(query_value("/a?app%5Fname=a+b%2Bc%3D%26", "app_name"), "a b+c=&");
    EXPECT_EQ(query_value("/a?eq=a=b", "eq"), "a=b");
}

TEST(QueryValues, KeepTheOrderOfARepeatedParameter) {
    EXPECT_EQ(query_values("/a?s=1&t=9&s=2&s", "s"), (std::vector<std::string>{"1", "2", ""}));
    EXPECT_EQ(query_value("/a?s=1&s=2", "s"), "1");
}

TEST(PercentEncode, LeavesOnlyUnreservedCharacters) {
    EXPECT_EQ(percent_encode("aZ09-._~"), "aZ09-._~");
    EXPECT_EQ(percent_encode("a b/c?d&e=\xc3\xa4%"), "a%20b%2Fc%3Fd%26e%3D%C3%A4%25");
}

TEST(PercentDecode, KeepsWhatIsNoEscape) {
    EXPECT_EQ(percent_decode("a%20b%2fc"), "a b/c");
    EXPECT_EQ(percent_decode("100%"), "100%");
    EXPECT_EQ(percent_decode("%4"), "%4");
    EXPECT_EQ(percent_decode("%zz%41"), "%zzA");
    EXPECT_EQ(percent_decode("a+b"), "a+b");
}

TEST(PercentDecode, UndoesPercentEncodeForEveryByte) {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    EXPECT_EQ(percent_decode(percent_encode(all)), all);
}

}  // namespace
}  // namespace dayfly::http
