// YAML that wants to break the reader: each gives one clear problem, soon, and never a crash.
#include <gtest/gtest.h>

#include "controller/base/random.h"
#include "tests/unit/specs/spec_files.h"

namespace dayfly::specs {
namespace {

std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t count = 0; count < times; ++count) all += text;
    return all;
}

/// The one problem of a text that cannot be read.
std::string only_problem(std::string_view text) {
    auto const loaded = load_text(text);
    EXPECT_EQ(loaded.problems.size(), 1u);
    EXPECT_TRUE(loaded.identities_unknown);
    EXPECT_TRUE(loaded.environments.empty());
    return loaded.problems.empty() ? "" : loaded.problems.front().text();
}

/// The first problem of an object with these lines that is not about the unknown fields which hold them.
std::string alias_problem(std::string_view lines) {
    auto const loaded = load_text(image_object(lines));
    EXPECT_TRUE(loaded.environments.empty());
    for (auto const& problem : loaded.problems) {
        if (!problem.message.starts_with("unknown field")) return problem.text();
    }
    return "";
}

TEST(HostileYaml, TooManyBytesAreRefusedUnread) {
    EXPECT_EQ(only_problem(std::string(10u << 20, 'a')),
              "a.yaml:1:1: the file has 10485760 bytes, at most 1048576 are read; split it");
}

TEST(HostileYaml, BinaryDataIsNamedWithItsPlace) {
    EXPECT_EQ(only_problem(std::string_view("a: b\nc: \0d\n", 11)),
              "a.yaml:2:4: the file holds a control character, so it is no YAML; is it a binary file?");
    EXPECT_EQ(only_problem("\x7F"
                           "ELF"),
              "a.yaml:1:1: the file holds a control character, so it is no YAML; is it a binary file?");
    EXPECT_EQ(only_problem("a: b\xFF\n"), "a.yaml:1:5: the file is not UTF-8 text; save it as UTF-8");
    EXPECT_EQ(only_problem("a: \xC0\xAF\n"), "a.yaml:1:4: the file is not UTF-8 text; save it as UTF-8");
    EXPECT_EQ(only_problem("a: \xED\xA0\x80\n"), "a.yaml:1:4: the file is not UTF-8 text; save it as UTF-8");
    EXPECT_EQ(only_problem("\xFF\xFE"
                           "a"),
              "a.yaml:1:1: the file is not UTF-8 text; save it as UTF-8");
    EXPECT_EQ(only_problem("a: \xE4"), "a.yaml:1:4: the file is not UTF-8 text; save it as UTF-8");
}

TEST(HostileYaml, ByteOrderMarkAndForeignLineEndsAreFine) {
    auto const text = image_object("  runtimes: x\n  region: ord\n");
    std::string crlf = "\xEF\xBB\xBF", cr;
    for (char const letter : text) {
        crlf += letter == '\n' ? std::string("\r\n") : std::string(1, letter);
        cr += letter == '\n' ? '\r' : letter;
    }

    auto const expected =
        std::vector<std::string>{"a.yaml:6:3: spec.runtimes: unknown field 'runtimes', did you mean 'runtime'?"};
    EXPECT_EQ(problem_texts(load_text(crlf)), expected);
    EXPECT_EQ(problem_texts(load_text(cr)), expected);
}

TEST(HostileYaml, TabsThatIndentAreNamed) {
    EXPECT_EQ(only_problem("kind: x\nspec:\n\tregion: dfw\n"), "a.yaml:3:1: YAML cannot be indented with tabs; use spaces");
    EXPECT_EQ(only_problem("kind: x\nspec:\n  \tregion: dfw\n  ttl: 1h\n"),
              "a.yaml:3:3: YAML cannot be indented with tabs; use spaces");
}

TEST(HostileYaml, SyntaxErrorsHaveTheirPlace) {
    auto const problem = only_problem("kind: PreviewEnvironment\nspec: [1, 2\nother: x\n");
    EXPECT_TRUE(problem.starts_with("a.yaml:3:")) << problem;
    EXPECT_NE(problem.find("the YAML cannot be read: "), std::string::npos) << problem;
}

TEST(HostileYaml, ALineThatStandsTooFarLeftIsNamed) {
    EXPECT_EQ(only_problem(image_object("  region: ord\n ttl: 1h\n")),
              "a.yaml:7:2: the YAML cannot be read: this does not fit the lines above; check its indentation");
}

