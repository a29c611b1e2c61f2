// The visitor that turns the description into JSON Schema.
#include <nlohmann/json.hpp>
#include <utility>

#include "specs/describe.h"
#include "specs/render.h"

namespace dayfly::specs {
namespace {

using Json = nlohmann::ordered_json;

class SchemaWriter {
public:
    SchemaWriter() { schema_ = {{"type", "object"}, {"properties", Json::object()}, {"additionalProperties", false}}; }

    void constant(Field const& field, std::string_view text) { add(field, {{"const", text}}); }
    void ignored(Field const& field) { add(field, Json::object()); }

    template <class Member, class Kind>
    void value(Field const& field, Member const& member, Kind const& kind) {
        auto schema = kind.schema();
        Json written;
        if constexpr (std::is_convertible_v<Member const&, typename Kind::Value const&>) written = kind.write(member);
        if (field.presence == Presence::Optional && !written.is_null()) schema["default"] = written;
        add(field, std::move(schema));
    }

    template <class Kind>
    void list(Field const& field, std::vector<std::string> const&, Kind const& kind, std::size_t most) {
        add(field, {{"type", "array"},
                    {"items", kind.schema()},
                    {"maxItems", most},
                    {"uniqueItems", true},
                    {"default", Json::array()}});
    }

    template <class KeyKind, class Kind>
    void map(Field const& field, StringMap const&, KeyKind const& key_kind, Kind const& kind, std::size_t most) {
        add(field, named(key_kind, kind.schema(), most));
    }

    template <class T>
    void object(Field const& field, T const& member) {
        add(field, schema_of(member));
    }

    template <class T>
    void optional(Field const& field, std::optional<T> const& member, Null null) {
        auto schema = schema_of(member.value_or(T{}));
        if (field.presence != Presence::Alternative) schema["type"] = Json::array({"object", "null"});
        if (null == Null::Meaningful && !member) schema["default"] = nullptr;
        add(field, std::move(schema));
    }

    template <class T>
    void objects(Field const& field, std::vector<T> const&, std::size_t most) {
        add(field, {{"type", "array"}, {"items", schema_of(T{})}, {"maxItems", most}, {"default", Json::array()}});
    }

    template <class T, class KeyKind>
    void object_map(Field const& field, std::map<std::string, T> const&, KeyKind const& key_kind, std::size_t most) {
        add(field, named(key_kind, schema_of(T{}), most));
    }

    template <class ShowFields>
    void group(Field const& field, ShowFields const& show_fields) {
        SchemaWriter inner;
        show_fields(inner);
        add(field, inner.finished());
    }

    void exactly_one_alternative() { needs_alternative_ = true; }

    template <class T>
    static Json schema_of(T const& member) {
        SchemaWriter writer;
        describe(writer, member);
        return writer.finished();
    }

private:
    void add(Field const& field, Json schema) {
        Json described{{"description", field.doc}};
        described.update(schema);
        schema_["properties"][std::string(field.name)] = std::move(described);
        if (field.presence == Presence::Required) required_.push_back(field.name);
        if (field.presence == Presence::Alternative) alternatives_.push_back(field.name);
        if (!field.goes_with.empty()) schema_["dependentRequired"][std::string(field.name)] = Json::array({field.goes_with});
    }

    template <class KeyKind>
    static Json named(KeyKind const& key_kind, Json schema, std::size_t most) {
        auto entries = Json::object();
        entries[std::string(key_kind.format->pattern)] = std::move(schema);
        return {{"type", "object"},
                {"patternProperties", std::move(entries)},
                {"additionalProperties", false},
                {"maxProperties", most},
                {"default", Json::object()}};
    }

    Json finished() {
        if (!required_.empty()) schema_["required"] = required_;
        if (alternatives_.empty()) return schema_;
        auto choices = Json::array();
        auto any = Json::array();
        for (auto const& name : alternatives_) {
            Json const present{{"required", Json::array({name})}};
            choices.push_back(present);
            any.push_back(present);
        }
        if (!needs_alternative_) choices.push_back({{"not", {{"anyOf", any}}}});
        schema_["oneOf"] = choices;
        return schema_;
    }

    Json schema_;
    Json required_ = Json::array();
    std::vector<std::string_view> alternatives_;
    bool needs_alternative_ = false;
};

}  // namespace

Json json_schema() {
    Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                {"title", "PreviewEnvironment"},
                {"description", "A preview environment on Fly.io that Dayfly keeps equal to this file."}};
    schema.update(SchemaWriter::schema_of(PreviewEnvironment{}));
    return schema;
}

}  // namespace dayfly::specs
