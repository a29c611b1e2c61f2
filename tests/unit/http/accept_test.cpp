// What clients say they accept, as real ones say it, and the packing they get.
#include "controller/http/accept.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

#include "controller/http/gzip.h"

namespace dayfly::http {
namespace {

constexpr char open_metrics[] = "application/openmetrics-text";
/// Of Prometheus 2.42 and 3.1.
constexpr char prometheus_2[] =
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
constexpr char prometheus_3[] =
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";

TEST(MediaWeight, ReadsWhatPrometheusSends) {
    EXPECT_EQ(media_weight(prometheus_2, open_metrics, "1.0.0"), 1);
    EXPECT_EQ(media_weight(prometheus_2, "text/plain", "0.0.4"), 0.5);
    EXPECT_EQ(media_weight(prometheus_3, open_metrics, "1.0.0"), 0.5);
    EXPECT_EQ(media_weight(prometheus_3, "text/plain", "0.0.4"), 0.2);
}

TEST(MediaWeight, TakesTheMostSpecificRangeWhateverItsPlace) {
    EXPECT_EQ(media_weight("*/*;q=0.9, text/*;q=0.3, text/plain;q=0.1", "text/plain", "0.0.4"), 0.1);
    EXPECT_EQ(media_weight("text/plain;q=0.1, text/*;q=0.3, */*;q=0.9", "text/html", ""), 0.3);
    EXPECT_EQ(media_weight("text/plain;q=0, */*", "text/plain", "0.0.4"), 0);
    EXPECT_EQ(media_weight("application/json", "text/plain", "0.0.4"), 0);
    EXPECT_EQ(media_weight("", "text/plain", "0.0.4"), 1);
}

TEST(MediaWeight, ComparesNamesWithoutCaseAndKeepsToTheVersionAsked) {
    EXPECT_EQ(media_weight("Text/Plain; Version=\"0.0.4\" ; Q=0.25", "text/plain", "0.0.4"), 0.25);
    EXPECT_EQ(media_weight("application/openmetrics-text; version=2.0.0", open_metrics, "1.0.0"), 0);
}

TEST(MediaWeight, TakesAWeightThatCannotBeReadForNone) {
    for (auto const* q : {"x", "", "-1", "nan", ";"}) {
        EXPECT_EQ(media_weight("text/plain;q=" + std::string(q), "text/plain", ""), 0) << q;
    }
    EXPECT_EQ(media_weight("text/plain;q=7", "text/plain", ""), 1);
    EXPECT_EQ(media_weight(",;=,;;q", "text/plain", ""), 0);
}

TEST(AcceptsEncoding, SendsPackedOnlyToThoseWhoSayTheyCanReadIt) {
    EXPECT_TRUE(accepts_encoding("gzip", "gzip"));
    EXPECT_TRUE(accepts_encoding("deflate, GZIP;q=0.5", "gzip"));
    EXPECT_TRUE(accepts_encoding("*", "gzip"));
    EXPECT_FALSE(accepts_encoding("", "gzip"));
    EXPECT_FALSE(accepts_encoding("identity", "gzip"));
    EXPECT_FALSE(accepts_encoding("gzip;q=0, *", "gzip"));
    EXPECT_FALSE(accepts_encoding("gzipped", "gzip"));
}

std::string unpacked(std::string const& packed, std::size_t size) {
    std::string text(size + 1, '\0');
    z_stream stream{};
    EXPECT_EQ(::inflateInit2(&stream, MAX_WBITS + 16), Z_OK);
    std::string input = packed;
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(text.data());
    stream.avail_out = static_cast<uInt>(text.size());
    EXPECT_EQ(::inflate(&stream, Z_FINISH), Z_STREAM_END);
    text.resize(text.size() - stream.avail_out);
    ::inflateEnd(&stream);
    return text;
}

TEST(Gzip, ComesBackTheSame) {
    std::string lines;
    for (int i = 0; i < 20'000; ++i) lines += "series{number=\"" + std::to_string(i * 7919) + "\"} 1\n";
    for (auto const& text : {std::string(), std::string("a"), std::string(1, '\0'), lines}) {
        EXPECT_EQ(unpacked(gzip(text), text.size()), text);
    }
    EXPECT_LT(gzip(lines).size(), lines.size() / 4);
}

}  // namespace
}  // namespace dayfly::http