TEST(HostileYaml, DeepNestingIsRefused) {
    for (std::string_view const opening : {"[", "{", "- ", "{a: ", "[{", "? ", "? - "}) {
        EXPECT_NE(only_problem(repeated(opening, 100'000)).find("nested more than 32 levels deep"), std::string::npos)
            << opening;
    }
    std::string stairs;
    for (std::size_t depth = 0; depth < 1'000; ++depth) stairs += std::string(depth, ' ') + "a:\n";
    EXPECT_EQ(only_problem(stairs), "a.yaml:33:33: nested more than 32 levels deep");
}

TEST(HostileYaml, AliasBombsAreRefused) {
    std::string doubling = "kind: PreviewEnvironment\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int level = 1; level < 10; ++level) {
        auto const below = "*a" + std::to_string(level - 1);
        doubling +=
            "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [" + below + repeated("," + below, 9) + "]\n";
    }
    LoadOptions many_aliases;
    many_aliases.limits.max_aliases = 1'000;
    auto const loaded = load(doubling, "a.yaml", many_aliases);
    ASSERT_GE(loaded.problems.size(), 1u);
    EXPECT_NE(loaded.problems[0].message.find("more than 50000 values or 1048576 bytes stand behind the aliases"),
              std::string::npos)
        << loaded.problems[0].text();

    EXPECT_NE(alias_problem("  a: &a x\n  b: [" + repeated("*a, ", 65) + "]\n").find("more than 64 aliases in one document"),
              std::string::npos);
    EXPECT_NE(alias_problem("  a: &a " + std::string(100'000, 'x') + "\n  b: [" + repeated("*a, ", 20) + "]\n")
                  .find("more than 50000 values or 1048576 bytes stand behind the aliases"),
              std::string::npos);
}

TEST(HostileYaml, AliasesCannotNestDeeperThanTheLimit) {
    std::string text = "  a0: &a0 [x]\n";
    for (int level = 1; level < 40; ++level) {
        text += "  a" + std::to_string(level) + ": &a" + std::to_string(level) + " [*a" + std::to_string(level - 1) + "]\n";
    }
    EXPECT_NE(alias_problem(text).find("nested more than 32 levels deep"), std::string::npos);
}

TEST(HostileYaml, AnAliasOfItselfOrOfNothingIsRefused) {
    EXPECT_EQ(alias_problem("  a: &a [*a]\n"), "a.yaml:6:10: spec.a[0]: an alias refers to the value that it stands in");
    EXPECT_EQ(only_problem("a: *b\n"),
              "a.yaml:1:4: the YAML cannot be read: an alias refers to no value; put text that begins with '*' in quotes");
}

TEST(HostileYaml, TooManyValuesAndDocumentsAreRefused) {
    EXPECT_NE(only_problem("[" + repeated("x,", 60'000) + "]").find("more than 50000 values in one file"), std::string::npos);
    EXPECT_EQ(only_problem(repeated("---\n", 300)), "a.yaml:257:1: more than 256 documents in one file; split it");
    EXPECT_NE(only_problem(repeated("a: b\n...\n", 300)).find("more than 256 documents in one file"), std::string::npos);
}

TEST(HostileYaml, TagsMeanNothing) {
    EXPECT_EQ(only(load_text(image_object("  env: { A: !!str 5 }\n"))).spec.env.at("A"), "5");
}

TEST(HostileYaml, KeysThatAreNoNamesAreProblemsOfTheObject) {
    auto const loaded = load_text(image_object("  ? [a]\n  : b\n  ? {a: b}\n  : c\n  ~: d\n"));

    EXPECT_EQ(problem_texts(loaded),
              (std::vector<std::string>{"a.yaml:6:5: spec: a list is no name for a field; write text",
                                        "a.yaml:8:5: spec: a map of fields is no name for a field; write text",
                                        "a.yaml:10:3: spec: nothing is no name for a field; write text"}));
}

TEST(HostileYaml, ControlCharactersCannotBeWrittenAsEscapes) {
    EXPECT_EQ(problem_texts(load_text(image_object("  env: { A: \"a\\0b\" }\n"))),
              std::vector<std::string>{"a.yaml:6:13: spec.env.A: the text holds a control character; remove it"});
}

TEST(HostileYaml, OfCountlessProblemsAHundredAreTold) {
    std::string fields;
    for (int number = 0; number < 22'500; ++number) fields += "  unknown" + std::to_string(number) + ": x\n";
    auto const loaded =
        load_text(image_object(fields) + "---\n" + image_object("  ttl: 1m\n", "two") + "---\n" + image_object("", "three"));

    ASSERT_EQ(loaded.problems.size(), 101u);
    EXPECT_EQ(loaded.problems.back().message, "and 22401 more problems");
    EXPECT_EQ(loaded.environments.size(), 1u) << "what comes after them is judged all the same";
    EXPECT_EQ(loaded.broken, (std::vector<Key>{{"default", "shop"}, {"default", "two"}}));
    auto const helped = std::ranges::count_if(
        loaded.problems, [](Problem const& problem) { return problem.message.find("did you mean") != std::string::npos; });
    EXPECT_LE(helped, 20) << "each costs a comparison with every known name";
}

TEST(HostileYaml, ReferencesToManyUnknownNamesAreToldOnceEach) {
    std::string env = "  env:\n";
    for (int variable = 0; variable < 256; ++variable) {
        env += "    VARIABLE_" + std::to_string(variable) + ": \"";
        for (int name = 0; name < 50; ++name) env += "$(" + std::string(50, 'N') + std::to_string(name) + ")$(A)$(A)";
        env += "\"\n";
    }
    auto const loaded = load_text(image_object(env));

    ASSERT_EQ(loaded.problems.size(), 101u);
    EXPECT_EQ(loaded.problems.back().message, "and 12956 more problems") << "256 times 50 names and A, less the hundred";
}

TEST(HostileYaml, CirclesAmongManyVariablesAreFoundByOneWalk) {
    std::string env = "  env:\n";
    for (int variable = 0; variable < 256; ++variable) {
        env += "    V" + std::to_string(variable) + ": \"";
        for (int other = 0; other < 256; ++other) env += "$(V" + std::to_string(other) + ")";
        env += "\"\n";
    }
    auto const loaded = load_text(image_object(env));

    ASSERT_EQ(loaded.problems.size(), 101u);
    EXPECT_EQ(loaded.problems.front().message, "'V0' refers to itself; break the circle");
    EXPECT_EQ(loaded.problems.back().message, "and 156 more problems");
}

// A reader that takes quadratic time for one of these does not end before the test runner loses patience.
TEST(HostileYaml, AMegabyteOfAnyOneTokenIsRefused) {
    for (std::string_view const piece :
         {"[",  "]", "{", "}",    "- ", "? ", ": ",     ":",   ",",    "&a ", "*a ",         "!",    "!a ",   "\"",    "'",
          "|",  ">", "#", "%",    "@",  "`",  "a ",     "a: ", "a:\n", "a\n", " ",           "\n",   "---\n", "...\n", "\t",
          "\\", "&", "*", "<<: ", "[]", "{}", "\"a\":", "[a,", "{a,",  "ä",   "%YAML 1.2\n", "- - ", "'a' ",  "!!"}) {
        auto const loaded = load_text(repeated(piece, (1u << 20) / piece.size()));
        EXPECT_TRUE(loaded.environments.empty()) << piece;
        EXPECT_TRUE(loaded.problems.size() + loaded.notes.size() > 0) << piece;
    }
}

TEST(HostileYaml, AnyDamageToAGoodFileIsSurvived) {
    auto const good = repository_file("specs/examples/05-every-field.yaml");
    constexpr std::string_view letters = "[]{}:,-?&*!|>'\"#%@`~ \n\t\\a0<=.";
    Random random(20'261);
    for (int round = 0; round < 300; ++round) {
        auto text = good;
        for (auto edits = 1 + random.below(8); edits > 0; --edits) {
            auto const at = random.below(text.size());
            switch (random.below(4)) {
                case 0: text.erase(at, 1 + random.below(40)); break;
                case 1: text.insert(at, 1, letters[random.below(letters.size())]); break;
                case 2: text[at] = letters[random.below(letters.size())]; break;
                default: text.insert(at, text.substr(random.below(text.size()), random.below(60))); break;
            }
        }
        auto const loaded = load_text(text);
        // Whatever was lost must be said: fewer objects only together with a problem or a note.
        bool const told = !loaded.problems.empty() || !loaded.notes.empty();
        EXPECT_TRUE(loaded.environments.size() >= 5 || told) << text;
    }
}

}  // namespace
}  // namespace dayfly::specs
