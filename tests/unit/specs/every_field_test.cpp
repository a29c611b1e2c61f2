// Every field of the description, written wrongly in every way its kind allows: each must give a problem that names the field
// and its exact place. The fields come from the schema, good values from the example that uses all of them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <regex>

#include "tests/unit/specs/described_fields.h"
#include "tests/unit/specs/spec_files.h"

namespace dayfly::specs {
namespace {

constexpr char placeholder[] = "@@here@@";

struct Place {
    int line = 1;
    int column = 1;
};

Place place_at(std::string const& text, std::size_t position) {
    auto const before = std::string_view(text).substr(0, position);
    auto const line_begin = before.rfind('\n') + 1;  // npos + 1 is 0: the first line
    return {.line = static_cast<int>(std::ranges::count(before, '\n')) + 1,
            .column = static_cast<int>(position - line_begin) + 1};
}

/// "spec.secrets[0].from.env"
std::string field_text(Json::json_pointer pointer, Json const& document) {
    if (pointer.empty()) return "";
    auto const last = pointer.back();
    pointer.pop_back();
    auto const outer = field_text(pointer, document);
    if (document.at(pointer).is_array()) return fmt::format("{}[{}]", outer, last);
    return outer.empty() ? last : outer + "." + last;
}

void expect_problem(std::string const& text, Place const& place, std::string const& field, std::string_view message) {
    auto const loaded = load_text(text);
    auto const found = std::ranges::any_of(loaded.problems, [&](Problem const& problem) {
        return problem.location == Location{"a.yaml", place.line, place.column} && problem.field == field &&
               problem.message.find(message) != std::string::npos;
    });
    EXPECT_TRUE(found) << "no problem '" << message << "' at " << place.line << ":" << place.column << " of " << field
                       << " in\n"
                       << text << "\nbut " << testing::PrintToString(problem_texts(loaded));
    EXPECT_TRUE(loaded.environments.empty());
}

/// The document with `value` in the place of the field; the problem must stand exactly there.
void expect_refused(Json document, Json::json_pointer const& field, Json const& value) {
    document.at(field) = placeholder;
    auto text = document.dump(2);
    auto const quoted = fmt::format("\"{}\"", placeholder);
    auto const position = text.find(quoted);
    ASSERT_NE(position, std::string::npos);
    text.replace(position, quoted.size(), value.dump());
    expect_problem(text, place_at(text, position), field_text(field, document), "");
}

void expect_misspelling_refused(Json document, Json::json_pointer const& field) {
    auto const name = field.back();
    auto const misspelt = name + "q";
    auto& parent = document.at(field.parent_pointer());
    Json renamed = Json::object();
    for (auto const& [key, value] : parent.items()) renamed[key == name ? misspelt : key] = value;
    parent = renamed;
    auto const text = document.dump(2);
    auto const position = text.find(fmt::format("\"{}\":", misspelt));
    expect_problem(text, place_at(text, position), field_text(field.parent_pointer() / misspelt, document),
                   fmt::format("unknown field '{}', did you mean '{}'?", misspelt, name));
}

bool has_type(Json const& schema, std::string_view type) {
    if (!schema.contains("type")) return false;
    auto const& types = schema["type"];
    return types.is_array() ? std::ranges::any_of(types, [&](Json const& one) { return one == type; }) : types == type;
}

std::vector<Json> values_of_wrong_type(Json const& schema) {
    std::vector<Json> values;
    bool const is_scalar = !has_type(schema, "object") && !has_type(schema, "array");
    if (!has_type(schema, "object")) values.push_back(Json{{"a", 1}});
    if (!has_type(schema, "array")) values.push_back(Json::array({"a"}));
    if (!has_type(schema, "null")) values.push_back(nullptr);
    if (!is_scalar) values.push_back("text");
    if (has_type(schema, "boolean") && !has_type(schema, "string")) values.insert(values.end(), {"true", "yes", 1});
    if (has_type(schema, "integer")) values.insert(values.end(), {"12", "x", 1.5, true});
    return values;
}

/// "10m" -> "9m"; "128Gi" -> "129Gi"
std::string moved(std::string const& measure, int by) {
    std::size_t end = 0;
    auto const number = std::stoi(measure, &end);
    return fmt::format("{}{}", number + by, measure.substr(end));
}

std::vector<Json> values_out_of_range(Json const& schema) {
    std::vector<Json> values;
    auto const whole = [&](char const* key) { return schema[key].get<std::int64_t>(); };
    if (schema.contains("minimum")) values.push_back(whole("minimum") - 1);
    if (schema.contains("maximum")) values.insert(values.end(), {whole("maximum") + 1, Json(99'999'999'999'999'999'999.0)});
    if (schema.contains("minLength")) values.push_back("");
    if (schema.contains("maxLength")) values.push_back(std::string(static_cast<std::size_t>(whole("maxLength")) + 1, 'a'));
    if (schema.contains("enum") || schema.contains("const")) values.insert(values.end(), {"nothing-like-it", ""});
    if (schema.contains("x-minimum")) values.push_back(moved(schema["x-minimum"], -1));
    if (schema.contains("x-maximum")) values.push_back(moved(schema["x-maximum"], +1));
    if (schema.contains("maxItems"))
        values.push_back(Json(std::vector<std::string>(static_cast<std::size_t>(whole("maxItems")) + 1, "a")));
    if (schema.contains("maxProperties")) {
        auto many = Json::object();
        for (std::int64_t count = 0; count <= whole("maxProperties"); ++count) many[fmt::format("a{}", count)] = "a";
        values.push_back(many);
    }
    if (schema.contains("pattern")) {
        std::regex const pattern(schema["pattern"].get<std::string>());
        for (std::string const candidate : {"!? \\ .", "..", "\\", "a b", "-"}) {
            if (!std::regex_match(candidate, pattern)) values.push_back(candidate);
        }
    }
    return values;
}

/// Calls `check` with each described field and one place where the example uses it.
template <class Check>
void for_each_field(Check const& check) {
    auto const documents = written_documents(repository_file("specs/examples/05-every-field.yaml"));
    std::size_t checked = 0;
    for (auto const& field : described_fields()) {
        for (auto const& document : documents) {
            auto const places = places_of(field.path, document);
            if (places.empty()) continue;
            SCOPED_TRACE(field.text());
            check(field, document, places.front());
            ++checked;
            break;
        }
    }
    EXPECT_EQ(checked, described_fields().size());
    EXPECT_GT(checked, 100u);
}

TEST(EveryField, OfAWrongTypeIsRefusedInItsPlace) {
    for_each_field([](DescribedField const& field, Json const& document, Json::json_pointer const& place) {
        for (auto const& value : values_of_wrong_type(field.schema)) expect_refused(document, place, value);
    });
}

TEST(EveryField, OutOfItsRangeIsRefusedInItsPlace) {
    std::size_t ranges = 0;
    for_each_field([&](DescribedField const& field, Json const& document, Json::json_pointer const& place) {
        auto const values = values_out_of_range(field.schema);
        for (auto const& value : values) expect_refused(document, place, value);
        ranges += values.empty() ? 0 : 1;
    });
    EXPECT_GT(ranges, 60u);
}

TEST(EveryField, MisspeltIsRefusedWithTheRightName) {
    for_each_field([](DescribedField const&, Json const& document, Json::json_pointer const& place) {
        expect_misspelling_refused(document, place);
    });
}

}  // namespace
}  // namespace dayfly::specs
