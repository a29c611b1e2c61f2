// Nothing secret survives in a body that is logged.
#include "controller/fly_rest/mask_body.h"

#include <gtest/gtest.h>

namespace dayfly::fly_rest {
namespace {

TEST(MaskBody, BlanksValuesAndKeepsNames) {
    EXPECT_EQ(mask_body(R"({"values":{"KEY":"hunter2","OLD":null}})"), R"({"values":{"KEY":"***","OLD":null}})");
    EXPECT_EQ(mask_body(R"({"secrets":[{"name":"KEY","digest":"9d","value":"hunter2"}],"version":3})"),
              R"({"secrets":[{"digest":"9d","name":"KEY","value":"***"}],"version":3})");
}

TEST(MaskBody, BlanksAMachinesEnvironmentAndFiles) {
    EXPECT_EQ(
        mask_body(R"({"config":{"image":"nginx","env":{"A":"hunter2","N":{"x":["hunter2"]}},
                          "files":[{"guest_path":"/a","raw_value":"aHVudGVyMg=="}]}})"),
        R"({"config":{"env":{"A":"***","N":{"x":["***"]}},"files":[{"guest_path":"/a","raw_value":"***"}],"image":"nginx"}})");
}

TEST(MaskBody, BlanksNoncesTokensAndKeysAtAnyDepth) {
    for (auto const* key : {"nonce", "token", "private_key", "value", "password", "stdout", "command", "secret"}) {
        auto const body = std::string(R"({"data":[{")") + key + R"(":"hunter2"}]})";
        EXPECT_EQ(mask_body(body).find("hunter2"), std::string::npos) << key;
    }
}

TEST(MaskBody, BlanksUnknownShapesBelowSecrets) {
    for (auto const* body : {R"({"secrets":{"KEY":"hunter2"}})", R"({"secrets":["hunter2"]})", R"({"secrets":[["hunter2"]]})",
                             R"({"secrets":[{"name":"A","other":{"x":"hunter2"}}]})", R"({"secrets":"hunter2"})"}) {
        EXPECT_EQ(mask_body(body).find("hunter2"), std::string::npos) << body << " became " << mask_body(body);
    }
}

TEST(MaskBody, CountsWhatIsNotJson) {
    EXPECT_EQ(mask_body("hunter2"), "(7 bytes, not a JSON object)");
    EXPECT_EQ(mask_body("\"hunter2\""), "(9 bytes, not a JSON object)");
    EXPECT_EQ(mask_body(""), "");
    EXPECT_EQ(mask_body(std::string(100'000, '[')), "(100000 bytes, not a JSON object)");
}

TEST(MaskBody, IsBounded) {
    std::string body = R"({"a":")" + std::string(100'000, 'x') + "\"}";
    EXPECT_LE(mask_body(body).size(), 8192u);
}

}  // namespace
}  // namespace dayfly::fly_rest
