// A secret written where only its name or none belongs: told by its place, never by its text, for messages go to logs, to the
// API and to people who look over a shoulder.
#include <gtest/gtest.h>

#include "tests/unit/specs/spec_files.h"

namespace dayfly::specs {
namespace {

constexpr char secret[] = "hunter2";

void expect_unquoted(std::string const& text) {
    auto const loaded = load_text(text);
    EXPECT_FALSE(loaded.problems.empty()) << text;
    for (auto const& problem : loaded.problems) EXPECT_EQ(problem.text().find(secret), std::string::npos) << problem.text();
    for (auto const& note : loaded.notes) EXPECT_EQ(note.message.find(secret), std::string::npos) << note.message;
}

TEST(Unquoted, APasswordInARepositorysUrl) {
    for (std::string const repository : {"\"https://user:hunter2@github.com/a/b\"", "\"https://hunter2@github.com/a/b\"",
                                         "hunter2", "[hunter2]", "{hunter2: x}", "!hunter2 x", "*hunter2"}) {
        expect_unquoted(object("  source: { git: { repository: " + repository + " } }\n"));
    }
}

TEST(Unquoted, ATokenInThePlaceOfCredentials) {
    for (std::string const credentials :
         {"hunter2", "[hunter2]", "{hunter2}", "{token: hunter2}", "{hunter2: x}", "{env: hunter2!}", "{file: ../hunter2}",
          "{env: [hunter2]}", "{hunter2: a, hunter2: b}"}) {
        expect_unquoted(object("  source: { git: { repository: a/b, credentials: " + credentials + " } }\n"));
    }
}

TEST(Unquoted, AValueInThePlaceOfASecret) {
    for (std::string const secrets :
         {"hunter2", "{A: hunter2}", "[hunter2]", "[[hunter2]]", "[{name: A, from: hunter2}]", "[{name: A, value: hunter2}]",
          "[{name: A, from: {hunter2}}]", "[{name: A, from: {env: hunter2!}}]",
          "[{name: A, from: {secret: HUNTER, key: hunter2!}}]", "[{name: hunter2!, from: {env: A}}]",
          "[{name: A, from: {env: A}, build: hunter2}]", "[{name: A, hunter2}]", "[{name: A, from: !hunter2 x}]"}) {
        expect_unquoted(image_object("  secrets: " + secrets + "\n"));
    }
}

TEST(Unquoted, TextWhereFieldsOrADocumentBelong) {
    expect_unquoted("hunter2\n");
    expect_unquoted(image_object("  env: PASSWORD=hunter2\n"));
    expect_unquoted(image_object("  env: [PASSWORD=hunter2]\n"));
    expect_unquoted(image_object("  env: { PASSWORD=hunter2 }\n"));
    expect_unquoted(image_object("  PASSWORD=hunter2:\n"));
}

TEST(Unquoted, APasswordOfAUrlAnywhere) {
    expect_unquoted(image_object("  service: { domains: [\"https://user:hunter2@example.com\"] }\n"));
    expect_unquoted(object("  source: { image: \"https://user:hunter2@example.com/a\" }\n"));
}

TEST(Unquoted, AMisspeltFieldIsStillNamed) {
    EXPECT_EQ(problem_texts(load_text(image_object("  secrets: [{ name: A, form: { env: X } }]\n"))),
              (std::vector<std::string>{
                  "a.yaml:6:13: spec.secrets[0].from: is missing; Where the value is found; it is never written in this file.",
                  "a.yaml:6:24: spec.secrets[0].form: unknown field 'form', did you mean 'from'?"}));
}

}  // namespace
}  // namespace dayfly::specs
